/* SPDX-License-Identifier: Apache-2.0 */
/* dead: what an administrator says of dead tasks. There may be 10,000 of a
 * name: the writing thread takes them in steps, between which it writes what
 * waits. One person at a time asks, and waits; who has gone away meanwhile is
 * known by the number. Only who is dead by then is meant, else what fails
 * again at once would never come to an end. */
#include "inside.h"

#include "apr_strings.h"

#include <string.h>

int ct_rows_dead(ct_rows_t *rows, ct_row_statement_e which, const char *name,
                 apr_time_t until, int *count)
{
    sqlite3_stmt *statement = rows->statements[which];
    int rc;

    *count = 0;
    sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC);
    sqlite3_bind_int64(statement, 2, until / 1000);
    sqlite3_bind_int(statement, 3, CT_ROWS_STEP);
    rc = sqlite3_step(statement);
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    if (rc != SQLITE_DONE) {
        return rc;
    }
    *count = sqlite3_changes(rows->db->handle);
    return SQLITE_OK;
}

/* @return 0: nobody waits for anything (any more) */
static int is_asked(ct_store_t *store, ct_dead_t *asked)
{
    pthread_mutex_lock(&store->lock);
    *asked = store->asked;
    pthread_mutex_unlock(&store->lock);
    return asked->is_on;
}

/* Who asked may have gone while others wrote. */
static int write_step(ct_store_t *store, ct_dead_t *asked, int *count)
{
    int rc = ct_db_begin(&store->db, CT_STORE_PATIENCE);

    if (rc != SQLITE_OK) {
        return rc;
    }
    if (!is_asked(store, asked)) {
        ct_db_rollback(&store->db);
        return SQLITE_OK;
    }
    rc = ct_rows_dead(&store->rows, asked->which, asked->name, asked->until,
                      count);
    if (rc != SQLITE_OK) {
        ct_db_rollback(&store->db);
        return rc;
    }
    return ct_db_commit(&store->db);
}

/* Let what waits again be looked at, and all be counted anew. */
static void note_change(ct_store_t *store, apr_time_t now)
{
    ct_store_gauges_t *gauges = &store->settings.shared->gauges;

    store->next_look = now;
    ct_store_gauges_open(gauges);
    gauges->next_count = now;
    ct_store_gauges_close(gauges);
}

void ct_store_dead_step(ct_store_t *store, apr_time_t now)
{
    ct_dead_t asked;
    int count = 0;
    int rc;

    if (!is_asked(store, &asked)) {
        return;
    }
    rc = write_step(store, &asked, &count);
    if ((rc & 0xff) == SQLITE_BUSY) {
        return;
    }
    if (rc == SQLITE_OK) {
        note_change(store, now);
    }
    pthread_mutex_lock(&store->lock);
    if (store->asked.is_on && store->asked.number == asked.number) {
        store->asked.count += rc == SQLITE_OK ? count : 0;
        store->asked.rc = rc;
        store->asked.is_on = rc == SQLITE_OK && count == CT_ROWS_STEP;
        if (!store->asked.is_on) {
            pthread_cond_signal(&store->answered);
        }
    }
    pthread_mutex_unlock(&store->lock);
    ct_store_judge(store, rc, "change dead tasks");
}

/* Whoever asks later is refused without waiting. */
void ct_store_dead_refuse(ct_store_t *store)
{
    if (store->asked.is_on) {
        store->asked.is_on = 0;
        store->asked.rc = SQLITE_CANTOPEN;
        pthread_cond_signal(&store->answered);
    }
}

/* Under lock. */
static apr_status_t refusal(const ct_store_t *store)
{
    return store->is_closing ? APR_EOF
        : store->is_down ? APR_EGENERAL
        : store->asked.is_on ? APR_EBUSY : APR_SUCCESS;
}

/* Under lock. */
static void ask(ct_store_t *store, ct_store_dead_e what, const char *name)
{
    ct_dead_t *asked = &store->asked;

    ++asked->number;
    asked->is_on = 1;
    asked->which = what == CT_STORE_AGAIN ? CT_ROW_DEAD_AGAIN
                                          : CT_ROW_DEAD_DELETE;
    apr_cpystrn(asked->name, name, sizeof(asked->name));
    asked->until = apr_time_now();
    asked->count = 0;
    asked->rc = SQLITE_OK;
}

apr_status_t ct_store_dead(ct_store_t *store, ct_store_dead_e what,
                           const char *name, apr_interval_time_t wait,
                           apr_int64_t *count)
{
    ct_dead_t *asked = &store->asked;
    struct timespec until;
    apr_status_t rv;
    int error = 0;

    *count = 0;
    if (strlen(name) >= sizeof(asked->name)) {
        return APR_SUCCESS;              /* nobody is called that */
    }
    until = ct_until(wait);
    pthread_mutex_lock(&store->lock);
    rv = refusal(store);
    if (rv == APR_SUCCESS) {
        ask(store, what, name);
        pthread_cond_signal(&store->wake);
        while (asked->is_on && error == 0) {
            error = pthread_cond_timedwait(&store->answered, &store->lock,
                                           &until);
        }
        *count = asked->count;
        rv = asked->is_on ? APR_TIMEUP
             : asked->rc == SQLITE_OK ? APR_SUCCESS : APR_EGENERAL;
        asked->is_on = 0;
    }
    pthread_mutex_unlock(&store->lock);
    return rv;
}
