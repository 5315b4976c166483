/* SPDX-License-Identifier: Apache-2.0 */
/* chores: what nobody waits for. Once a second: is the file still there, is
 * there room, is something due; every five seconds: who has died. Nothing
 * here holds the write lock for long: tasks are adopted in small steps, and
 * between two of them what is waiting is written. */
#include "inside.h"

#include "files.h"

#include "apr_strings.h"

#define LOOK_EVERY   APR_USEC_PER_SEC
#define SEARCH_EVERY apr_time_from_sec(5)
#define FORGET_EVERY apr_time_from_sec(3600)
/* To wait for who writes; else it is done the next time. */
#define PATIENCE (APR_USEC_PER_SEC / 20)
/* Full is what has no room for a payload of that size. */
#define ROOM_LEAST (64 * 1024)
/* Give pages back when that much is not used, in small bites. */
#define UNUSED_MOST (16 * 1024 * 1024)

/* About a tenth more or less, so that processes do not look at once. */
static apr_time_t around(apr_time_t now, apr_interval_time_t interval)
{
    return now + interval * 9 / 10 + now % (interval / 5 + 1);
}

/* ---- room ---- */

static void look_at_room(ct_store_t *store)
{
    apr_int64_t used;
    apr_int64_t unused;
    apr_int64_t disk = ct_files_space(store->settings.path);
    apr_int64_t space;
    int was_full;
    int rc = ct_rows_size(&store->rows, &used, &unused);

    if (rc != SQLITE_OK) {
        ct_store_judge(store, rc, "look at its size");
        return;
    }
    space = store->settings.max - used;
    /* The log needs room before unused pages are used again. */
    if (disk < space) {
        space = disk;
    }
    pthread_mutex_lock(&store->lock);
    was_full = store->is_full;
    store->is_full = space < ROOM_LEAST;
    store->space = space;
    pthread_mutex_unlock(&store->lock);
    if (space < ROOM_LEAST && !was_full) {
        ct_store_tell(store, CT_STORE_FULL, "%s: %s", store->settings.path,
                      disk < ROOM_LEAST ? "the disk is almost full"
                                : "it has reached max=");
    }
    else if (space >= ROOM_LEAST && was_full) {
        ct_store_tell(store, CT_STORE_ROOM, "%s has room again",
                      store->settings.path);
    }
    if (unused > UNUSED_MOST && unused > used) {
        ct_store_judge(store, ct_db_run(&store->db,
                                        "PRAGMA incremental_vacuum(200)"),
                       "give pages back");
    }
}

/* ---- tasks of the dead ---- */

static void note_if_dead(void *context, apr_int64_t id)
{
    ct_store_t *store = context;

    if (store->dead_count < CT_DEAD_OWNERS
        && !ct_owners_is_alive(&store->owners, id)) {
        store->dead[store->dead_count++] = id;
    }
}

static void search(ct_store_t *store)
{
    int rc;

    store->dead_count = 0;
    rc = ct_rows_owners(&store->rows, note_if_dead, store);
    ct_store_judge(store, rc, "look for tasks of dead processes");
}

static void tell_adopted(ct_store_t *store)
{
    if (store->adopted > 0) {
        ct_store_tell(store, CT_STORE_ADOPTED, "%" APR_INT64_T_FMT " task(s) "
                      "of a process that has died wait again",
                      store->adopted);
    }
    if (store->poison > 0) {
        ct_store_tell(store, CT_STORE_POISON, "%" APR_INT64_T_FMT " task(s) "
                      "are dead: their process has died %d times while they "
                      "ran", store->poison, CT_ROWS_CRASHES);
    }
    store->adopted = store->poison = 0;
}

/* One step: some tasks of the last of the dead. */
static void adopt(ct_store_t *store, apr_time_t now)
{
    int count = 0;
    int poison = 0;
    int rc = ct_db_begin(&store->db, PATIENCE);

    if (rc != SQLITE_OK) {
        ct_store_judge(store, rc, "adopt tasks");
        return;
    }
    rc = ct_rows_adopt(&store->rows, store->dead[store->dead_count - 1], now,
                       &count, &poison);
    if (rc == SQLITE_OK) {
        rc = ct_db_commit(&store->db);
    }
    else {
        ct_db_rollback(&store->db);
    }
    if (rc == SQLITE_OK) {
        store->adopted += count - poison;
        store->poison += poison;
        store->next_look = now;
        if (count < CT_ROWS_STEP) {
            --store->dead_count;
            tell_adopted(store);
        }
        rc = ct_db_tend_log(&store->db);
    }
    if (rc != SQLITE_OK) {
        store->dead_count = 0;           /* until the next search */
    }
    ct_store_judge(store, rc, "adopt tasks");
}

/* ---- what is due ---- */

static int is_due(apr_time_t due, apr_time_t now)
{
    return due != 0 && due <= now;
}

