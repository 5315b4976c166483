/* SPDX-License-Identifier: Apache-2.0 */
/* named_tasks: mod_crosstown_tasks, for a test.
 * Thread: the test's.
 * Lifetime: one test. */
#ifndef CT_NAMED_TASKS_H
#define CT_NAMED_TASKS_H

#include "crosstown_testing.h"

/** What a task is, if it is a named one. @return 0: it is not */
int ct_named_tasks_read(crosstown_fn_t *fn, const void *data,
                        crosstown_test_named_t *named);

#endif
