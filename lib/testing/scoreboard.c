/* SPDX-License-Identifier: Apache-2.0 */
/* scoreboard: lib/metrics/scoreboard.h for one process: counters and record
 * are its own, and empty again at crosstown_test_begin().
 * Thread: the test's.
 * Lifetime: one test. */

#include <string.h>
#include <unistd.h>
#include "scoreboard.h"

static ct_shared_t shared;
static ct_counters_t counters;
static ct_child_t child;

void ct_scoreboard_register(void)
{
    memset(&shared, 0, sizeof(shared));
    memset(&counters, 0, sizeof(counters));
    memset(&child, 0, sizeof(child));
    shared.since = apr_time_now();
    child.pid = (apr_uint32_t)getpid();
    child.used = 1;
}

void ct_scoreboard_take(server_rec *s) {}

/* There is one configuration. */
int ct_scoreboard_generation(void)
{
    return 0;
}

ct_shared_t *ct_scoreboard_shared(void)
{
    return &shared;
}

int ct_scoreboard_is_shared(void)
{
    return 0;
}

ct_counters_t *ct_scoreboard_counters(void)
{
    return &counters;
}

ct_counters_t *ct_scoreboard_own(unsigned int number)
{
    return number == 0 ? &counters : NULL;
}

ct_child_t *ct_scoreboard_child(void)
{
    return &child;
}

ct_counters_t *ct_scoreboard_next(unsigned int *number)
{
    return (*number)++ == 0 ? &counters : NULL;
}

ct_child_t *ct_scoreboard_next_child(unsigned int *number)
{
    return (*number)++ == 0 ? &child : NULL;
}
