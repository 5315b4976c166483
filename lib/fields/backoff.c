/* SPDX-License-Identifier: Apache-2.0 */
/* backoff: the fourth power (1 s, 16 s, 81 s, ... 4.6 h at the eleventh) gets
 * over a hiccup in seconds and over a weekend in 17 attempts. The 10 % are
 * taken off max-delay= before they are spread around it: what has reached it
 * is spread, too, and stays within it. */
#include "backoff.h"

#define SPREAD 10                    /* per cent, to both sides */
#define HIGHEST 1000                 /* n^4 s of it are 31,000 years */

/* Of the schedule, without limit or spread. */
static apr_interval_time_t plain_delay(const ct_backoff_t *backoff,
                                       unsigned int attempt)
{
    apr_interval_time_t n = attempt < HIGHEST ? attempt : HIGHEST;

    return backoff->fixed ? backoff->fixed : n * n * n * n * APR_USEC_PER_SEC;
}

apr_interval_time_t ct_backoff_delay(const ct_backoff_t *backoff,
                                     unsigned int attempt,
                                     apr_uint32_t random)
{
    apr_interval_time_t most = backoff->longest * 100 / (100 + SPREAD);
    apr_interval_time_t delay = plain_delay(backoff, attempt);
    apr_interval_time_t spread;

    delay = delay < most ? delay : most;
    spread = delay * SPREAD / 100;
    /* A part of both sides, in thousandths. */
    return delay - spread + 2 * spread * (apr_interval_time_t)(random % 1001)
                            / 1000;
}

int ct_backoff_is_expired(const ct_backoff_t *backoff, apr_time_t recorded,
                          apr_time_t now)
{
    return backoff->expires && now - recorded >= backoff->expires;
}

ct_backoff_e ct_backoff_next(const ct_backoff_t *backoff, unsigned int attempt,
                             apr_time_t recorded, apr_time_t now,
                             apr_interval_time_t wait)
{
    if (attempt > backoff->retries) {
        return CT_BACKOFF_NO_MORE;
    }
    return ct_backoff_is_expired(backoff, recorded, now + wait)
           ? CT_BACKOFF_EXPIRED : CT_BACKOFF_AGAIN;
}
