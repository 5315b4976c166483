/* SPDX-License-Identifier: Apache-2.0 */
/* batch: what is waiting is collected only when the write lock is held, so
 * that all that came while others wrote goes along. A batch in which nothing
 * is put needs no sync: what it says of tasks may be lost, they run again.
 *
 * DELETE needs disk, too. If a batch fails, what was said is kept and tried
 * again, for itself, so that puts that fail again do not take it along. */
#include "inside.h"

#include <stdatomic.h>
#include <stdlib.h>

/* Of waiting for the write lock at once: between two of them waiters that have
 * waited long enough leave. */
#define SLICE    (APR_USEC_PER_SEC / 20)
/* What was said waits that long for company. */
#define SAID_AGE (APR_USEC_PER_SEC / 500)
#define REST     (APR_USEC_PER_SEC / 10)
#define SAID_MOST 256
/* Tasks of a batch, about. */
#define PUTS_MOST 1000

typedef struct {
    ct_put_t *puts;
    ct_said_list_t said;
    apr_uint32_t unfit;              /* as it was before */
    apr_int64_t bytes;
    int records;
    int is_committed;
} batch_t;

/* Under lock. */
static void collect(ct_store_t *store, batch_t *batch)
{
    ct_put_t **link = &batch->puts;

    ct_said_put_back(&store->said, &batch->said);
    if (store->said_alone && batch->said.first) {
        store->said_alone = 0;
        return;
    }
    while (store->puts && batch->records < PUTS_MOST) {
        ct_put_t *put = store->puts;

        store->puts = put->next;
        put->next = NULL;
        put->state = CT_PUT_WRITING;
        batch->records += put->count;
        *link = put;
        link = &put->next;
    }
    ++store->turn;
    if (!store->puts) {
        store->last_put = &store->puts;
    }
}

/* What waits from now on: when to look at it. */
static void note_due(ct_store_t *store, apr_time_t due)
{
    if (store->due == 0 || due < store->due) {
        store->due = due > 0 ? due : 1;
    }
}

static int write_puts(ct_store_t *store, batch_t *batch)
{
    ct_row_puts_t puts = { .count = 0 };
    int rc = SQLITE_OK;
    ct_put_t *put;
    int i;

    for (put = batch->puts; put && rc == SQLITE_OK; put = put->next) {
        for (i = 0; i < put->count && rc == SQLITE_OK; ++i) {
            rc = ct_rows_put(&store->rows, &puts, &put->records[i]);
            if (!put->records[i].owned) {
                note_due(store, put->records[i].not_before);
            }
            batch->bytes += (apr_int64_t)put->records[i].length;
        }
    }
    return rc == SQLITE_OK ? ct_rows_put_rest(&store->rows, &puts) : rc;
}

static int write_one(ct_store_t *store, const ct_row_ending_t *ending,
                     apr_time_t now)
{
    if (ending->how == CT_ENDING_BEGUN) {
        return ct_rows_begin(&store->rows, ending->id);
    }
    if (ending->how != CT_ENDING_DEAD) {
        note_due(store, ending->not_before);
    }
    return ending->how == CT_ENDING_WITHDRAWN
           ? ct_rows_withdraw(&store->rows, ending->id)
           : ct_rows_end(&store->rows, ending, now);
}

/* Those that are done last: one that has begun may be over by now. */
static int write_said(ct_store_t *store, const ct_said_list_t *ends,
                      apr_time_t now)
{
    apr_int64_t done[SAID_MOST];
    int count = 0;
    int rc = SQLITE_OK;
    const ct_said_t *said;

    for (said = ends->first; said && rc == SQLITE_OK; said = said->next) {
        if (said->ending.how != CT_ENDING_DONE) {
            rc = write_one(store, &said->ending, now);
            continue;
        }
        done[count++] = said->ending.id;
        if (count == SAID_MOST) {
            rc = ct_rows_done(&store->rows, done, count);
            count = 0;
        }
    }
    return rc == SQLITE_OK ? ct_rows_done(&store->rows, done, count) : rc;
}

static void publish_sync(ct_store_t *store, apr_interval_time_t took)
{
    ct_store_gauges_t *gauges = &store->settings.shared->gauges;
    ct_store_numbers_t *numbers = ct_store_gauges_open(gauges);

    numbers->sync = took;
    if (took > numbers->worst_sync) {
        numbers->worst_sync = took;
    }
    ct_store_gauges_close(gauges);
}

/* The file may be another one, or another process' sync may have failed while
 * we wrote: then ours says nothing. */
static int make_sure(ct_store_t *store, const batch_t *batch)
{
    apr_time_t began;
    int rc;

    if (!batch->puts) {
        return SQLITE_OK;
    }
    began = apr_time_now();
    rc = ct_db_sync(&store->db);
    publish_sync(store, apr_time_now() - began);
    return rc != SQLITE_OK ? rc
        : atomic_load(&store->settings.shared->unfit) != batch->unfit
          || ct_db_has_moved(&store->db) ? SQLITE_ABORT : SQLITE_OK;
}

/* What was said first: who puts one of a key must not be told that there is
 * one which is over. */
