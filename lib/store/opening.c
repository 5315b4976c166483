/* SPDX-License-Identifier: Apache-2.0 */
/* opening: one process at a time, since SQLite's own waiting does not cover
 * the change to a write-ahead log. A store that cannot be opened is tried
 * again for ever, less and less often; until then puts are refused. */
#include "inside.h"

#include "files.h"
#include "schema.h"

#include "apr_strings.h"

#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#define PATIENCE_LEAST (APR_USEC_PER_SEC / 10)
#define PATIENCE_MOST  apr_time_from_sec(5)
/* Others may be about to close it, or a shell of root's to open it, whose
 * files are not ours yet for a moment: until then who puts may wait, too. */
#define GRACE APR_USEC_PER_SEC
#define LOCK_PATIENCE  apr_time_from_sec(2)
/* Numbers that a process of a file that was removed may still have. */
#define TRIES 1000

void ct_store_tell(ct_store_t *store, ct_store_event_e event,
                   const char *format, ...)
{
    char words[512];
    va_list values;

    va_start(values, format);
    apr_vsnprintf(words, sizeof(words), format, values);
    va_end(values);
    store->settings.tell(store->settings.context, event, words);
}

/* The number and its lock are there before anybody can see the number. */
static int become_owner(ct_store_t *store)
{
    apr_int64_t id = 0;
    int tries = TRIES;
    int rc = ct_db_begin(&store->db, LOCK_PATIENCE);

    if (rc != SQLITE_OK) {
        return rc;
    }
    do {
        rc = ct_rows_come(&store->rows, getpid(), apr_time_now(), &id);
        if (rc != SQLITE_OK
            || ct_owners_be(&store->owners, id) == APR_SUCCESS) {
            break;
        }
        rc = ct_rows_go(&store->rows, id);
        id = 0;
    } while (rc == SQLITE_OK && --tries > 0);
    if (rc == SQLITE_OK && id == 0) {
        rc = SQLITE_BUSY;
    }
    if (rc != SQLITE_OK) {
        ct_db_rollback(&store->db);
        return rc;
    }
    rc = ct_db_commit(&store->db);
    store->rows.owner = id;
    return rc;
}

/* The directory: so that the log, which may have been made just now, is found
 * after a power cut. */
static int open_all(ct_store_t *store, const char **words)
{
    const char *path = store->settings.path;
    const char *wrong = NULL;
    int rc = ct_db_open(&store->db, path);

    if (rc == SQLITE_OK) {
        rc = ct_schema_ensure(&store->db, &wrong);
    }
    if (rc == SQLITE_OK) {
        rc = ct_rows_open(&store->rows, &store->db);
    }
    if (rc == SQLITE_OK) {
        rc = become_owner(store);
    }
    if (rc == SQLITE_OK
        && ct_files_sync_directory(store->pool, path) != APR_SUCCESS) {
        rc = SQLITE_IOERR_DIR_FSYNC;
    }
    *words = wrong ? wrong : rc == SQLITE_OK ? NULL
             : rc == SQLITE_IOERR_DIR_FSYNC ? "its directory cannot be synced"
             : apr_pstrdup(store->pool, ct_db_words(&store->db));
    return rc;
}

static int try_open(ct_store_t *store, const char **words)
{
    const char *path = store->settings.path;
    char *text = apr_palloc(store->pool, 128);
    apr_status_t rv = ct_files_make(store->pool, path, (uid_t)-1, (gid_t)-1);
    int rc;

    if (rv == APR_SUCCESS) {
        rv = ct_owners_open(&store->owners, store->pool, path);
    }
    if (rv == APR_SUCCESS) {
        rv = ct_owners_lock(&store->owners);
    }
    if (rv != APR_SUCCESS) {
        *words = apr_strerror(rv, text, 128);
        return SQLITE_CANTOPEN;
    }
    rc = open_all(store, words);
    ct_owners_unlock(&store->owners);
    return rc;
}

static void note_down(ct_store_t *store, int is_down)
{
    ct_store_gauges_t *gauges = &store->settings.shared->gauges;
    ct_store_numbers_t *numbers = ct_store_gauges_open(gauges);

    ct_store_gauges_note(&numbers->down_since, is_down, apr_time_now());
    ct_store_gauges_close(gauges);
    pthread_mutex_lock(&store->lock);
    store->is_down = is_down;
    if (is_down) {
        ct_store_dead_refuse(store);
    }
    pthread_mutex_unlock(&store->lock);
}

