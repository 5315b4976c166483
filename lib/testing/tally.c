/* SPDX-License-Identifier: Apache-2.0 */
/* tally: lib/httpd/tally.h for one process: it counts what the test has
 * recorded, from 0 at crosstown_test_begin().
 * Thread: the test's.
 * Lifetime: one test. */
#include "tally.h"

static crosstown_tally_t tally_now;

void ct_tally_recorded(void)
{
    ++tally_now.recorded;
    ++tally_now.open;
}

void ct_tally_refused(void)
{
    --tally_now.recorded;
    --tally_now.open;
}

void ct_tally_ended(crosstown_outcome_e outcome, apr_status_t result)
{
    apr_uint64_t *const ends[] = {
        &tally_now.ran, &tally_now.no_go, &tally_now.cancelled,
        &tally_now.rejected, &tally_now.stopped
    };

    --tally_now.open;
    ++*ends[outcome];
    tally_now.failed += result != APR_SUCCESS;
}

static apr_status_t crosstown_tally(crosstown_tally_t *tally)
{
    apr_size_t size = tally ? tally->size : 0;

    if (size < sizeof(size)) {
        return APR_EINVAL;
    }
    tally_now.size = size;
    memcpy(tally, &tally_now,
           size < sizeof(tally_now) ? size : sizeof(tally_now));
    return APR_SUCCESS;
}

void ct_tally_register(void)
{
    memset(&tally_now, 0, sizeof(tally_now));
    APR_REGISTER_OPTIONAL_FN(crosstown_tally);
}
