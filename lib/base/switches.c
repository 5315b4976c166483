/* SPDX-License-Identifier: Apache-2.0 */
/* switches: the waiting is the system's (see platform.h), since a process that
 * was killed must not be waited for, and one that sleeps must cost nothing. */
#include "switches.h"

#include "platform.h"

/* Between two looks that nobody has asked for. */
#define LONG apr_time_from_sec(3600)

unsigned int ct_switches_changes(const ct_switches_t *switches)
{
    return atomic_load(&switches->changes);
}

void ct_switches_changed(ct_switches_t *switches)
{
    atomic_fetch_add(&switches->changes, 1);
    ct_word_wake_all(&switches->changes);
}

void ct_switches_wait(ct_switches_t *switches, unsigned int changes)
{
    struct timespec until = ct_until(LONG);

    ct_word_wait(&switches->changes, changes, ~0U, &until);
}