/* What is said from now on is noted there. */
static void open_notes(ct_store_t *store)
{
    pthread_mutex_lock(&store->lock);
    ct_ended_open(&store->ended, &store->owners, store->rows.owner);
    pthread_mutex_unlock(&store->lock);
}

/* What is noted stays so, for whoever adopts; and what was said is written
 * later all the same. */
static void close_notes(ct_store_t *store)
{
    ct_said_t *said;

    pthread_mutex_lock(&store->lock);
    ct_ended_close(&store->ended);
    for (said = store->said.first; said; said = said->next) {
        said->place = 0;
    }
    pthread_mutex_unlock(&store->lock);
}

static void begin_anew(ct_store_t *store, apr_time_t now)
{
    store->is_up = 1;
    store->patience = 0;
    store->failing_since = 0;
    store->next_look = now;
    store->next_search = now;
    store->next_forget = now;
    store->dead_count = 0;
    store->adoption.owner = 0;
    store->due = store->due_recovered = 0;
    open_notes(store);
    note_down(store, 0);
    if (store->has_told_down) {
        store->has_told_down = 0;
        ct_store_tell(store, CT_STORE_UP, "%s is open again",
                      store->settings.path);
    }
}

void ct_store_bring_up(ct_store_t *store, apr_time_t now)
{
    const char *words = NULL;
    int rc = try_open(store, &words);
    int is_early;

    if (rc == SQLITE_OK) {
        begin_anew(store, now);
        return;
    }
    store->failing_since = store->failing_since ? store->failing_since : now;
    is_early = now - store->failing_since < GRACE;
    if (ct_store_is_broken(rc)) {
        ct_store_put_aside(store);
    }
    else {
        /* A directory that is gone is no disk that fails. */
        if (rc == SQLITE_IOERR_FSYNC) {
            ct_store_judge(store, rc, "open it");
        }
        ct_store_bring_down(store, 0);
        if (!is_early && !store->has_told_down) {
            store->has_told_down = 1;
            ct_store_tell(store, CT_STORE_DOWN, "%s cannot be opened: %s",
                          store->settings.path, words);
        }
    }
    note_down(store, !is_early);
    store->patience = store->patience == 0 ? PATIENCE_LEAST
        : store->patience * 2 < PATIENCE_MOST ? store->patience * 2
                                              : PATIENCE_MOST;
    store->next_open = now + store->patience;
}

/* The number goes while its lock is held, so that nobody looks for it. */
void ct_store_bring_down(ct_store_t *store, int is_last)
{
    int holds = 1;

    if (is_last && store->rows.owner
        && ct_db_begin(&store->db, LOCK_PATIENCE) == SQLITE_OK) {
        if (ct_rows_holds(&store->rows, &holds) == SQLITE_OK && !holds) {
            ct_rows_go(&store->rows, store->rows.owner);
        }
        ct_db_commit(&store->db);
    }
    ct_store_count_stop(store);
    close_notes(store);
    ct_rows_close(&store->rows);
    if (ct_store_is_unfit(store)) {
        ct_db_leave_log(&store->db);
    }
    ct_db_close(&store->db);
    store->is_up = 0;
    store->rows.owner = 0;
    if (!is_last || !holds) {
        ct_owners_close(&store->owners);
    }
}

/* Who comes second finds that the file is another one already. */
void ct_store_put_aside(ct_store_t *store)
{
    const char *path = store->settings.path;
    const char *aside = NULL;
    char text[128];
    apr_status_t rv = ct_owners_lock(&store->owners);
    int has_moved = ct_db_has_moved(&store->db);

    if (rv == APR_SUCCESS && !has_moved) {
        rv = ct_files_put_aside(store->pool, path, &aside);
        if (rv == APR_SUCCESS) {
            ct_store_tell(store, CT_STORE_ASIDE, "%s was broken; it is %s "
                          "now, and a new one is begun", path, aside);
        }
        else {
            ct_store_tell(store, CT_STORE_DOWN, "%s is broken and cannot be "
                          "renamed: %s", path,
                          apr_strerror(rv, text, sizeof(text)));
        }
    }
    ct_owners_unlock(&store->owners);
    ct_store_bring_down(store, 0);
    store->next_open = 0;
}
