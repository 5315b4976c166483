/* SPDX-License-Identifier: Apache-2.0 */
/* scoreboard: one piece of anonymous shared memory, made before the first
 * child is forked and kept through restarts, so no child ever has to look for
 * it and no counter starts again.
 *
 * ServerLimit is no limit of the children that live: worker starts a successor
 * beside a child that drains. There are counters for two generations, and
 * records for many more children. Those of a child are written off when it is
 * gone (see losses.h); the shared ones when the last of those who share them
 * is: before that, nobody knows whose tasks are still open. */
#include "scoreboard.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "active_tasks.h"
#include "ages.h"
#include "ap_mpm.h"
#include "losses.h"

#define RETAINED "mod_crosstown.scoreboard"

/* Records of children that share the last counters; 450 KB if all are. */
#define SHARERS 256

/* What the parent keeps through restarts. */
typedef struct {
    apr_size_t layout;               /* as the module was built that made it */
    ct_shared_t *shared;
    ct_child_t *children;            /* own + SHARERS of them; apart from the
                                        counters: a look at all takes few
                                        pages */
    ct_counters_t *counters;         /* own + 1 of them */
    unsigned int own;                /* counters that are one child's */
    atomic_int *unknown;             /* some share that have no record; a
                                        flag: no order is needed */
} retained_t;

static retained_t *kept;             /* set in post_config; the process's */
static ct_shared_t own_shared;       /* without shared memory: this child's */
static ct_counters_t own_counters;   /* the same */
static ct_child_t own_child;         /* the same */
static ct_counters_t *counters = &own_counters;   /* set in child_init */
static ct_child_t *child = &own_child;            /* set in child_init */
static ct_shared_t *common = &own_shared;         /* set in post_config */

/* A module of another version may have been loaded before the restart: to be
 * raised when members change places. */
#define LAYOUT_NUMBER 8
#define LAYOUT ((sizeof(ct_counters_t) * 4096 + sizeof(ct_shared_t)) * 256 \
                + LAYOUT_NUMBER)

ct_shared_t *ct_scoreboard_shared(void)
{
    return common;
}

int ct_scoreboard_is_shared(void)
{
    return kept != NULL;
}

ct_counters_t *ct_scoreboard_counters(void)
{
    return counters;
}

ct_child_t *ct_scoreboard_child(void)
{
    return child;
}

ct_child_t *ct_scoreboard_next_child(unsigned int *number)
{
    unsigned int count = kept ? kept->own + SHARERS : 1;

    while (*number < count) {
        ct_child_t *next = kept ? &kept->children[*number] : &own_child;

        ++*number;
        if (atomic_load(&next->used)) {
            return next;
        }
    }
    return NULL;
}

ct_counters_t *ct_scoreboard_own(unsigned int number)
{
    if (!kept) {
        return &own_counters;
    }
    return number < kept->own ? &kept->counters[number] : NULL;
}

/* The shared ones are looked at in any case: they are in use if a record
 * behind the first ones is, or somebody has none. */
ct_counters_t *ct_scoreboard_next(unsigned int *number)
{
    if (!kept) {
        return (*number)++ == 0 ? &own_counters : NULL;
    }
    while (*number < kept->own) {
        unsigned int i = (*number)++;

        if (atomic_load(&kept->children[i].used)) {
            return &kept->counters[i];
        }
    }
    return (*number)++ == kept->own ? &kept->counters[kept->own] : NULL;
}

/* @return is anybody left of those who share the last counters? */
static int are_shared_now(unsigned int but_for)
{
    unsigned int i;

    for (i = kept->own; i < kept->own + SHARERS; ++i) {
        if (i != but_for && atomic_load(&kept->children[i].pid)) {
            return 1;
        }
    }
    return atomic_load(kept->unknown);
}

/* Who comes to share them meanwhile is seen after what he counts: then nothing
 * is written off. */
static void write_off(server_rec *s, unsigned int number, pid_t pid)
{
    int shared = number >= kept->own;
    ct_counters_t *gone = &kept->counters[shared ? kept->own : number];
    ct_loss_t losses[CT_SCOREBOARD_NAMES];

    ct_active_tasks_clear(gone, shared ? pid : 0);
    ct_losses_find(losses, gone);
    if (!shared || !are_shared_now(number)) {
        ct_losses_write_off(gone, losses);
        ct_losses_log(s, losses, pid, shared);
    }
}

static void free_child(server_rec *s, unsigned int number)
{
    ct_child_t *gone = &kept->children[number];

    write_off(s, number, (pid_t)atomic_load(&gone->pid));
    ct_ages_clear(gone);
    atomic_store(&gone->gauges.threads, 0);
    atomic_store(&gone->gauges.scheduled, 0);
    atomic_store(&gone->pid, 0);
}

