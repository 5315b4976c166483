/* SPDX-License-Identifier: Apache-2.0 */
/* support_store: see support_store.h. What is shared with other processes lies
 * in memory that a fork shares; support_store_fork.c makes them. */
#include "support_store.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

static void remove_directory(const char *path)
{
    char command[160];

    snprintf(command, sizeof(command), "rm -rf '%s'", path);
    assert_int_equal(system(command), 0);
}

static void tell(void *context, ct_store_event_e event, const char *words)
{
    keeper_t *keeper = context;

    pthread_mutex_lock(&keeper->lock);
    ++keeper->events[event];
    apr_cpystrn(keeper->words[event], words, sizeof(keeper->words[event]));
    pthread_cond_broadcast(&keeper->changed);
    pthread_mutex_unlock(&keeper->lock);
}

static int room(void *context)
{
    keeper_t *keeper = context;
    int left;

    pthread_mutex_lock(&keeper->lock);
    left = keeper->room - (keeper->refuses ? 0 : keeper->started);
    pthread_mutex_unlock(&keeper->lock);
    return left;
}

static int start(void *context, const ct_kept_t *kept)
{
    keeper_t *keeper = context;
    int is_refused;
    int i;

    pthread_mutex_lock(&keeper->lock);
    is_refused = keeper->refuses;
    i = keeper->started++;
    if (i < KEEPER_STARTED) {
        keeper->tasks[i].id = kept->id;
        keeper->tasks[i].attempt = kept->attempt;
        keeper->tasks[i].recovered = kept->recovered;
        keeper->tasks[i].kept = *kept;
        apr_cpystrn(keeper->tasks[i].name, kept->name, 32);
        apr_cpystrn(keeper->tasks[i].payload, kept->payload ? kept->payload
                    : "", kept->length < 63 ? kept->length + 1 : 64);
    }
    pthread_cond_broadcast(&keeper->changed);
    pthread_mutex_unlock(&keeper->lock);
    return !is_refused;
}

