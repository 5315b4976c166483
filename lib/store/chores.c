/* SPDX-License-Identifier: Apache-2.0 */
/* chores: what nobody waits for. Once a second: is the file still there, is
 * there room, is something due; every five seconds: who has died. Nothing
 * here holds the write lock for long, and between two steps what is waiting is
 * written. */
#include "inside.h"

#include "files.h"

#include "apr_strings.h"

#define LOOK_EVERY   APR_USEC_PER_SEC
#define SEARCH_EVERY apr_time_from_sec(5)
#define FORGET_EVERY apr_time_from_sec(3600)
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

static void publish(ct_store_t *store, const ct_store_numbers_t *seen,
                    int is_full)
{
    ct_store_gauges_t *gauges = &store->settings.shared->gauges;
    ct_store_numbers_t *numbers = ct_store_gauges_open(gauges);

    numbers->looked = apr_time_now();
    numbers->used = seen->used;
    numbers->unused = seen->unused;
    numbers->log = seen->log;
    numbers->room = seen->room;
    ct_store_gauges_note(&numbers->full_since, is_full, numbers->looked);
    ct_store_gauges_close(gauges);
}

static void look_at_room(ct_store_t *store)
{
    ct_store_numbers_t seen = { .name_count = 0 };
    apr_int64_t disk = ct_files_space(store->settings.path);
    apr_int64_t space;
    int was_full;
    int rc = ct_rows_size(&store->rows, &seen.used, &seen.unused);

    if (rc != SQLITE_OK) {
        ct_store_judge(store, rc, "look at its size");
        return;
    }
    space = store->settings.max - seen.used;
    /* The log needs room before unused pages are used again. */
    if (disk < space) {
        space = disk;
    }
    pthread_mutex_lock(&store->lock);
    was_full = store->is_full;
    store->is_full = space < ROOM_LEAST;
    store->space = space;
    pthread_mutex_unlock(&store->lock);
    /* Whoever is told finds it there. */
    seen.log = ct_files_log_size(store->settings.path);
    seen.room = space > 0 ? space : 0;
    publish(store, &seen, space < ROOM_LEAST);
    if (space < ROOM_LEAST && !was_full) {
        ct_store_tell(store, CT_STORE_FULL, "%s: %s", store->settings.path,
                      disk < ROOM_LEAST ? "the disk is almost full"
                                : "it has reached max=");
    }
    else if (space >= ROOM_LEAST && was_full) {
        ct_store_tell(store, CT_STORE_ROOM, "%s has room again",
                      store->settings.path);
    }
    if (seen.unused > UNUSED_MOST && seen.unused > seen.used) {
        ct_store_judge(store, ct_db_run(&store->db,
                                        "PRAGMA incremental_vacuum(200)"),
                       "give pages back");
    }
}

/* ---- all of it ---- */

static void forget(ct_store_t *store, apr_time_t now)
{
    int count = 0;
    int rc = ct_db_begin(&store->db, CT_STORE_PATIENCE);

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
        ct_store_look_at_due(store);
    }
}

void ct_store_chores(ct_store_t *store, apr_time_t now)
{
    if (store->is_up && now >= store->next_look) {
        look(store, now);
    }
    if (store->is_up && store->dead_count > 0) {
        ct_store_adopt(store, now);
    }
    else if (store->is_up && now >= store->next_search) {
        store->next_search = around(now, SEARCH_EVERY);
        ct_store_search_dead(store);
    }
    if (store->is_up) {
        ct_store_take(store, now);
    }
    if (store->is_up && now >= store->next_forget) {
        forget(store, now);
    }
    if (store->is_up) {
        ct_store_dead_step(store, now);
    }
    if (store->is_up) {
        ct_store_count_step(store, now);
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
