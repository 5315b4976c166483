/* SPDX-License-Identifier: Apache-2.0 */
/* switched: brings what an administrator says, in whatever process, to this
 * one's workers. A name that is paused, or a lower number, is seen by whoever
 * looks for the next task; that something may go on has to be brought to those
 * who sleep. That is what this thread is for: it sleeps until something is
 * said. There is none where nobody can say anything. */
#include "workers.h"

/* Under lock. */
static void look_again(ct_dispatcher_t *d)
{
    if (!ct_dispatcher_closed(d)) {
        ct_limited_look_again(d);
        ct_paused_look_again(d);
    }
}

static void *APR_THREAD_FUNC switched_main(apr_thread_t *thread, void *data)
{
    ct_dispatcher_t *d = data;
    ct_switches_t *switches = d->settings.switches;
    unsigned int seen = d->switched.seen;

    (void)thread;
    while (!ct_dispatcher_closed(d)) {
        ct_switches_wait(switches, seen);
        seen = ct_switches_changes(switches);
        ct_workers_lock(d);
        look_again(d);
        ct_workers_unlock(d);
        ct_workers_insist(d);
    }
    return NULL;
}

/* What was said before counts, too. */
apr_status_t ct_switched_start(ct_dispatcher_t *d)
{
    if (!d->settings.switches) {
        return APR_SUCCESS;
    }
    d->switched.seen = ct_switches_changes(d->settings.switches);
    look_again(d);
    return ct_threads_make_one(d, &d->switched.thread, switched_main);
}

void ct_switched_stop(ct_dispatcher_t *d)
{
    apr_status_t ignored;

    if (d->switched.thread) {
        ct_switches_changed(d->settings.switches);
        (void)apr_thread_join(&ignored, d->switched.thread);
    }
}
