/* SPDX-License-Identifier: Apache-2.0 */
/* single: what a test can do with the one-threaded dispatcher and with the
 * life of its child process, beyond dispatcher.h and child.h.
 * Thread: the test's.
 * Lifetime: crosstown_test_start() to crosstown_test_end(). */
#ifndef CT_SINGLE_H
#define CT_SINGLE_H

#include "schedule.h"

/** Where a task's function runs. */
typedef struct ct_single_inside_t {
    ct_dispatcher_t *d;
    ct_due_t call;
} ct_single_inside_t;

/** A function has returned that asked to be held.
 *  @return 0: this status ends it all the same */
int ct_single_is_held(const ct_single_inside_t *inside,
                      const ct_task_view_t *view, apr_status_t result);

/** A function's last word is known: tell the end, or have it tried again.
 *  @return 0: it is not over */
int ct_single_over(const ct_single_inside_t *inside,
                   const ct_task_view_t *view, apr_status_t result);

/** Tell that what is held is stopped, but for its `over`. @return how many */
apr_uint32_t ct_single_stop_held(ct_dispatcher_t *dispatcher);

/** Nothing is held any more. */
void ct_single_forget_held(void);

/** Where ends are told. */
const ct_report_t *ct_single_report(const ct_dispatcher_t *dispatcher);

/** A task of a batch is over. */
void ct_single_let_go(ct_batch_t *batch);

/** Run the next task. @return 0: none waits */
apr_uint32_t ct_single_run_next(ct_dispatcher_t *dispatcher);

/** How many wait to be run, and how many for their time. */
apr_uint32_t ct_single_waiting(const ct_dispatcher_t *dispatcher);
apr_uint32_t ct_single_early(const ct_dispatcher_t *dispatcher);

/** One that waits, the first is 0. @return NULL: there are not so many */
const ct_task_t *ct_single_look(const ct_dispatcher_t *dispatcher,
                                apr_uint32_t index);

/** The child process stops: close the dispatcher, end what waits. Does
 *  nothing the second time. */
void ct_single_stop(void);

#endif
