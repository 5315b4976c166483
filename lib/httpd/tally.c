/* SPDX-License-Identifier: Apache-2.0 */
/* tally: see tally.h. Each child counts in a slot of its own, so that nothing
 * is ever locked; the next child that gets the slot goes on counting there.
 * When a child is gone the parent writes off as lost what it had recorded and
 * did not end: a crash or SIGKILL is the only way to get there.
 *
 * Thread: see tally.h. The parent's part is its main thread's.
 * Lifetime: see tally.h. */
#include "tally.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

#include "ap_mpm.h"
#include "apr_shm.h"

#define RETAINED "mod_crosstown.tally"
#define LINE 64                      /* bytes that processors share at once */
#define OUTCOMES (CROSSTOWN_STOPPED + 1)

typedef _Atomic apr_uint64_t counter_t;

/* What request threads count and what runners count lies apart. */
typedef struct {
    _Alignas(LINE) _Atomic apr_uint32_t owner;   /* process id; 0: free */
    counter_t lost;
    _Alignas(LINE) counter_t recorded;
    _Alignas(LINE) counter_t ended[OUTCOMES];
    counter_t failed;                /* of those that ran */
} slot_t;

typedef struct {
    slot_t *slots;
    unsigned int count;
} board_t;

static board_t *board;               /* set in post_config; the process's */
static slot_t own_slot;              /* without shared memory: this child's */
static slot_t *mine = &own_slot;     /* set in child_init */

static void count(counter_t *counter, apr_uint64_t number)
{
    atomic_fetch_add_explicit(counter, number, memory_order_release);
}

static apr_uint64_t value(counter_t *counter)
{
    return atomic_load_explicit(counter, memory_order_acquire);
}

void ct_tally_recorded(void)
{
    count(&mine->recorded, 1);
}

void ct_tally_refused(void)
{
    count(&mine->recorded, (apr_uint64_t)-1);
}

void ct_tally_ended(crosstown_outcome_e outcome, apr_status_t result)
{
    if (outcome == CROSSTOWN_RAN && result != APR_SUCCESS) {
        count(&mine->failed, 1);
    }
    count(&mine->ended[outcome], 1);
}

static apr_uint64_t ended(slot_t *slot)
{
    apr_uint64_t sum = 0;
    int outcome;

    for (outcome = 0; outcome < OUTCOMES; ++outcome) {
        sum += value(&slot->ended[outcome]);
    }
    return sum;
}

/* Ends first: a task that comes to its end meanwhile is then open, not one
 * that ended without having been recorded. */
static void add_slot(crosstown_tally_t *tally, slot_t *slot)
{
    tally->ran += value(&slot->ended[CROSSTOWN_RAN]);
    tally->no_go += value(&slot->ended[CROSSTOWN_NO_GO]);
    tally->cancelled += value(&slot->ended[CROSSTOWN_CANCELLED]);
    tally->rejected += value(&slot->ended[CROSSTOWN_REJECTED]);
    tally->stopped += value(&slot->ended[CROSSTOWN_STOPPED]);
    tally->failed += value(&slot->failed);
    tally->lost += value(&slot->lost);
    tally->recorded += value(&slot->recorded);
}

static apr_status_t crosstown_tally(crosstown_tally_t *tally)
{
    crosstown_tally_t sum = { 0 };
    apr_size_t size = tally ? tally->size : 0;
    unsigned int i;

    if (size < sizeof(sum.size)) {
        ap_log_error(APLOG_MARK, APLOG_ERR, APR_EINVAL, ap_server_conf,
                     "crosstown_tally: no tally was given, or its size is "
                     "not set");
        return APR_EINVAL;
    }
    if (mine == &own_slot) {
        add_slot(&sum, &own_slot);
    }
    for (i = 0; board && i < board->count; ++i) {
        add_slot(&sum, &board->slots[i]);
    }
    sum.open = sum.recorded - sum.ran - sum.no_go - sum.cancelled
               - sum.rejected - sum.stopped - sum.lost;
    sum.size = size;
    memcpy(tally, &sum, size < sizeof(sum) ? size : sizeof(sum));
    return APR_SUCCESS;
}

static void write_off(slot_t *slot)
{
    count(&slot->lost, value(&slot->recorded) - ended(slot)
                       - value(&slot->lost));
    atomic_store(&slot->owner, 0);
}

/* Children that went while the module was not loaded. */
static void write_off_orphans(void)
{
    unsigned int i;

    for (i = 0; i < board->count; ++i) {
        apr_uint32_t owner = atomic_load(&board->slots[i].owner);

        if (owner && kill((pid_t)owner, 0) != 0 && errno == ESRCH) {
            write_off(&board->slots[i]);
        }
    }
}

/* Once for all generations: the parent, which ServerLimit does not outgrow,
 * keeps it through restarts. */
static int make_board(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp,
                      server_rec *s)
{
    apr_shm_t *shm;
    apr_uintptr_t base;
    apr_status_t rv;
    int children = 1;

    if (ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_CREATE_PRE_CONFIG) {
        return OK;
    }
    board = ap_retained_data_get(RETAINED);
    if (board) {
        write_off_orphans();
        return OK;
    }
    ap_mpm_query(AP_MPMQ_HARD_LIMIT_DAEMONS, &children);
    /* One more for the room that aligning it may cost. */
    rv = apr_shm_create(&shm, ((apr_size_t)children + 2) * sizeof(slot_t),
                        NULL, s->process->pool);
    if (rv != APR_SUCCESS) {
        ap_log_error(APLOG_MARK, APLOG_WARNING, rv, s,
                     "no shared memory for %d children: each counts its "
                     "tasks for itself", children);
        return OK;
    }
    board = ap_retained_data_create(RETAINED, sizeof(*board));
    base = (apr_uintptr_t)apr_shm_baseaddr_get(shm);
    board->slots = (slot_t *)APR_ALIGN(base, LINE);
    board->count = (unsigned int)children + 1;
    memset(board->slots, 0, board->count * sizeof(slot_t));
    return OK;
}

void ct_tally_start(server_rec *s)
{
    apr_uint32_t pid = (apr_uint32_t)getpid();
    unsigned int i;

    for (i = 0; board && i < board->count; ++i) {
        apr_uint32_t nobody = 0;

        if (atomic_compare_exchange_strong(&board->slots[i].owner, &nobody,
                                           pid)) {
            mine = &board->slots[i];
            return;
        }
    }
    if (board) {
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s,
                     "there are more children than the %u slots of the "
                     "tally: this one counts its tasks for itself",
                     board->count);
    }
}

/* The parent is told when a child is gone, however it went. */
static void child_status(server_rec *s, pid_t pid, ap_generation_t gen,
                         int number, mpm_child_status state)
{
    unsigned int i;

    for (i = 0; state == MPM_CHILD_EXITED && board && i < board->count; ++i) {
        slot_t *slot = &board->slots[i];

        if (atomic_load(&slot->owner) == (apr_uint32_t)pid) {
            write_off(slot);
            return;
        }
    }
}

void ct_tally_register(void)
{
    APR_REGISTER_OPTIONAL_FN(crosstown_tally);
    ap_hook_post_config(make_board, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_child_status(child_status, NULL, NULL, APR_HOOK_MIDDLE);
}
