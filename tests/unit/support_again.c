/* SPDX-License-Identifier: Apache-2.0 */
/* support: deeds that ask to be called again. See support_again.h. */
#include "support_again.h"

#include "workers.h"

static void ask_again(deed_t *deed, const crosstown_task_t *task)
{
    again_t *again = deed->context;

    if (++again->attempts == 1) {
        apr_cpystrn(again->id, task->id, sizeof(again->id));
    }
    again->wrong += task->attempt != again->attempts
                    || strcmp(again->id, task->id) != 0;
    deed->result = again->attempts < again->times
                   ? ct_task_ask_again(task, apr_time_now() + again->pause)
                   : again->last;
}

deed_t deed_of(const char *name, again_t *again)
{
    deed_t deed = DEED("");

    apr_cpystrn(deed.name, name, sizeof(deed.name));
    deed.act = ask_again;
    deed.context = again;
    return deed;
}

apr_status_t push_delayed(ct_dispatcher_t *d, apr_pool_t *p,
                          journal_t *journal, deed_t *deeds, const char *plan,
                          apr_uint32_t which, apr_interval_time_t delay)
{
    ct_batch_t *batch = reserved_batch(d, p, journal, deeds, plan);

    batch->calls[which].task.delay = delay;
    batch->calls[which].task.recorded = apr_time_now();
    return ct_dispatcher_push(d, batch);
}

/* Nobody tells when a task begins to wait, hence the looking. */
int later_reached(ct_dispatcher_t *d, unsigned int count)
{
    apr_time_t until = apr_time_now() + apr_time_from_sec(SUPPORT_PATIENCE);

    while (atomic_load(&d->gauges->scheduled) != count) {
        if (apr_time_now() > until) {
            return 0;
        }
        apr_thread_yield();
    }
    return 1;
}
