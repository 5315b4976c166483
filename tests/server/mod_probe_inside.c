/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the probe asks of the inside of mod_crosstown: its tally, and in a
 * build for it the faults.
 *
 * Thread: the request's.
 * Lifetime: nothing is kept.
 */
#include "mod_probe.h"

#include <stdlib.h>
#include <string.h>

#include "fault_points.h"
#include "http_protocol.h"

/* One line per number, for tests to read. */
int probe_tell_tally(request_rec *r)
{
    crosstown_tally_t tally;

    memset(&tally, 0, sizeof(tally));
    tally.size = sizeof(tally);
    if (crosstown_client_tally(&probe_crosstown, &tally) != APR_SUCCESS) {
        return HTTP_NOT_IMPLEMENTED;
    }
    ap_set_content_type(r, "text/plain");
    ap_rprintf(r, "recorded=%" APR_UINT64_T_FMT "\nran=%" APR_UINT64_T_FMT
               "\nfailed=%" APR_UINT64_T_FMT "\nno_go=%" APR_UINT64_T_FMT
               "\ncancelled=%" APR_UINT64_T_FMT "\nrejected=%"
               APR_UINT64_T_FMT "\nstopped=%" APR_UINT64_T_FMT "\nlost=%"
               APR_UINT64_T_FMT "\nopen=%" APR_UINT64_T_FMT "\n",
               tally.recorded, tally.ran, tally.failed, tally.no_go,
               tally.cancelled, tally.rejected, tally.stopped, tally.lost,
               tally.open);
    return OK;
}

/* ?point=P&nth=N&times=N; what it says is how often the one before has failed. */
int probe_set_fault(request_rec *r)
{
    APR_OPTIONAL_FN_TYPE(crosstown_fault) *set =
        APR_RETRIEVE_OPTIONAL_FN(crosstown_fault);
    char point[16], nth[16], times[16];

    if (!set || !probe_argument(r->args, "point", point, sizeof(point))
        || !probe_argument(r->args, "nth", nth, sizeof(nth))
        || !probe_argument(r->args, "times", times, sizeof(times))) {
        return HTTP_NOT_IMPLEMENTED;
    }
    ap_set_content_type(r, "text/plain");
    ap_rprintf(r, "%d\n", set(point, (unsigned int)atoi(nth),
                              (unsigned int)atoi(times)));
    return OK;
}