/* May a recovered task start? Only one runs here at a time. */
static int has_suspect(ct_store_t *store)
{
    int yes;

    pthread_mutex_lock(&store->lock);
    yes = store->suspect != 0;
    pthread_mutex_unlock(&store->lock);
    return yes;
}

static void start(ct_store_t *store, const ct_kept_t *record, apr_time_t now)
{
    pthread_mutex_lock(&store->lock);
    if (record->recovered > 0) {
        store->suspect = record->id;
    }
    pthread_mutex_unlock(&store->lock);
    if (!store->settings.start(store->settings.context, record)) {
        ct_store_end(store, record->id, CT_ENDING_RELEASE, record->attempt - 1,
                     now + LOOK_EVERY, NULL);
    }
}

/* Taking is starting: one at a time, and counted before it starts.
 * @return 0: none was taken */
static int take_one(ct_store_t *store, apr_time_t now, int recovered)
{
    ct_kept_t record = { 0 };
    int rc = ct_db_begin(&store->db, PATIENCE);

    if (rc == SQLITE_OK) {
        rc = ct_rows_take(&store->rows, now, recovered, store->pool, &record);
        if (rc == SQLITE_OK) {
            rc = ct_db_commit(&store->db);
        }
        else {
            ct_db_rollback(&store->db);
        }
    }
    if (rc == SQLITE_OK && record.id) {
        start(store, &record, now);
    }
    ct_store_judge(store, rc, "take tasks");
    apr_pool_clear(store->pool);
    return rc == SQLITE_OK && record.id;
}

static void look_at_due(ct_store_t *store)
{
    int rc = ct_rows_next_due(&store->rows, &store->due,
                              &store->due_recovered);

    if (rc != SQLITE_OK) {
        store->due = store->due_recovered = 0;
        ct_store_judge(store, rc, "look what is due");
    }
}

static void await(ct_store_t *store, int is_awaited)
{
    pthread_mutex_lock(&store->lock);
    store->is_awaited = is_awaited;
    pthread_mutex_unlock(&store->lock);
}

/* So many as there is room for. What there is no room for is awaited: the end
 * of a task wakes us. */
static void take(ct_store_t *store, apr_time_t now)
{
    int room = store->settings.room(store->settings.context);
    int more = 1;

    if (room <= 0) {
        await(store, 1);
        return;
    }
    if (is_due(store->due_recovered, now) && !has_suspect(store)) {
        room -= take_one(store, now, 1);
    }
    while (store->is_up && is_due(store->due, now) && room > 0 && more) {
        more = take_one(store, now, 0);
        --room;
    }
    if (store->is_up) {
        look_at_due(store);
        ct_store_judge(store, ct_db_tend_log(&store->db), "empty the log");
    }
    await(store, is_due(store->due, now) || is_due(store->due_recovered, now));
}

/* ---- all of it ---- */

static void forget(ct_store_t *store, apr_time_t now)
{
    int count = 0;
    int rc = ct_db_begin(&store->db, PATIENCE);

    if (rc == SQLITE_OK) {
        rc = ct_rows_forget(&store->rows, now, &count);
        if (rc == SQLITE_OK) {
            rc = ct_db_commit(&store->db);
        }
        else {
            ct_db_rollback(&store->db);
        }
    }
    store->next_forget = around(now, rc == SQLITE_OK && count == 0
                                     ? FORGET_EVERY : LOOK_EVERY);
    ct_store_judge(store, rc, "delete old dead tasks");
}

static void look(ct_store_t *store, apr_time_t now)
{
    store->next_look = around(now, LOOK_EVERY);
    if (ct_db_has_moved(&store->db)) {
        ct_store_bring_down(store, 0);
        return;
    }
    ct_store_heal(store);
    if (store->is_up) {
        look_at_room(store);
    }
    if (store->is_up) {
        look_at_due(store);
    }
}

void ct_store_chores(ct_store_t *store, apr_time_t now)
{
    if (store->is_up && now >= store->next_look) {
        look(store, now);
    }
    if (store->is_up && store->dead_count > 0) {
        adopt(store, now);
    }
    else if (store->is_up && now >= store->next_search) {
        store->next_search = around(now, SEARCH_EVERY);
        search(store);
    }
    if (store->is_up
        && (is_due(store->due, now) || is_due(store->due_recovered, now))) {
        take(store, now);
    }
    if (store->is_up && now >= store->next_forget) {
        forget(store, now);
    }
}

static apr_time_t earlier(apr_time_t one, apr_time_t other)
{
    return one < other ? one : other;
}

apr_time_t ct_store_next_chore(const ct_store_t *store)
{
    apr_time_t next = earlier(store->next_look, store->next_search);

    if (store->dead_count > 0) {
        return 0;
    }
    if (store->due && !store->is_awaited) {
        next = earlier(next, store->due);
    }
    return store->due_recovered && !store->is_awaited
           ? earlier(next, store->due_recovered) : next;
}
