/* SPDX-License-Identifier: Apache-2.0 */
/* wire: lib/httpd/wire.h where no connection is watched, since none is there:
 * a response is aborted if its connection says so.
 * Thread: the test's.
 * Lifetime: no state. */
#include "wire.h"

void ct_wire_register(void)
{
}

void ct_wire_look_up(void)
{
}

int ct_wire_answered(const request_rec *r)
{
    return -1;
}
