/* SPDX-License-Identifier: Apache-2.0 */
/* keep_child: opened in each child; closed when mod_crosstown has drained its
 * pool, which is a pre-cleanup of the child's pool, so that what is left of
 * tasks is said by then.
 *
 * Under prefork a stop is ordered inside a signal handler, on the thread that
 * may just be using the store, or opening it: it waits until that is done. */
#include "keep_child.h"

#include "keep_config.h"
#include "kept_job.h"
#include "signals.h"

#include "ap_mpm.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>

/* Of those that were taken from the store so many are in hand at once, also if
 * they wait since their name is paused or limited. */
#define MOST_TAKEN 16
/* A stop that takes longer is ended by the parent; what is not said then is
 * run again. */
#define CLOSING apr_time_from_sec(2)

/* A task that a stop has left behind may be about to use it. */
static pthread_rwlock_t in_use = PTHREAD_RWLOCK_INITIALIZER;
static ct_store_t *store;            /* NULL: none */
static ct_store_shared_t *shared;    /* made once by the parent */
static atomic_uint taken;            /* atomic: a count, no order is needed */
static int is_threaded;
static server_rec *main_server;

/* ---- what is told ---- */

static void tell(void *unused, ct_store_event_e event, const char *words)
{
    switch (event) {
    case CT_STORE_UP:
        ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, main_server, CTLOGNO(02310)
                     "CrosstownStore: %s", words);
        break;
    case CT_STORE_DOWN:
        ap_log_error(APLOG_MARK, APLOG_CRIT, 0, main_server, CTLOGNO(02311)
                     "CrosstownStore: %s; until it can, responses that ask "
                     "for tasks with keep=disk are answered 503", words);
        break;
    case CT_STORE_FULL:
        ap_log_error(APLOG_MARK, APLOG_ERR, 0, main_server, CTLOGNO(02312)
                     "CrosstownStore: %s; until there is room, responses that "
                     "ask for tasks with keep=disk are answered 503", words);
        break;
    case CT_STORE_ROOM:
        ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, main_server, CTLOGNO(02313)
                     "CrosstownStore: %s", words);
        break;
    case CT_STORE_FAILED:
        ap_log_error(APLOG_MARK, APLOG_ERR, 0, main_server, CTLOGNO(02314)
                     "CrosstownStore: %s; it is tried again", words);
        break;
    case CT_STORE_UNFIT:
        ap_log_error(APLOG_MARK, APLOG_CRIT, 0, main_server, CTLOGNO(02315)
                     "CrosstownStore: %s; check the disk", words);
        break;
    case CT_STORE_FIT:
        ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, main_server, CTLOGNO(02316)
                     "CrosstownStore: %s", words);
        break;
    case CT_STORE_ASIDE:
        ap_log_error(APLOG_MARK, APLOG_ALERT, 0, main_server, CTLOGNO(02317)
                     "CrosstownStore: %s; the tasks in it are lost unless you "
                     "recover them", words);
        break;
    case CT_STORE_ADOPTED:
        ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, main_server, CTLOGNO(02318)
                     "CrosstownStore: %s", words);
        break;
    case CT_STORE_POISON:
        ap_log_error(APLOG_MARK, APLOG_ERR, 0, main_server, CTLOGNO(02319)
                     "CrosstownStore: %s", words);
        break;
    }
}

/* ---- what is taken ---- */

/* What is taken should begin at once. If there are always others in front of
 * it, one waits in their queue. */
static int room(void *unused)
{
    int in_hand = (int)atomic_load(&taken);
    int most = MOST_TAKEN - in_hand;
    int threads = (int)ct_keep_others.free_threads();

    if (crosstown_client_stopping(&ct_keep_others.crosstown)) {
        return 0;
    }
    if (threads == 0 && in_hand == 0) {
        return 1;
    }
    return threads < most ? threads : most;
}

static int start(void *unused, const ct_kept_t *kept)
{
    atomic_fetch_add(&taken, 1);
    if (ct_kept_job_submit(kept, 1) == APR_SUCCESS) {
        return 1;
    }
    atomic_fetch_sub(&taken, 1);
    return 0;
}

void ct_keep_taken_is_over(void)
{
    atomic_fetch_sub(&taken, 1);
}

/* ---- used ---- */

/* Under prefork: no stop before unblock(). */
static void block(ct_signals_t *signals)
{
    if (!is_threaded) {
        ct_signals_block(signals);
    }
}