int keeper_setup(void **state)
{
    keeper_t *keeper = calloc(1, sizeof(*keeper));
    const char *base = getenv("TMPDIR");
    const char *aside;

    apr_pool_create_unmanaged_ex(&keeper->pool, NULL, NULL);
    snprintf(keeper->directory, sizeof(keeper->directory), "%s/store.XXXXXX",
             base && strlen(base) < 40 ? base : "/tmp");
    if (!mkdtemp(keeper->directory)) {
        return 1;
    }
    snprintf(keeper->path, sizeof(keeper->path), "%s/tasks.db",
             keeper->directory);
    pthread_mutex_init(&keeper->lock, NULL);
    pthread_cond_init(&keeper->changed, NULL);
    keeper->settings.path = keeper->path;
    keeper->settings.max = (apr_int64_t)1 << 30;
    keeper->settings.shared = mmap(NULL, sizeof(ct_store_shared_t),
                                   PROT_READ | PROT_WRITE,
                                   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ct_store_gauges_make(&keeper->settings.shared->gauges);
    keeper->settings.context = keeper;
    keeper->settings.tell = tell;
    keeper->settings.room = room;
    keeper->settings.start = start;
    *state = keeper;
    return ct_store_prepare(keeper->pool, keeper->path, (uid_t)-1, (gid_t)-1,
                            &aside) != NULL;
}

int keeper_teardown(void **state)
{
    keeper_t *keeper = *state;

    if (keeper->store) {
        keeper_close(keeper);
    }
    remove_directory(keeper->directory);
    munmap(keeper->settings.shared, sizeof(ct_store_shared_t));
    apr_pool_destroy(keeper->pool);
    free(keeper);
    return 0;
}

void keeper_open(keeper_t *keeper)
{
    must(ct_store_open(&keeper->store, &keeper->settings) == APR_SUCCESS);
}

void keeper_close(keeper_t *keeper)
{
    assert_int_equal(ct_store_close(keeper->store, KEEPER_PATIENCE),
                     APR_SUCCESS);
    keeper->store = NULL;
}

void keeper_let(keeper_t *keeper, int count)
{
    pthread_mutex_lock(&keeper->lock);
    keeper->room = count;
    pthread_mutex_unlock(&keeper->lock);
}

static struct timespec end_of_patience(void)
{
    struct timespec until;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += apr_time_sec(KEEPER_PATIENCE);
    return until;
}

static void await(keeper_t *keeper, const int *number, int least,
                  const char *what)
{
    struct timespec until = end_of_patience();
    int reached;
    int rc = 0;

    pthread_mutex_lock(&keeper->lock);
    while (*number < least && rc == 0) {
        rc = pthread_cond_timedwait(&keeper->changed, &keeper->lock, &until);
    }
    reached = *number >= least;
    pthread_mutex_unlock(&keeper->lock);
    if (!reached) {
        keeper_fail("%s: there are %d instead of %d", what, *number, least);
    }
}

void keeper_await(keeper_t *keeper, ct_store_event_e event, int times)
{
    char what[32];

    snprintf(what, sizeof(what), "event %d", event);
    await(keeper, &keeper->events[event], times, what);
}

int keeper_told(keeper_t *keeper, ct_store_event_e event)
{
    int times;

    pthread_mutex_lock(&keeper->lock);
    times = keeper->events[event];
    pthread_mutex_unlock(&keeper->lock);
    return times;
}

void keeper_await_started(keeper_t *keeper, int count)
{
    await(keeper, &keeper->started, count, "tasks");
}

ct_kept_t task_of(const char *payload)
{
    ct_kept_t kept = { 0 };

    kept.name = "t";
    kept.token = "0123456789abcdef0123456789abcdef";
    kept.owned = 1;
    kept.created = kept.not_before = apr_time_now();
    kept.type = "text/plain";
    kept.payload = payload;
    kept.length = strlen(payload);
    return kept;
}

apr_status_t keeper_try(keeper_t *keeper, const char *payload)
{
    ct_kept_t kept = task_of(payload);

    return ct_store_put(keeper->store, &kept, 1, KEEPER_PATIENCE);
}

apr_int64_t keeper_put(keeper_t *keeper, const char *payload)
{
    ct_kept_t kept = task_of(payload);

    must(ct_store_put(keeper->store, &kept, 1, KEEPER_PATIENCE)
         == APR_SUCCESS);
    must(kept.id > 0);
    return kept.id;
}

/* ---- as a shell sees it ---- */

static sqlite3 *open_shell(keeper_t *keeper)
{
    sqlite3 *shell;

    must(sqlite3_open(keeper->path, &shell) == SQLITE_OK);
    sqlite3_busy_timeout(shell, 60000);
    return shell;
}

apr_int64_t keeper_number(keeper_t *keeper, const char *sql)
{
    sqlite3 *shell = open_shell(keeper);
    sqlite3_stmt *statement;
    apr_int64_t number = -1;
    int rc;

    if (sqlite3_prepare_v2(shell, sql, -1, &statement, NULL) != SQLITE_OK) {
        keeper_fail("%s: %s", sql, sqlite3_errmsg(shell));
    }
    rc = sqlite3_step(statement);
    if (rc == SQLITE_ROW) {
        number = sqlite3_column_int64(statement, 0);
    }
    else if (rc != SQLITE_DONE) {
        keeper_fail("%s: %s", sql, sqlite3_errmsg(shell));
    }
    sqlite3_finalize(statement);
    sqlite3_close(shell);
    return number;
}

void keeper_run(keeper_t *keeper, const char *sql)
{
    sqlite3 *shell = open_shell(keeper);

    if (sqlite3_exec(shell, sql, NULL, NULL, NULL) != SQLITE_OK) {
        keeper_fail("%s: %s", sql, sqlite3_errmsg(shell));
    }
    sqlite3_close(shell);
}

sqlite3 *keeper_lock(keeper_t *keeper)
{
    sqlite3 *shell = open_shell(keeper);

    must(sqlite3_exec(shell, "BEGIN IMMEDIATE", NULL, NULL, NULL)
         == SQLITE_OK);
    return shell;
}

void keeper_unlock(sqlite3 *shell)
{
    must(sqlite3_exec(shell, "COMMIT", NULL, NULL, NULL) == SQLITE_OK);
    sqlite3_close(shell);
}

void keeper_await_number(keeper_t *keeper, const char *sql, apr_int64_t number)
{
    apr_time_t until = apr_time_now() + KEEPER_PATIENCE;
    apr_int64_t is;

    while ((is = keeper_number(keeper, sql)) != number) {
        if (apr_time_now() > until) {
            keeper_fail("%s: is %ld instead of %ld", sql, (long)is,
                     (long)number);
        }
        apr_sleep(5000);
    }
}

void keeper_assert_sound(keeper_t *keeper)
{
    assert_int_equal(keeper_number(keeper, "SELECT integrity_check = 'ok'"
                                           " FROM pragma_integrity_check"), 1);
}
