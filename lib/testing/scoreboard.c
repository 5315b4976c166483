/* SPDX-License-Identifier: Apache-2.0 */
/* scoreboard: lib/metrics/scoreboard.h for one process: the one slot is its
 * own, and empty again at crosstown_test_begin().
 * Thread: the test's.
 * Lifetime: one test. */

#include <string.h>
#include <unistd.h>
#include "scoreboard.h"

static ct_shared_t shared;
static ct_slot_t slot;

void ct_scoreboard_register(void)
{
    memset(&shared, 0, sizeof(shared));
    memset(&slot, 0, sizeof(slot));
    shared.since = apr_time_now();
}

void ct_scoreboard_take(server_rec *s) {}

ct_shared_t *ct_scoreboard_shared(void)
{
    return &shared;
}

int ct_scoreboard_are_shared(void)
{
    return 0;
}

ct_slot_t *ct_scoreboard_mine(void)
{
    return &slot;
}

ct_slot_t *ct_scoreboard_next(unsigned int *number, pid_t *pid)
{
    *pid = getpid();
    return (*number)++ == 0 ? &slot : NULL;
}
