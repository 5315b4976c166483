/* SPDX-License-Identifier: Apache-2.0 */
/* signals: see signals.h. APR can block but not restore, hence POSIX.
 * Thread: the calling one.
 * Lifetime: no state. */
#include "signals.h"

#include "hints.h"

CT_APART
void ct_signals_block(ct_signals_t *signals)
{
    sigset_t all;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &signals->before);
}

CT_APART
void ct_signals_restore(const ct_signals_t *signals)
{
    pthread_sigmask(SIG_SETMASK, &signals->before, NULL);
}
