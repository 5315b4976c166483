/* SPDX-License-Identifier: Apache-2.0 */
/* output_filter: lib/http2/output_filter.h where no connection is watched,
 * since none is there: a response is aborted if its connection says so.
 * Thread: the test's.
 * Lifetime: no state. */
#include "output_filter.h"

void ct_output_filter_register(void) {}

void ct_output_filter_look_up(void) {}

int ct_output_filter_answered(const request_rec *r)
{
    return -1;
}
