/* SPDX-License-Identifier: Apache-2.0 */
/* scoreboard: see scoreboard.h. The next child that gets a slot goes on
 * counting there. When a child is gone the parent writes off as lost what it
 * had recorded and did not end: a crash or SIGKILL is the only way to get
 * there.
 *
 * Thread: the parent's part is its main thread's. */
#include "scoreboard.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "ap_mpm.h"
#include "apr_shm.h"
#include "counters.h"

#define RETAINED "mod_crosstown.slots"

typedef struct {
    _Atomic apr_uint32_t pid;        /* 0: free */
    atomic_int used;                 /* ever */
} owner_t;

/* What the parent keeps through restarts. */
typedef struct {
    apr_size_t layout;               /* as the module was built that made it */
    ct_shared_t *shared;
    owner_t *owners;                 /* count of them, apart from the slots: a
                                        look at all takes few pages */
    ct_slot_t *slots;                /* count of them */
    unsigned int count;
} retained_t;

static retained_t *kept;             /* set in post_config; the process's */
static ct_shared_t own_shared;       /* without shared memory: this child's */
static ct_slot_t own_slot;           /* the same */
static ct_slot_t *mine = &own_slot;  /* set in child_init */
static ct_shared_t *common = &own_shared;   /* set in post_config */
static int alone;                    /* set in child_init: it stays own_slot */

/* A module of another version may have been loaded before the restart: to be
 * raised when members change places. */
#define LAYOUT_NUMBER 3
#define LAYOUT ((sizeof(ct_slot_t) * 4096 + sizeof(ct_shared_t)) * 256 \
                + LAYOUT_NUMBER)

ct_shared_t *ct_scoreboard_shared(void)
{
    return common;
}

int ct_scoreboard_are_shared(void)
{
    return kept != NULL;
}

ct_slot_t *ct_scoreboard_mine(void)
{
    return mine;
}

ct_slot_t *ct_scoreboard_next(unsigned int *number, pid_t *pid)
{
    unsigned int count = kept ? kept->count : 0;

    while (*number < count) {
        unsigned int i = (*number)++;

        if (atomic_load(&kept->owners[i].used)) {
            *pid = (pid_t)atomic_load(&kept->owners[i].pid);
            return &kept->slots[i];
        }
    }
    if (*number == count && alone) {
        ++*number;
        *pid = getpid();
        return &own_slot;
    }
    return NULL;
}

static void free_slot(unsigned int i)
{
    ct_counters_write_off(&kept->slots[i]);
    atomic_store(&kept->owners[i].pid, 0);
}

/* Children that went while the module was not loaded. */
static void free_orphans(void)
{
    unsigned int i;

    for (i = 0; i < kept->count; ++i) {
        apr_uint32_t pid = atomic_load(&kept->owners[i].pid);

        if (pid && kill((pid_t)pid, 0) != 0 && errno == ESRCH) {
            free_slot(i);
        }
    }
}

static apr_size_t lines(apr_size_t size)
{
    return APR_ALIGN(size, CT_MEMORY_LINE);
}

/* Nothing is written to: what the system gives is zero, and takes no memory
 * until it is in use. Its pool has no parent, because exit() destroys all that
 * have, and a runner on its way out counts until the very end. */
static apr_status_t share(unsigned int count)
{
    apr_size_t shared = lines(sizeof(ct_shared_t));
    apr_size_t owners = lines(count * sizeof(owner_t));
    apr_uintptr_t base;
    apr_pool_t *pool;
    apr_shm_t *shm;
    apr_status_t rv = apr_pool_create_unmanaged_ex(&pool, NULL, NULL);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    /* A line more for the room that aligning it may cost. */
    rv = apr_shm_create(&shm, shared + owners + count * sizeof(ct_slot_t)
                              + CT_MEMORY_LINE, NULL, pool);
    if (rv != APR_SUCCESS) {
        apr_pool_destroy(pool);
        return rv;
    }
    base = lines((apr_uintptr_t)apr_shm_baseaddr_get(shm));
    kept = ap_retained_data_create(RETAINED, sizeof(*kept));
    kept->layout = LAYOUT;
    kept->shared = (ct_shared_t *)base;
    kept->owners = (owner_t *)(base + shared);
    kept->slots = (ct_slot_t *)(base + shared + owners);
    kept->count = count;
    kept->shared->since = apr_time_now();
    common = kept->shared;
    return APR_SUCCESS;
}

/* Once for all generations: the parent, which ServerLimit does not outgrow,
 * keeps it through restarts. */
static int make_slots(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp,
                      server_rec *s)
{
    apr_status_t rv;
    int children = 1;

    if (ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_CREATE_PRE_CONFIG) {
        return OK;
    }
    kept = ap_retained_data_get(RETAINED);
    if (kept && kept->layout == LAYOUT) {
        common = kept->shared;
        free_orphans();
        return OK;
    }
    kept = NULL;
    common = &own_shared;
    own_shared.since = apr_time_now();
    ap_mpm_query(AP_MPMQ_HARD_LIMIT_DAEMONS, &children);
    rv = share((unsigned int)children + 1);
    if (rv != APR_SUCCESS) {
        ap_log_error(APLOG_MARK, APLOG_WARNING, rv, s, CTLOGNO(01501)
                     "no shared memory for %d children: each counts its "
                     "tasks for itself", children);
    }
    return OK;
}

void ct_scoreboard_take(server_rec *s)
{
    apr_uint32_t pid = (apr_uint32_t)getpid();
    unsigned int i;

    for (i = 0; kept && i < kept->count; ++i) {
        apr_uint32_t nobody = 0;

        if (atomic_compare_exchange_strong(&kept->owners[i].pid, &nobody,
                                           pid)) {
            atomic_store(&kept->owners[i].used, 1);
            mine = &kept->slots[i];
            return;
        }
    }
    alone = 1;
    if (kept) {
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s, CTLOGNO(01502)
                     "there are more children than the %u slots of the "
                     "tally: this one counts its tasks for itself",
                     kept->count);
    }
}

/* The parent is told when a child is gone, however it went. */
static void child_status(server_rec *s, pid_t pid, ap_generation_t gen,
                         int number, mpm_child_status state)
{
    unsigned int i;

    for (i = 0; state == MPM_CHILD_EXITED && kept && i < kept->count; ++i) {
        if (atomic_load(&kept->owners[i].pid) == (apr_uint32_t)pid) {
            free_slot(i);
            return;
        }
    }
}

void ct_scoreboard_register(void)
{
    ap_hook_post_config(make_slots, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_child_status(child_status, NULL, NULL, APR_HOOK_MIDDLE);
}
