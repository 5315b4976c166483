/* SPDX-License-Identifier: Apache-2.0 */
/* keeping: who keeps a task calls its function inside one of his own, and has
 * to know before dispatch which statuses will refuse it. */
#include "keeping.h"

#include "crosstown_keep.h"
#include "place.h"
#include "task.h"

static void crosstown_said(const crosstown_task_t *task,
                           crosstown_said_t *said)
{
    said->words = ct_task_words(task);
    said->again = ct_task_again(task);
}

static void crosstown_identify(const crosstown_task_t *task, const char *id)
{
    ct_task_identify(task, id);
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

void ct_keeping_export(void)
{
    APR_REGISTER_OPTIONAL_FN(crosstown_said);
    APR_REGISTER_OPTIONAL_FN(crosstown_identify);
    APR_REGISTER_OPTIONAL_FN(crosstown_no_go);
    APR_REGISTER_OPTIONAL_FN(crosstown_is_no_go);
}
