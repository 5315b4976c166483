/* SPDX-License-Identifier: Apache-2.0 */
/* adopt: tasks of processes that have died wait again. In small steps, between
 * which what is waiting is written: there may be a million of them, or among a
 * million others. Two processes may adopt from the same one, and a step may be
 * done twice. */
#include "inside.h"

static void note_if_dead(void *context, apr_int64_t id)
{
    ct_store_t *store = context;

    if (store->dead_count < CT_DEAD_OWNERS
        && !ct_owners_is_alive(&store->owners, id)) {
        store->dead[store->dead_count++] = id;
    }
}

void ct_store_search_dead(ct_store_t *store)
{
    int rc;

    store->dead_count = 0;
    rc = ct_rows_owners(&store->rows, note_if_dead, store);
    ct_store_judge(store, rc, "look for tasks of dead processes");
}

static void tell(ct_store_t *store)
{
    ct_adoption_t *adoption = &store->adoption;

    if (adoption->adopted > 0) {
        ct_store_tell(store, CT_STORE_ADOPTED, "%" APR_INT64_T_FMT " task(s) "
                      "of a process that has died wait again",
                      adoption->adopted);
    }
    if (adoption->poison > 0) {
        ct_store_tell(store, CT_STORE_POISON, "%" APR_INT64_T_FMT " task(s) "
                      "are dead: their process has died again and again "
                      "while they ran; the view tasks shows them, state "
                      "'dead'",
                      adoption->poison);
    }
    adoption->adopted = adoption->poison = 0;
}

/* What was over is not run again. */
static int settle(ct_store_t *store, apr_int64_t owner)
{
    apr_int64_t ids[CT_ENDED_MOST];
    int count = ct_ended_read(&store->owners, owner, ids);
    int rc = SQLITE_OK;

    while (count > 0 && rc == SQLITE_OK) {
        rc = ct_rows_ended(&store->rows, owner, ids[--count]);
    }
    return rc;
}

static void begin(ct_adoption_t *adoption, apr_int64_t owner)
{
    adoption->owner = owner;
    adoption->is_settled = 0;
    adoption->is_taken_left = 1;
    adoption->top = owner << 32 | APR_UINT32_MAX;
}

/* @param id  as ct_rows_adopt() wants it */
static int adopt_some(ct_store_t *store, ct_adoption_t *to, apr_int64_t id,
                      apr_time_t now)
{
    int count = 0;
    int poison = 0;
    int rc = ct_rows_adopt(&store->rows, to->owner, id, now,
                           store->settings.shared->since, &count, &poison);

    to->adopted += count - poison;
    to->poison += poison;
    if (id) {
        to->top = id - CT_ROWS_STEP;
    }
    else {
        to->is_taken_left = count == CT_ROWS_STEP;
    }
    return rc;
}

/* @param id  one of its own; 0: what it had taken, or that was all */
static int write_step(ct_store_t *store, ct_adoption_t *to, apr_int64_t id,
                      apr_time_t now)
{
    int rc = SQLITE_OK;

    if (!to->is_settled) {
        rc = settle(store, to->owner);
        to->is_settled = 1;
    }
    if (rc != SQLITE_OK) {
        return rc;
    }
    if (to->is_taken_left || id) {
        return adopt_some(store, to, id, now);
    }
    to->is_over = 1;
    return ct_rows_go(&store->rows, to->owner);
}

static int write_all(ct_store_t *store, ct_adoption_t *to, apr_int64_t id,
                     apr_time_t now)
{
    int rc = ct_db_begin(&store->db, CT_STORE_PATIENCE);

    if (rc != SQLITE_OK) {
        return rc;
    }
    rc = write_step(store, to, id, now);
    if (rc != SQLITE_OK) {
        ct_db_rollback(&store->db);
        return rc;
    }
    return ct_db_commit(&store->db);
}

/* What it has come to is true if the transaction is. */
static int step(ct_store_t *store, apr_time_t now)
{
    ct_adoption_t to = store->adoption;
    apr_int64_t owner = store->dead[store->dead_count - 1];
    apr_int64_t id = 0;
    int rc = SQLITE_OK;

    if (to.owner != owner) {
        begin(&to, owner);
    }
    if (!to.is_taken_left && to.top) {
        rc = ct_rows_own(&store->rows, owner, &to.top, &id);
        if (rc == SQLITE_OK && id == 0 && to.top) {
            store->adoption = to;        /* it was a long way down */
            return rc;
        }
    }
    if (rc == SQLITE_OK) {
        rc = write_all(store, &to, id, now);
    }
    if (rc == SQLITE_OK) {
        store->adoption = to;
        store->next_look = now;
    }
    return rc;
}

void ct_store_adopt(ct_store_t *store, apr_time_t now)
{
    int rc = step(store, now);

    if (rc == SQLITE_OK && store->adoption.is_over) {
        --store->dead_count;
        store->adoption.is_over = 0;
        store->adoption.owner = 0;
        tell(store);
    }
    if (rc == SQLITE_OK) {
        ct_store_tend_log(store);
    }
    else if ((rc & 0xff) != SQLITE_BUSY) {
        store->dead_count = 0;           /* until the next search */
    }
    ct_store_judge(store, rc, "adopt tasks");
}
