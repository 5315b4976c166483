/* SPDX-License-Identifier: Apache-2.0 */
/* server_limit: one piece of anonymous shared memory, made before the first
 * child is forked. The parent gives back the places of a child as soon as it
 * knows that it is gone, however it went: until then its number cannot be
 * another process's. A name keeps its places from one configuration to the
 * next: the children of both count in them, and where the number was lowered
 * the old one holds until the old children are gone. */
#include "server_limit.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "config.h"
#include "memory.h"
#include "mpm_common.h"

#define RETAINED "mod_crosstown.server_limit"

/* What the parent keeps through restarts. */
typedef struct {
    apr_size_t layout;               /* as the module was built that made it */
    ct_place_table_t *table;
} retained_t;

static retained_t *kept;             /* set in post_config; NULL: nobody has
                                        ever needed it */

static apr_uint64_t hash_of(const char *name)
{
    apr_uint64_t hash = 0xcbf29ce484222325U;     /* FNV-1a */

    for (; *name; ++name) {
        hash = (hash ^ (unsigned char)*name) * 0x100000001b3U;
    }
    return hash ? hash : 1;
}

static apr_status_t make_table(void)
{
    void *memory;
    apr_status_t rv = ct_memory_share(sizeof(*kept->table), &memory);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    kept = ap_retained_data_create(RETAINED, sizeof(*kept));
    kept->layout = sizeof(*kept->table);
    kept->table = memory;
    return APR_SUCCESS;
}

static int is_gone(apr_uint32_t pid, void *unused)
{
    return kill((pid_t)pid, 0) != 0 && errno == ESRCH;
}

static int is_it(apr_uint32_t pid, void *gone)
{
    const pid_t *it = gone;

    return pid == (apr_uint32_t)*it;
}

/* @return CT_PLACES_KINDS: none is */
static unsigned int find_kind(apr_uint64_t name)
{
    unsigned int kind = 0;

    while (kind < CT_PLACES_KINDS
           && atomic_load(&kept->table->kinds[kind].name) != name) {
        ++kind;
    }
    return kind;
}

/* One that nobody uses, else one of a name that this configuration does not
 * have: its old children and the new ones count together, which holds them up
 * but lets neither have too many. */
static unsigned int spare_kind(unsigned int taken)
{
    unsigned int spare = CT_PLACES_KINDS;
    unsigned int kind;

    for (kind = 0; kind < CT_PLACES_KINDS; ++kind) {
        if (!(taken & 1U << kind)) {
            if (ct_places_taken(&kept->table->kinds[kind]) == 0) {
                return kind;
            }
            spare = kind;
        }
    }
    return spare;
}

static void give_kind(ct_name_limit_t *limit, unsigned int number)
{
    ct_place_kind_t *kind = &kept->table->kinds[number];

    atomic_store(&kind->name, hash_of(limit->name));
    if (atomic_load(&kind->count) < limit->at_once) {
        atomic_store(&kind->count, limit->at_once);
    }
    limit->places.table = kept->table;
    limit->places.kind = number;
    limit->places.count = limit->at_once;
    limit->places.owner = (apr_uint32_t)getpid();
}

static void give_kinds(const ct_name_limits_t *limits)
{
    unsigned int taken = 0;
    unsigned int i;

    for (i = 0; i < limits->count; ++i) {
        if (limits->all[i].scope == CT_SCOPE_SERVER) {
            unsigned int kind = find_kind(hash_of(limits->all[i].name));

            if (kind < CT_PLACES_KINDS && !(taken & 1U << kind)) {
                taken |= 1U << kind;
                give_kind(&limits->all[i], kind);
            }
        }
    }
    for (i = 0; i < limits->count; ++i) {
        if (limits->all[i].scope == CT_SCOPE_SERVER
            && !limits->all[i].places.table) {
            unsigned int kind = spare_kind(taken);

            taken |= 1U << kind;
            give_kind(&limits->all[i], kind);
        }
    }
}

static int is_needed(const ct_name_limits_t *limits)
{
    unsigned int i;

    for (i = 0; i < limits->count; ++i) {
        if (limits->all[i].scope == CT_SCOPE_SERVER) {
            return 1;
        }
    }
    return 0;
}

/* Without it more would run than was said: then the server does not start. */
static int prepare(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp,
                   server_rec *s)
{
    const ct_config_t *config = ap_get_module_config(s->module_config,
                                                     &crosstown_module);
    apr_status_t rv = APR_SUCCESS;

    if (ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_CREATE_PRE_CONFIG) {
        return OK;
    }
    kept = ap_retained_data_get(RETAINED);
    if (kept && kept->layout != sizeof(*kept->table)) {
        kept = NULL;
    }
    if (kept) {
        ct_places_sweep(kept->table, is_gone, NULL);
    }
    if (!is_needed(&config->name_limits)) {
        return OK;
    }
    if (!kept) {
        rv = make_table();
    }
    if (rv != APR_SUCCESS) {
        ap_log_error(APLOG_MARK, APLOG_EMERG, rv, s, CTLOGNO(01009)
                     "no shared memory for CrosstownLimit scope=server: tasks "
                     "cannot be counted over all child processes; write "
                     "scope=child, or give the server memory");
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    give_kinds(&config->name_limits);
    return OK;
}

/* The parent is told when a child is gone, however it went. */
static void child_status(server_rec *s, pid_t pid, ap_generation_t gen,
                         int number, mpm_child_status state)
{
    if (state == MPM_CHILD_EXITED && kept) {
        ct_places_sweep(kept->table, is_it, &pid);
    }
}

void ct_server_limit_start(const ct_name_limits_t *limits)
{
    unsigned int i;

    for (i = 0; i < limits->count; ++i) {
        limits->all[i].places.owner = (apr_uint32_t)getpid();
    }
}

void ct_server_limit_register(void)
{
    ap_hook_post_config(prepare, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_child_status(child_status, NULL, NULL, APR_HOOK_MIDDLE);
}
