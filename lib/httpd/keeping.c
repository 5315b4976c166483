/* SPDX-License-Identifier: Apache-2.0 */
/* keeping: who keeps a task calls its function inside one of his own, and has
 * to know before dispatch which statuses will refuse it. */
#include "keeping.h"

#include "accounting.h"
#include "child.h"
#include "crosstown_keep.h"
#include "place.h"
#include "task.h"

static void crosstown_said(const crosstown_task_t *task,
                           crosstown_said_t *said)
{
    const ct_task_view_t *view = ct_task_view_of(task);

    said->words = view->words;
    said->again = view->again;
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

static const char *crosstown_no_go(request_rec *r, const char *words,
                                   apr_pool_t *p)
{
    ct_settings_t settings = ct_place_settings(r, 0);

    return settings.off > 0 ? "100-599"
        : words ? words : ct_statuses_words(settings.no_go, p);
}

static int crosstown_is_no_go(const char *words, int status, apr_pool_t *p)
{
    ct_statuses_t set;

    return ct_statuses_parse(&set, words, p) || ct_statuses_has(&set, status);
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
    APR_REGISTER_OPTIONAL_FN(crosstown_identify);
    APR_REGISTER_OPTIONAL_FN(crosstown_stays_kept);
    APR_REGISTER_OPTIONAL_FN(crosstown_on_finish);
    APR_REGISTER_OPTIONAL_FN(crosstown_no_go);
    APR_REGISTER_OPTIONAL_FN(crosstown_is_no_go);
    APR_REGISTER_OPTIONAL_FN(crosstown_free_threads);
    APR_REGISTER_OPTIONAL_FN(crosstown_describe);
}
