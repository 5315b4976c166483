/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file  crosstown_running.h
 * @brief What a task asks and says while it runs. mod_crosstown.h includes
 *        it; nobody has to do so.
 */
#ifndef CROSSTOWN_RUNNING_H
#define CROSSTOWN_RUNNING_H

#include "mod_crosstown.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Is this child process about to go (stop, restart, MaxConnectionsPerChild)?
 * For a task that works in steps: it may go on after a yes, but is left behind
 * when the drain is over, so this is the time to save what it has.
 * @return 0: no | otherwise: yes, for good
 * Thread: any of a child. Since 1.2.
 */
APR_DECLARE_OPTIONAL_FN(int, crosstown_stopping, (void));

/**
 * Say in words why a task fails: they stand in the log line about it. Copied.
 * Said twice, the last words count.
 *
 *   return crosstown_client_fail(&crosstown, task, APR_EGENERAL,
 *                                "%s answered %d", host, status);
 *
 * @param task    as fn was given it
 * @param status  what fn is going to return
 * @param format  as of apr_psprintf()
 * @return status
 * Thread: the one that runs the task, inside its function. Since 1.3.
 */
APR_DECLARE_OPTIONAL_FN(apr_status_t, crosstown_fail,
                        (const crosstown_task_t *task, apr_status_t status,
                         const char *format, ...));

/**
 * Until when? For a task that takes its time, and has to leave things in order
 * when its child goes.
 * @return 0: it is not about to go | when the drain gives up and the task is
 *         left behind, microseconds since 1970; while a graceful stop waits
 *         for requests to end that may still become later
 * Thread: any of a child. Since 1.3.
 */
APR_DECLARE_OPTIONAL_FN(apr_time_t, crosstown_deadline, (void));

#ifdef __cplusplus
}
#endif

#endif