static int write_all(ct_store_t *store, batch_t *batch, apr_time_t now)
{
    int rc = batch->puts && (batch->unfit & 1) ? SQLITE_ABORT
             : write_said(store, &batch->said, now);

    if (rc == SQLITE_OK) {
        rc = write_puts(store, batch);
    }
    if (rc != SQLITE_OK) {
        ct_db_rollback(&store->db);
        return rc;
    }
    rc = ct_db_commit(&store->db);
    batch->is_committed = rc == SQLITE_OK;
    return rc == SQLITE_OK ? make_sure(store, batch) : rc;
}

/* Nobody was told that they are there. Under lock. */
static void unwrite(ct_store_t *store, const ct_put_t *put)
{
    int i;

    for (i = 0; i < put->count; ++i) {
        if (!put->records[i].duplicate) {
            ct_said_add(&store->said, put->records[i].id,
                        CT_ENDING_WITHDRAWN, 0, 0, NULL);
        }
    }
}

/* Under lock. */
static void end_puts(ct_store_t *store, const batch_t *batch, int rc)
{
    apr_status_t rv = rc == SQLITE_OK ? APR_SUCCESS
        : (rc & 0xff) == SQLITE_FULL ? APR_ENOSPC : APR_EGENERAL;
    ct_put_t *put;

    for (put = batch->puts; put; put = put->next) {
        put->state = CT_PUT_OVER;
        put->result = rv;
        if (rv == APR_SUCCESS) {
            store->counts.put += put->count;
        }
        if (batch->is_committed && (rv != APR_SUCCESS || put->is_left)) {
            unwrite(store, put);
        }
    }
}

static void forget(ct_store_t *store, const ct_said_list_t *ends)
{
    const ct_said_t *said;

    for (said = ends->first; said; said = said->next) {
        ct_ended_forget(&store->ended, said->place);
    }
}

static void end_batch(ct_store_t *store, batch_t *batch, int rc)
{
    pthread_mutex_lock(&store->lock);
    end_puts(store, batch, rc);
    if (!batch->is_committed) {
        ct_said_put_back(&batch->said, &store->said);
    }
    if (rc == SQLITE_OK) {
        store->counts.batches += batch->records > 0;
        store->space -= batch->bytes;
    }
    else {
        store->write_after = apr_time_now() + REST;
        store->said_alone = 1;
    }
    pthread_mutex_unlock(&store->lock);
    ct_put_tell_all(batch->puts);
    forget(store, &batch->said);
    ct_said_free(&batch->said);
}

int ct_store_write_said(ct_store_t *store, ct_said_list_t *ends,
                        apr_time_t now)
{
    ct_said_clear(ends);
    pthread_mutex_lock(&store->lock);
    ct_said_put_back(&store->said, ends);
    pthread_mutex_unlock(&store->lock);
    return write_said(store, ends, now);
}

void ct_store_end_said(ct_store_t *store, ct_said_list_t *ends,
                       int is_committed)
{
    if (!is_committed) {
        pthread_mutex_lock(&store->lock);
        ct_said_put_back(ends, &store->said);
        pthread_mutex_unlock(&store->lock);
    }
    forget(store, ends);
    ct_said_free(ends);
}

apr_time_t ct_store_next_write(const ct_store_t *store, apr_time_t now)
{
    apr_time_t time = 0;

    if (!store->is_up && !store->is_down && !store->is_closing) {
        return 0;                        /* until it is open, or cannot be */
    }
    if (store->puts || store->said.count >= SAID_MOST
        || (store->said.first && (store->is_awaited || store->is_closing))) {
        time = now;
    }
    else if (store->said.first) {
        time = store->said_since + SAID_AGE;
    }
    return time && time < store->write_after ? store->write_after : time;
}

static void refuse_all(ct_store_t *store, int rc)
{
    batch_t batch = { 0 };

    ct_said_clear(&batch.said);
    pthread_mutex_lock(&store->lock);
    collect(store, &batch);
    pthread_mutex_unlock(&store->lock);
    end_batch(store, &batch, rc);
}

void ct_store_write(ct_store_t *store, apr_time_t now)
{
    batch_t batch = { 0 };
    int rc;

    if (!store->is_up) {
        refuse_all(store, SQLITE_CANTOPEN);
        return;
    }
    if (ct_db_has_moved(&store->db)) {
        ct_store_bring_down(store, 0);
        return;
    }
    rc = ct_db_begin(&store->db, SLICE);
    if ((rc & 0xff) == SQLITE_BUSY) {
        return;
    }
    batch.unfit = atomic_load(&store->settings.shared->unfit);
    ct_said_clear(&batch.said);
    pthread_mutex_lock(&store->lock);
    collect(store, &batch);
    pthread_mutex_unlock(&store->lock);
    if (rc == SQLITE_OK) {
        rc = write_all(store, &batch, now);
    }
    /* Others must know of a failed sync before anything else is said. */
    ct_store_judge(store, rc, "write");
    end_batch(store, &batch, rc);
    if (rc == SQLITE_OK) {
        ct_store_tend_log(store);
    }
}
