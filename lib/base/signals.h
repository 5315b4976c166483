/* SPDX-License-Identifier: Apache-2.0 */
/* signals: keep signals off a thread for a while, all but those that report a
 * fault of the thread itself. Threads inherit the mask of the one that makes
 * them, and prefork's handlers leave by destroying pools: neither may happen
 * on a thread of this module or of one of its own, nor while a request thread
 * holds one of their locks.
 * Thread: any; acts on the calling one.
 * Lifetime: the mask to come back to lies on the caller's stack. */
#ifndef CT_SIGNALS_H
#define CT_SIGNALS_H

#include <pthread.h>
#include <signal.h>

/** The mask as it was. */
typedef struct ct_signals_t {
    sigset_t before;
} ct_signals_t;

/** Block on this thread all signals but SIGSEGV, SIGBUS, SIGFPE, SIGILL,
 *  SIGABRT, SIGTRAP, SIGSYS and SIGPIPE. */
void ct_signals_block(ct_signals_t *signals);

/** Come back to the mask as it was before ct_signals_block(). */
void ct_signals_restore(const ct_signals_t *signals);

#endif
