/* SPDX-License-Identifier: Apache-2.0 */
/* single: what a test can do with the one-threaded dispatcher and with the
 * life of its child process, beyond dispatcher.h and child.h.
 * Thread: the test's.
 * Lifetime: crosstown_test_start() to crosstown_test_end(). */
#ifndef CT_SINGLE_H
#define CT_SINGLE_H

#include "dispatcher.h"

/** Run the next task. @return 0: none waits */
apr_uint32_t ct_single_run_next(ct_dispatcher_t *dispatcher);

/** How many wait. */
apr_uint32_t ct_single_waiting(const ct_dispatcher_t *dispatcher);

/** One that waits, the first is 0. @return NULL: there are not so many */
const ct_task_t *ct_single_look(const ct_dispatcher_t *dispatcher,
                                apr_uint32_t index);

/** The child process stops: close the dispatcher, end what waits. Does
 *  nothing the second time. */
void ct_single_stop(void);

#endif
