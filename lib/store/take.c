/* SPDX-License-Identifier: Apache-2.0 */
/* take: what is due is taken by whoever has a thread for it. Taking is
 * starting: one at a time, and counted before it starts. What was said
 * meanwhile goes along: of many that are short some are over when the last one
 * is taken, and who dies before that is written has them run again. */
#include "inside.h"

/* What could not be started waits so long. */
#define REST APR_USEC_PER_SEC

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
                     now + REST, NULL);
    }
}

static int take_row(ct_store_t *store, apr_time_t now, int recovered,
                    ct_kept_t *record)
{
    ct_said_list_t ends;
    int rc = ct_store_write_said(store, &ends, now);

    if (rc == SQLITE_OK) {
        rc = ct_rows_take(&store->rows, now, recovered, store->pool, record);
    }
    if (rc == SQLITE_OK) {
        rc = ct_db_commit(&store->db);
    }
    else {
        ct_db_rollback(&store->db);
    }
    ct_store_end_said(store, &ends, rc == SQLITE_OK);
    return rc;
}

/* @return 0: none was taken */
static int take_one(ct_store_t *store, apr_time_t now, int recovered)
{
    ct_kept_t record = { 0 };
    int rc = ct_db_begin(&store->db, CT_STORE_PATIENCE);

    if (rc == SQLITE_OK) {
        rc = take_row(store, now, recovered, &record);
    }
    if (rc == SQLITE_OK && record.id) {
        start(store, &record, now);
    }
    ct_store_judge(store, rc, "take tasks");
    apr_pool_clear(store->pool);
    return rc == SQLITE_OK && record.id;
}

void ct_store_look_at_due(ct_store_t *store)
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

/* Somebody waits for the disk; the rest is taken afterwards. */
static int is_wanted(ct_store_t *store)
{
    int yes;

    pthread_mutex_lock(&store->lock);
    yes = store->puts != NULL;
    pthread_mutex_unlock(&store->lock);
    return yes;
}

/* So many as there is room for. What there is no room for is awaited: the end
 * of a task wakes us. */
void ct_store_take(ct_store_t *store, apr_time_t now)
{
    int more = 1;
    int room;

    if (!is_due(store->due, now) && !is_due(store->due_recovered, now)) {
        return;
    }
    room = store->settings.room(store->settings.context);
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
        if (more && is_wanted(store)) {
            return;
        }
    }
    if (store->is_up) {
        ct_store_look_at_due(store);
        ct_store_tend_log(store);
    }
    await(store, is_due(store->due, now) || is_due(store->due_recovered, now));
}
