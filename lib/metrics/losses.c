/* SPDX-License-Identifier: Apache-2.0 */
/* losses: only a crash or SIGKILL gets a child away from its tasks; then the
 * parent, which alone knows that it is gone, takes what was recorded and not
 * ended as lost. Everything is added, nothing set, since the next child may be
 * counting in the same place already. */
#include "losses.h"

#include <string.h>

#include "apr_strings.h"
#include "counters.h"
#include "name_ids.h"

/* Names in a line of the log. */
#define NAMED 5

static void find_one(ct_loss_t *loss, ct_counters_t *counters,
                     unsigned int name)
{
    ct_numbers_t numbers;

    memset(loss, 0, sizeof(*loss));
    if (ct_counters_read(&numbers, counters, name)) {
        ct_counters_close(&numbers);
        loss->open = numbers.open;
        loss->running = numbers.running;
        loss->queued = -ct_counters_in_queue(&numbers, counters, name);
    }
}

void ct_losses_find(ct_loss_t losses[CT_SCOREBOARD_NAMES],
                    ct_counters_t *counters)
{
    unsigned int name;

    for (name = 0; name < CT_SCOREBOARD_NAMES; ++name) {
        find_one(&losses[name], counters, name);
    }
}

void ct_losses_write_off(ct_counters_t *counters,
                         const ct_loss_t losses[CT_SCOREBOARD_NAMES])
{
    unsigned int name;

    for (name = 0; name < CT_SCOREBOARD_NAMES; ++name) {
        atomic_fetch_add(&counters->losses[name].lost, losses[name].open);
        atomic_fetch_add(&counters->losses[name].broken_off,
                         losses[name].running);
        atomic_fetch_add(&counters->arrivals[name].queued,
                         (apr_uint64_t)losses[name].queued);
    }
}

/* @return the name that lost most and was not told yet; it is marked as told;
 *         CT_SCOREBOARD_NAMES: there is none */
static unsigned int next_name(const ct_loss_t losses[CT_SCOREBOARD_NAMES],
                              char told[CT_SCOREBOARD_NAMES])
{
    unsigned int most = CT_SCOREBOARD_NAMES;
    unsigned int name;

    for (name = 0; name < CT_SCOREBOARD_NAMES; ++name) {
        if (losses[name].open > 0 && !told[name]
            && (most == CT_SCOREBOARD_NAMES
                || losses[name].open > losses[most].open)) {
            most = name;
        }
    }
    if (most < CT_SCOREBOARD_NAMES) {
        told[most] = 1;
    }
    return most;
}

/* The first ones by name, the others as a number. */
static void list(char *text, apr_size_t size,
                 const ct_loss_t losses[CT_SCOREBOARD_NAMES])
{
    char told[CT_SCOREBOARD_NAMES] = { 0 };
    apr_uint64_t others = 0;
    apr_size_t used = 0;
    unsigned int name;
    int listed;

    for (listed = 0; (name = next_name(losses, told)) < CT_SCOREBOARD_NAMES;
         ++listed) {
        char known[CT_SNAPSHOT_NAME_SIZE] = "-";

        if (listed >= NAMED) {
            others += losses[name].open;
            continue;
        }
        (void)ct_name_ids_text(name, known);
        used += (apr_size_t)apr_snprintf(
            text + used, size - used, "%s%" APR_UINT64_T_FMT " \"%s\"",
            listed ? ", " : "", losses[name].open, known);
    }
    if (others > 0) {
        apr_snprintf(text + used, size - used, " and %" APR_UINT64_T_FMT
                     " more of %d other name(s)", others, listed - NAMED);
    }
}

void ct_losses_log(server_rec *s, const ct_loss_t losses[CT_SCOREBOARD_NAMES],
                   pid_t pid, int shared)
{
    char names[(NAMED + 1) * (CT_SNAPSHOT_NAME_SIZE + 32)];
    apr_uint64_t open = 0, running = 0;
    unsigned int name;

    for (name = 0; name < CT_SCOREBOARD_NAMES; ++name) {
        open += losses[name].open;
        running += losses[name].running < losses[name].open
                   ? losses[name].running : losses[name].open;
    }
    if (open == 0) {
        return;
    }
    list(names, sizeof(names), losses);
    ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s, CTLOGNO(01504)
                 "%s %" APR_PID_T_FMT " crashed or was killed: %"
                 APR_UINT64_T_FMT " task(s) are lost, %" APR_UINT64_T_FMT
                 " of them were running: %s",
                 shared ? "one or more of the child processes up to"
                        : "child process", pid, open, running, names);
}