static void unblock(const ct_signals_t *signals)
{
    if (!is_threaded) {
        ct_signals_restore(signals);
    }
}

static void enter(ct_signals_t *signals)
{
    block(signals);
    pthread_rwlock_rdlock(&in_use);
}

static void leave(const ct_signals_t *signals)
{
    pthread_rwlock_unlock(&in_use);
    unblock(signals);
}

apr_status_t ct_keep_put(ct_kept_t *records, int count)
{
    apr_status_t rv = APR_EOF;
    ct_signals_t signals;

    enter(&signals);
    if (store) {
        rv = ct_store_put(store, records, count, ct_keep_config.wait);
    }
    leave(&signals);
    return rv;
}

void ct_keep_begin(apr_int64_t id)
{
    ct_signals_t signals;

    enter(&signals);
    if (store) {
        ct_store_begin(store, id, ct_keep_config.wait);
    }
    leave(&signals);
}

void ct_keep_end(apr_int64_t id, ct_ending_e how, int attempt,
                 apr_time_t not_before, const char *error)
{
    ct_signals_t signals;

    enter(&signals);
    if (store) {
        ct_store_end(store, id, how, attempt, not_before, error);
    }
    leave(&signals);
}

apr_status_t ct_keep_dead(ct_store_dead_e what, const char *name,
                          apr_int64_t *count)
{
    apr_status_t rv = APR_EOF;
    ct_signals_t signals;

    *count = 0;
    enter(&signals);
    if (store) {
        rv = ct_store_dead(store, what, name, ct_keep_config.wait, count);
    }
    leave(&signals);
    return rv;
}

void ct_keep_count(ct_store_numbers_t *numbers, apr_interval_time_t wait)
{
    ct_signals_t signals;

    enter(&signals);
    if (store) {
        ct_store_count(store, wait);
    }
    ct_store_gauges_read(&shared->gauges, numbers);
    leave(&signals);
}

/* ---- the child ---- */

/* Whoever is late (a task that was left behind) finds none. */
static apr_status_t end_child(void *unused)
{
    ct_store_t *was;

    pthread_rwlock_wrlock(&in_use);
    was = store;
    store = NULL;
    pthread_rwlock_unlock(&in_use);
    if (was) {
        ct_store_close(was, CLOSING);
    }
    return APR_SUCCESS;
}

static void child_init(apr_pool_t *pchild, server_rec *s)
{
    ct_store_settings_t settings = { 0 };
    ct_signals_t signals;
    apr_status_t rv;

    store = NULL;
    main_server = s;
    atomic_store(&taken, 0);
    ap_mpm_query(AP_MPMQ_IS_THREADED, &is_threaded);
    if (!ct_keep_config.path) {
        return;
    }
    settings.path = ct_keep_config.path;
    settings.max = ct_keep_config.max;
    settings.shared = shared;
    settings.tell = tell;
    settings.room = room;
    settings.start = start;
    block(&signals);
    rv = ct_store_open(&store, &settings);
    if (rv == APR_SUCCESS) {
        apr_pool_cleanup_register(pchild, NULL, end_child,
                                  apr_pool_cleanup_null);
    }
    unblock(&signals);
    if (rv != APR_SUCCESS) {
        ap_log_error(APLOG_MARK, APLOG_CRIT, rv, s, CTLOGNO(02320)
                     "no thread can be had for CrosstownStore: this child "
                     "answers 503 where tasks are to be kept (see ulimit -u, "
                     "TasksMax of systemd, memory)");
    }
}

/* One page for all generations of children; it goes with the parent. */
static int post_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp,
                       server_rec *s)
{
    static const char key[] = "mod_crosstown_store.shared";
    ct_store_shared_t **kept = ap_retained_data_get(key);

    if (!kept) {
        kept = ap_retained_data_create(key, sizeof(*kept));
        *kept = mmap(NULL, sizeof(**kept), PROT_READ | PROT_WRITE,
                     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (*kept == MAP_FAILED) {
            ap_log_error(APLOG_MARK, APLOG_CRIT, errno, s, CTLOGNO(02321)
                         "no memory for CrosstownStore");
            *kept = NULL;
            return HTTP_INTERNAL_SERVER_ERROR;
        }
        (*kept)->since = apr_time_now();
        ct_store_gauges_make(&(*kept)->gauges);
    }
    shared = *kept;
    return OK;
}

void ct_keep_child_register(void)
{
    ap_hook_post_config(post_config, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_child_init(child_init, NULL, NULL, APR_HOOK_MIDDLE);
}
