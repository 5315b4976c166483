/* SPDX-License-Identifier: Apache-2.0 */
/* stop_time: a whole apr_time_t, in one atomic word that a signal's handler
 * can write. What is kept in fewer bits of milliseconds is over after weeks,
 * and children live for months. A clock that goes back takes nothing away. */
#include "stop_time.h"

#include <stdatomic.h>

void ct_stop_time_note(ct_stop_time_t *stop, apr_time_t now)
{
    apr_time_t not_yet = 0;

    atomic_compare_exchange_strong(&stop->ordered, &not_yet, now ? now : 1);
}

int ct_stop_time_noted(ct_stop_time_t *stop)
{
    return atomic_load(&stop->ordered) != 0;
}

apr_interval_time_t ct_stop_time_left(ct_stop_time_t *stop, apr_time_t now,
                                      apr_interval_time_t allowed,
                                      apr_interval_time_t longest)
{
    apr_time_t ordered = atomic_load(&stop->ordered);
    apr_interval_time_t passed = now > ordered ? now - ordered : 0;

    if (!ordered) {
        return allowed;
    }
    if (allowed > longest) {
        allowed = longest;
    }
    return passed < allowed ? allowed - passed : 0;
}