/* Children that went while the module was not loaded. */
static void free_orphans(server_rec *s)
{
    unsigned int i;

    for (i = 0; i < kept->own + SHARERS; ++i) {
        apr_uint32_t pid = atomic_load(&kept->children[i].pid);

        if (pid && kill((pid_t)pid, 0) != 0 && errno == ESRCH) {
            free_child(s, i);
        }
    }
}

static apr_size_t lines(apr_size_t size)
{
    return APR_ALIGN(size, CT_MEMORY_LINE);
}

/* Nothing is written to: what the system gives is zero, and takes no memory
 * until it is in use. */
static apr_status_t share(unsigned int own)
{
    apr_size_t shared = lines(sizeof(ct_shared_t));
    apr_size_t children = (own + SHARERS) * sizeof(ct_child_t);
    apr_size_t all_counters = (own + 1) * sizeof(ct_counters_t);
    /* A line for the last member. */
    apr_size_t size = shared + children + all_counters + CT_MEMORY_LINE;
    void *memory;
    char *base;
    apr_status_t rv = ct_memory_share(size, &memory);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    base = memory;
    kept = ap_retained_data_create(RETAINED, sizeof(*kept));
    kept->layout = LAYOUT;
    kept->shared = (ct_shared_t *)base;
    kept->children = (ct_child_t *)(base + shared);
    kept->counters = (ct_counters_t *)(base + shared + children);
    kept->unknown = (atomic_int *)(base + shared + children + all_counters);
    kept->own = own;
    kept->shared->since = apr_time_now();
    common = kept->shared;
    return APR_SUCCESS;
}

/* Only where threads are there is an MPM that lets a child drain beside its
 * successor; prefork's limit is a high one, too. One is for a child whose end
 * the parent has not noted yet. */
static unsigned int counters_wanted(void)
{
    int children = 1, threaded = 0;

    ap_mpm_query(AP_MPMQ_HARD_LIMIT_DAEMONS, &children);
    ap_mpm_query(AP_MPMQ_IS_THREADED, &threaded);
    return (unsigned int)(threaded ? 2 * children : children) + 1;
}

/* Once for all generations: the parent, which ServerLimit does not outgrow,
 * keeps it through restarts. */
static int make_scoreboard(apr_pool_t *pconf, apr_pool_t *plog,
                           apr_pool_t *ptemp, server_rec *s)
{
    apr_status_t rv;

    if (ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_CREATE_PRE_CONFIG) {
        return OK;
    }
    kept = ap_retained_data_get(RETAINED);
    if (kept && kept->layout == LAYOUT) {
        common = kept->shared;
        free_orphans(s);
        return OK;
    }
    kept = NULL;
    common = &own_shared;
    own_shared.since = apr_time_now();
    rv = share(counters_wanted());
    if (rv != APR_SUCCESS) {
        ap_log_error(APLOG_MARK, APLOG_WARNING, rv, s, CTLOGNO(01501)
                     "no shared memory for the counters of %u children: each "
                     "counts its tasks for itself", counters_wanted());
    }
    return OK;
}

int ct_scoreboard_generation(void)
{
    int generation = -1;

    return ap_mpm_query(AP_MPMQ_GENERATION, &generation) == APR_SUCCESS
           ? generation : -1;
}

void ct_scoreboard_take(server_rec *s)
{
    apr_uint32_t pid = (apr_uint32_t)getpid();
    unsigned int i;

    for (i = 0; kept && i < kept->own + SHARERS; ++i) {
        apr_uint32_t nobody = 0;

        if (atomic_compare_exchange_strong(&kept->children[i].pid, &nobody,
                                           pid)) {
            child = &kept->children[i];
            counters = &kept->counters[i < kept->own ? i : kept->own];
            atomic_store(&child->used, 1);
            atomic_store(&child->generation, ct_scoreboard_generation());
            atomic_store(&child->moved, apr_time_now());
            return;
        }
    }
    atomic_store(&own_child.pid, pid);
    atomic_store(&own_child.used, 1);
    if (kept) {
        atomic_store(kept->unknown, 1);
        counters = &kept->counters[kept->own];
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s, CTLOGNO(01502)
                     "more than %u children live at once: this one's tasks "
                     "are counted, but from now on none will be found lost "
                     "that goes with a child beyond the first %u",
                     kept->own + SHARERS, kept->own);
    }
}

/* The parent is told when a child is gone, however it went. */
static void child_status(server_rec *s, pid_t pid, ap_generation_t gen,
                         int number, mpm_child_status state)
{
    unsigned int i;

    for (i = 0; state == MPM_CHILD_EXITED && kept && i < kept->own + SHARERS;
         ++i) {
        if (atomic_load(&kept->children[i].pid) == (apr_uint32_t)pid) {
            free_child(s, i);
            return;
        }
    }
}

void ct_scoreboard_register(void)
{
    ap_hook_post_config(make_scoreboard, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_child_status(child_status, NULL, NULL, APR_HOOK_MIDDLE);
}
