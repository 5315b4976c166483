/* SPDX-License-Identifier: Apache-2.0 */
/* unique: a key is held from the moment when it is certain that its task will
 * run: a response that fails in the end must not have kept others' tasks away.
 * What a child held is given back by the parent, who learns of every child's
 * end. Keys are digests with a secret of this server's start, so that a client
 * whose words become keys cannot choose two that are alike. */
#include "unique.h"

#include "ap_mpm.h"
#include "apr_general.h"
#include "apr_sha1.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <unistd.h>

#define RETAINED "mod_crosstown_tasks.unique"
#define LAYOUT   (sizeof(kept_t) * 65536 + CT_UNIQUE_ROOM + 1)

/** In shared memory, in front of the table. */
typedef struct {
    unsigned char secret[16];
    _Atomic apr_uint32_t duplicates; /* counts: no order is needed */
    _Atomic apr_uint32_t refused;    /* the same */
} counted_t;

/** What the parent keeps from one configuration to the next. */
typedef struct {
    apr_size_t layout;
    counted_t *counted;
    ct_unique_keys_t *keys;
} kept_t;

static kept_t *kept;                 /* NULL: there is no memory */

/* A task is the same one if it stands in the same server's configuration,
 * also after that was read anew. */
static void add_task(apr_sha1_ctx_t *sha1, const ct_named_task_t *task)
{
    const server_rec *s = task->setup.server;
    const char *host = s->is_virtual && s->server_hostname
                       ? s->server_hostname : "";
    apr_port_t ports[2] = { 0, 0 };

    if (s->is_virtual) {
        ports[0] = s->port;
        ports[1] = s->addrs ? s->addrs->host_port : 0;
    }
    apr_sha1_update(sha1, host, (unsigned int)strlen(host) + 1);
    apr_sha1_update_binary(sha1, (const unsigned char *)ports, sizeof(ports));
    apr_sha1_update(sha1, task->name, (unsigned int)strlen(task->name) + 1);
}

void ct_unique_name(ct_unique_t *unique, const ct_named_task_t *task,
                    const char *key)
{
    unsigned char digest[APR_SHA1_DIGESTSIZE];
    apr_sha1_ctx_t sha1;

    unique->state = key && *key ? CT_UNIQUE_WANTED : CT_UNIQUE_NONE;
    if (unique->state == CT_UNIQUE_NONE) {
        return;
    }
    apr_sha1_init(&sha1);
    if (kept) {
        apr_sha1_update_binary(&sha1, kept->counted->secret,
                               sizeof(kept->counted->secret));
    }
    add_task(&sha1, task);
    apr_sha1_update(&sha1, key, (unsigned int)strlen(key));
    apr_sha1_final(digest, &sha1);
    memcpy(unique->key, digest, sizeof(unique->key));
}

static void count(apr_status_t rv)
{
    if (kept && rv == APR_EEXIST) {
        atomic_fetch_add(&kept->counted->duplicates, 1);
    }
    else if (kept && rv == APR_ENOSPC) {
        atomic_fetch_add(&kept->counted->refused, 1);
    }
}

apr_status_t ct_unique_look(const ct_unique_t *unique)
{
    apr_status_t rv = APR_SUCCESS;

    if (unique->state == CT_UNIQUE_WANTED) {
        rv = kept ? ct_unique_keys_look(kept->keys, unique->key) : APR_ENOSPC;
        count(rv);
    }
    return rv;
}

apr_status_t ct_unique_take(ct_unique_t *unique)
{
    apr_status_t rv;

    if (unique->state != CT_UNIQUE_WANTED) {
        return APR_SUCCESS;
    }
    rv = kept ? ct_unique_keys_take(kept->keys, unique->key, getpid())
              : APR_ENOSPC;
    unique->state = rv == APR_SUCCESS ? CT_UNIQUE_HELD
        : rv == APR_EEXIST ? CT_UNIQUE_DUPLICATE : CT_UNIQUE_NO_ROOM;
    count(rv);
    return rv;
}

void ct_unique_give(ct_unique_t *unique)
{
    if (unique->state == CT_UNIQUE_HELD) {
        ct_unique_keys_give(kept->keys, unique->key, getpid());
        unique->state = CT_UNIQUE_NONE;
    }
}

int ct_unique_count(ct_unique_numbers_t *numbers)
{
    if (!kept) {
        return 0;
    }
    ct_unique_keys_count(kept->keys, &numbers->keys);
    numbers->duplicates = atomic_load(&kept->counted->duplicates);
    numbers->refused = atomic_load(&kept->counted->refused);
    return 1;
}

/* ---- the memory ---- */

static int is_this(pid_t pid, void *gone)
{
    return pid == *(const pid_t *)gone;
}

static int is_gone(pid_t pid, void *unused)
{
    return kill(pid, 0) != 0 && errno == ESRCH;
}

/* Of no pool: exit() destroys those that have a parent, and a thread on its
 * way out gives a key back until the very end. */
static apr_status_t share(void)
{
    apr_size_t in_front = APR_ALIGN(sizeof(counted_t), (apr_size_t)64);
    apr_size_t size = in_front + ct_unique_keys_size(CT_UNIQUE_ROOM);
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    counted_t *counted = memory;
    ct_unique_keys_t *keys;
    apr_status_t rv;

    if (memory == MAP_FAILED) {
        return errno;
    }
    rv = ct_unique_keys_make(&keys, (char *)memory + in_front, CT_UNIQUE_ROOM);
    if (rv == APR_SUCCESS) {
        rv = apr_generate_random_bytes(counted->secret,
                                       sizeof(counted->secret));
    }
    if (rv != APR_SUCCESS) {
        munmap(memory, size);
        return rv;
    }
    kept = ap_retained_data_create(RETAINED, sizeof(*kept));
    kept->layout = LAYOUT;
    kept->counted = counted;
    kept->keys = keys;
    return APR_SUCCESS;
}

/* Children may have gone while the module was not loaded. */
static int post_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp,
                       server_rec *s)
{
    apr_status_t rv;

    if (ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_CREATE_PRE_CONFIG) {
        return OK;
    }
    kept = ap_retained_data_get(RETAINED);
    if (kept && kept->layout == LAYOUT) {
        ct_unique_keys_sweep(kept->keys, is_gone, NULL);
        return OK;
    }
    kept = NULL;
    rv = share();
    if (rv != APR_SUCCESS) {
        ap_log_error(APLOG_MARK, APLOG_WARNING, rv, s, CTLOGNO(02005)
                     "no shared memory for the keys of unique tasks: all "
                     "tasks with a key are refused");
    }
    return OK;
}

static void child_status(server_rec *s, pid_t pid, ap_generation_t gen,
                         int number, mpm_child_status state)
{
    if (state == MPM_CHILD_EXITED && kept) {
        ct_unique_keys_sweep(kept->keys, is_this, &pid);
    }
}

void ct_unique_register(void)
{
    kept = NULL;
    ap_hook_post_config(post_config, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_child_status(child_status, NULL, NULL, APR_HOOK_MIDDLE);
}
