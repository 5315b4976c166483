/* SPDX-License-Identifier: Apache-2.0 */
/* slots: lib/httpd/slots.h for one process: the one slot is its own, and
 * empty again at crosstown_test_begin().
 * Thread: the test's.
 * Lifetime: one test. */

#include <string.h>
#include <unistd.h>
#include "slots.h"

static ct_shared_t shared;
static ct_slot_t slot;

void ct_slots_register(void)
{
    memset(&shared, 0, sizeof(shared));
    memset(&slot, 0, sizeof(slot));
    shared.since = apr_time_now();
}

void ct_slots_take(server_rec *s)
{
}

ct_shared_t *ct_slots_shared(void)
{
    return &shared;
}

int ct_slots_are_shared(void)
{
    return 0;
}

ct_slot_t *ct_slots_mine(void)
{
    return &slot;
}

ct_slot_t *ct_slots_next(unsigned int *number, pid_t *pid)
{
    *pid = getpid();
    return (*number)++ == 0 ? &slot : NULL;
}
