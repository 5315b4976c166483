/* SPDX-License-Identifier: Apache-2.0 */
/* keeping: who keeps a task calls its function inside one of his own, and has
 * to know before dispatch which statuses will refuse it. */
#include "keeping.h"

#include "accounting.h"
#include "child.h"
#include "crosstown_keep.h"
#include "place.h"
#include "task.h"
#include "task_id.h"

static void crosstown_said(const crosstown_task_t *task,
                           crosstown_said_t *said)
{
    const ct_task_view_t *view = ct_task_view_of(task);

    said->words = view->words;
    said->again = view->again;
}

static const char *crosstown_new_id(apr_pool_t *p)
{
    char *id = apr_palloc(p, CT_TASK_ID_SIZE);

    ct_task_id_write(ct_task_id_next(), id);
    return id;
}

static void crosstown_identify(const crosstown_task_t *task, const char *id,
                               unsigned int attempt, apr_time_t recorded)
{
    ct_task_identify(task, id, attempt, recorded);
}

static void crosstown_stays_kept(const crosstown_task_t *task)
{
    ct_task_view_of(task)->stays_kept = 1;
}

static void crosstown_on_finish(const crosstown_task_t *task,
                                crosstown_on_finish_fn_t *fn, void *data)
{
    ct_task_view_t *view = ct_task_view_of(task);

    view->on_finish = fn;
    view->on_finish_data = data;
}

static void crosstown_find_no_go(request_rec *r, const char *words,
                                 crosstown_no_go_t *no_go)
{
    ct_settings_t settings = ct_place_settings(r, 0);
    const ct_statuses_t *statuses = settings.no_go;
    ct_statuses_t own;

    if (words) {
        ct_statuses_parse(&own, words, r->pool);
        statuses = &own;
    }
    no_go->is_off = settings.off > 0;
    memcpy(no_go->statuses, statuses->bits, sizeof(no_go->statuses));
}

static int crosstown_refuses(const crosstown_no_go_t *no_go, int status)
{
    ct_statuses_t statuses;

    memcpy(statuses.bits, no_go->statuses, sizeof(statuses.bits));
    return no_go->is_off || ct_statuses_has(&statuses, status);
}

static unsigned int crosstown_free_threads(void)
{
    ct_dispatcher_t *d = ct_child_dispatcher();

    return d ? ct_dispatcher_free_threads(d) : 0;
}

static void crosstown_describe(const crosstown_task_t *task,
                               const char *target, const char *by)
{
    ct_accounting_describe(task, target, by);
}

void ct_keeping_export(void)
{
    APR_REGISTER_OPTIONAL_FN(crosstown_said);
    APR_REGISTER_OPTIONAL_FN(crosstown_new_id);
    APR_REGISTER_OPTIONAL_FN(crosstown_identify);
    APR_REGISTER_OPTIONAL_FN(crosstown_stays_kept);
    APR_REGISTER_OPTIONAL_FN(crosstown_on_finish);
    APR_REGISTER_OPTIONAL_FN(crosstown_find_no_go);
    APR_REGISTER_OPTIONAL_FN(crosstown_refuses);
    APR_REGISTER_OPTIONAL_FN(crosstown_free_threads);
    APR_REGISTER_OPTIONAL_FN(crosstown_describe);
}
