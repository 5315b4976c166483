/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file  crosstown_running.h
 * @brief What a task asks and says while it runs. mod_crosstown.h includes
 *        it; nobody has to do so.
 */
#ifndef CROSSTOWN_RUNNING_H
#define CROSSTOWN_RUNNING_H

#include "mod_crosstown.h"
#include "apr_errno.h"

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

/** What fn returns for a failure that will never be a success, however often
 *  it is tried. Whoever would try it again leaves it at that. Since 1.3. */
#define CROSSTOWN_GIVE_UP (APR_OS_START_USERERR + 17236)

/** What crosstown_retry_at() returns. Since 1.3. */
#define CROSSTOWN_AGAIN (APR_OS_START_USERERR + 17237)

/**
 * A failure that is to be tried again, not before `when`. fn returns what this
 * returns, alone or with words:
 *
 *   return crosstown_client_fail(&crosstown, task,
 *              crosstown_client_retry_at(&crosstown, task, when),
 *              "%s answered %d", host, status);
 *
 * The task is not over then: `over` and the crosstown_done hooks are told its
 * end later. Its next call has the same id, and an attempt that is one more.
 * Until then it waits in the memory of its child, takes a place of
 * CrosstownQueue, and no thread; the tasks behind it go on. How often is up to
 * fn: look at task->attempt. The next attempt is made on the pool, also of a
 * task with same_thread: its data has to outlive the request then (data_size
 * or carry), and it needs a place in the queue. If there is none, or no
 * memory, this attempt was the last one: it ends as RAN with CROSSTOWN_AGAIN,
 * and the log line says what was missing. When the child goes before it is
 * due, it ends as STOPPED.
 *
 * @param task  as fn was given it
 * @param when  microseconds since 1970; what has passed means at once
 * @return CROSSTOWN_AGAIN; if fn returns something else, that counts
 * Thread: the one that runs the task, inside its function. Since 1.3.
 */
APR_DECLARE_OPTIONAL_FN(apr_status_t, crosstown_retry_at,
                        (const crosstown_task_t *task, apr_time_t when));

/** A task that is over later, see crosstown_hold(). Since 1.3. */
typedef struct crosstown_held_t crosstown_held_t;

/** What fn returns when it has called crosstown_hold(). Since 1.3. */
#define CROSSTOWN_HELD (APR_OS_START_USERERR + 17238)

/**
 * Let a task be over later, when whatever it has started is done: fn returns
 * CROSSTOWN_HELD, its thread goes on with other work, and any thread ends it
 * with crosstown_finish().
 *
 *   wait->held = crosstown_client_hold(&crosstown, task);
 *   if (!wait->held) {
 *       return wait_here(wait);
 *   }
 *   start(wait);                       (calls crosstown_finish() when done)
 *   return CROSSTOWN_HELD;
 *
 * Until then it runs: it counts as such, has its place under CrosstownLimit,
 * can be slow (CrosstownSlowTask), and a stop waits for it as long as for any
 * other. What was recorded behind it goes on. If fn returns anything else,
 * that is its end, and who finishes it comes too late. A task that is not
 * finished when the drain is over is told to the crosstown_done hooks as
 * STOPPED; its `over` is told when it is finished, if it still is: its data is
 * in use until then.
 *
 * data and task->response stay as they are until `over`. task itself and
 * task->pool are gone when fn has returned: see crosstown_held_task().
 *
 * @param task  as fn was given it
 * @return what to finish, the same each time; NULL: it cannot be held (it runs
 *         on the thread of its request: same_thread, CrosstownOverflow inline,
 *         no thread to be had; or there is no memory), so fn has to do without
 * Thread: the one that runs the task, inside its function. Since 1.3.
 */
APR_DECLARE_OPTIONAL_FN(crosstown_held_t *, crosstown_hold,
                        (const crosstown_task_t *task));

/**
 * A task that is held, as fn was given it, for crosstown_fail() and
 * crosstown_retry_at(); its pool is its own, about 8 KB from this call on.
 * @return valid until it is finished; NULL: it is over
 * Thread: the one that is going to finish it. Since 1.3.
 */
APR_DECLARE_OPTIONAL_FN(const crosstown_task_t *, crosstown_held_task,
                        (const crosstown_held_t *held));

/**
 * A task that is held is over: with this result, as if fn returned it now. Its
 * `over` and the crosstown_done hooks are told before this returns; if fn has
 * not returned yet, on its thread when it does. Once for each: to finish it
 * twice, or when it is over, changes nothing and is logged once.
 *
 *   crosstown_client_finish(&crosstown, wait->held, crosstown_client_retry_at(
 *       &crosstown, crosstown_client_held_task(&crosstown, wait->held), when),
 *       "busy");
 *
 * @param held     from crosstown_hold(); NULL: nothing happens
 * @param result   as of fn, what crosstown_retry_at() returns included
 * @param message  words for a failure, copied; or NULL
 * Thread: any of the child, also inside a task; it takes as long as `over` and
 * the hooks do. Since 1.3.
 */
APR_DECLARE_OPTIONAL_FN(void, crosstown_finish,
                        (crosstown_held_t *held, apr_status_t result,
                         const char *message));

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
