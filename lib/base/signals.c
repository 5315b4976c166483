/* SPDX-License-Identifier: Apache-2.0 */
/* signals: APR can block but not restore, hence POSIX. What stays open is what
 * APR leaves open on a server's own threads: a fault of a thread whose signal
 * is blocked kills the process past every handler, so past httpd's line and
 * core directory, and a program that a task spawns inherits the mask. */
#include "signals.h"

#include <stddef.h>

/* Of the thread itself, not for whoever looks after the process. */
static const int faults[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT,
                              SIGTRAP, SIGSYS, SIGPIPE };

void ct_signals_block(ct_signals_t *signals)
{
    sigset_t wanted;
    size_t i;

    sigfillset(&wanted);
    for (i = 0; i < sizeof(faults) / sizeof(faults[0]); ++i) {
        sigdelset(&wanted, faults[i]);
    }
    pthread_sigmask(SIG_SETMASK, &wanted, &signals->before);
}

void ct_signals_restore(const ct_signals_t *signals)
{
    pthread_sigmask(SIG_SETMASK, &signals->before, NULL);
}
