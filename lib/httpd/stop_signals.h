/* SPDX-License-Identifier: Apache-2.0 */
/* stop_signals: SIGTERM and SIGHUP of a child, and all that prefork makes
 * special: there they end the process in the middle of a request. The only
 * signal handlers of this module.
 * Thread: see each function.
 * Lifetime: statics, since a signal may come until the process is gone. */
#ifndef CT_STOP_SIGNALS_H
#define CT_STOP_SIGNALS_H

#include "apr_time.h"

/** What a child brings. Both run once at most, and never both. */
typedef struct ct_stop_signals_with_t {
    /** The drain, in all its parts. Thread: prefork: the main one or one of
     *  its own; elsewhere the main one. */
    void (*drain)(void);
    /** In place of it where there is nothing to drain and it must not wait for
     *  anything: inside a signal's handler. */
    void (*close)(void);
} ct_stop_signals_with_t;

/** Take the signals over. Thread: child_init.
 *  @param has_threads  has this child threads for its requests? */
void ct_stop_signals_start(const ct_stop_signals_with_t *with,
                           int has_threads);

/** From now on a stop has something to drain. Prefork: makes the thread for
 *  it. Elsewhere this does nothing. Thread: any; more than once is legal. */
void ct_stop_signals_ready(void);

/** The child leaves: child_stopping. Thread: any. */
void ct_stop_signals_leave(void);

/** Drain, or wait until that is over, if it was not done. Thread: the main
 *  one, in a clean-up of pchild. */
void ct_stop_signals_drain(void);

/** A hard stop was ordered, told in another way. Thread: any. */
void ct_stop_signals_note(void);

/** Was a hard stop ordered? Thread: any. */
int ct_stop_signals_noted(void);

/** What is left of the time that the drain is allowed, both in microseconds;
 *  all of it as long as no hard stop was ordered. Thread: any. */
apr_interval_time_t ct_stop_signals_left(apr_interval_time_t allowed);

/** In between prefork does not leave the process from this thread: it must
 *  not do so between taking a task and telling its end. May be nested.
 *  Elsewhere these do nothing. Thread: any. */
void ct_stop_signals_guard(void);
void ct_stop_signals_unguard(void);

#endif
