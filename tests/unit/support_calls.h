/* SPDX-License-Identifier: Apache-2.0 */
/* support_calls: calls of libraries that the test program answers first, so
 * that threads and memory can be had or not as a test wants it. Everything
 * else is passed on. */
#ifndef SUPPORT_CALLS_H
#define SUPPORT_CALLS_H

#include "support.h"

/** As at the start of a program: nothing fails, nothing is held. */
void calls_reset(void);

/** Does making a thread fail, from now on? */
void threads_refuse(int refuse);

/** Start a thread of the test's own, whatever is refused or held. Fails the
 *  test if that fails. */
pthread_t own_thread(void *(*start)(void *), void *data);

/** How often a thread was asked for so far, whether or not there was one. */
int threads_asked(void);

/** How many threads were made so far, without the test's own. */
int threads_made(void);

/** The next thread to be made: open `reached`, wait for `go`, then fail if
 *  `fails`. Both gates outlive that. */
void threads_hold_next(gate_t *reached, gate_t *go, int fails);

/** The next push to the thread pool that fails for want of a thread: when it
 *  has failed open `reached` and wait for `go`. NULL: not any more. */
void failed_push_hold_next(gate_t *reached, gate_t *go);

/** The next cancelling of what such a push has left in the thread pool: open
 *  `reached`, and wait for `go` before it. NULL: not any more. */
void cancel_hold_next(gate_t *reached, gate_t *go);

/** The nth wake-up from now on (1: the next): who has woken somebody opens
 *  `reached` and waits for `go`. 0: none. */
void wakes_hold(int nth, gate_t *reached, gate_t *go);

/** Does the module, from now on, get no new pool? */
void pools_refuse(int refuse);

/** Open the gate when a thread that has looked for its turn in vain has come
 *  by that often; NULL: do not. */
void yields_watch(gate_t *gate, int times);

/**
 * A number for the start of the task that runs on this thread.
 *
 * A task counts as started when its thread lets the next one of the request
 * go. Between that and the first line of its function the scheduler may
 * prefer the next one, so the functions' first lines prove nothing about the
 * order; this number does: it is drawn just before the next one is let go.
 */
apr_uint32_t calls_ticket(void);

#endif
