/* SPDX-License-Identifier: Apache-2.0 */
/* count: how many tasks of each name wait, and are dead. SQLite has no number
 * of rows at hand: each is looked at, in an index that holds all that is asked
 * for. A million takes it half a second, so it is done in small steps between
 * which is written what waits; by one process of all; only when somebody has
 * asked; and so seldom that it never takes more than a 50th of the time.
 *
 * Steps see the file at different moments: a task that changes meanwhile may
 * be counted twice or not at all. At rest it is exact. */
#include "inside.h"

#include "apr_strings.h"

#include <string.h>

#define STEP 1000                    /* rows; less than a millisecond */
#define REST_LEAST APR_USEC_PER_SEC
#define REST_SHARE 50
/* Then who was counting is taken for dead. */
#define COUNTING_MOST apr_time_from_sec(60)
#define OTHER "other"

enum {
    STATE,
    NAME,
    ATTEMPT,
    NOT_BEFORE,
    CREATED,
    ID,
    COLUMNS
};

/* May we begin? From then on nobody else does. */
static int take_the_turn(ct_store_t *store, apr_time_t now)
{
    ct_store_gauges_t *gauges = &store->settings.shared->gauges;
    int is_ours;

    ct_store_gauges_open(gauges);
    is_ours = now >= gauges->next_count
              || gauges->next_count > now + 2 * COUNTING_MOST;  /* its clock
                                                       was put back */
    if (is_ours) {
        gauges->next_count = now + COUNTING_MOST;
    }
    ct_store_gauges_close(gauges);
    return is_ours;
}

static void publish(ct_store_t *store, apr_time_t now)
{
    ct_store_gauges_t *gauges = &store->settings.shared->gauges;
    const ct_count_t *count = &store->count;
    ct_store_numbers_t *numbers = ct_store_gauges_open(gauges);
    apr_interval_time_t rest = count->took * REST_SHARE;

    memcpy(numbers->names, count->names, sizeof(numbers->names));
    numbers->name_count = count->name_count;
    numbers->counted = now;
    numbers->counting = count->took;
    gauges->next_count = now + (rest < REST_LEAST ? REST_LEAST
                                : rest > COUNTING_MOST ? COUNTING_MOST : rest);
    ct_store_gauges_close(gauges);
}

/* It came to nothing: whoever is asked next counts. */
static void give_the_turn_back(ct_store_t *store)
{
    ct_store_gauges_t *gauges = &store->settings.shared->gauges;

    ct_store_gauges_open(gauges);
    gauges->next_count = apr_time_now() + REST_LEAST;
    ct_store_gauges_close(gauges);
}

/* Who waits is told, also if it was not our turn. */
static void end_count(ct_store_t *store)
{
    int i;

    for (i = 0; i < COLUMNS; ++i) {
        sqlite3_value_free(store->count.place[i]);
        store->count.place[i] = NULL;
    }
    store->count.is_on = 0;
    pthread_mutex_lock(&store->lock);
    store->is_count_wanted = 0;
    ++store->times_counted;
    pthread_cond_broadcast(&store->counted);
    pthread_mutex_unlock(&store->lock);
}

/* They come in order, so that the last one is asked first. Only a shell can
 * write one that is too long. */
static ct_store_name_t *find_name(ct_count_t *count, const char *full)
{
    int i = count->name_count;
    char name[CT_STORE_NAME_LENGTH];

    apr_cpystrn(name, full, sizeof(name));
    while (i > 0 && strcmp(count->names[i - 1].name, name) != 0) {
        --i;
    }
    if (i > 0) {
        return &count->names[i - 1];
    }
    if (count->name_count < CT_STORE_NAMES) {
        ++count->name_count;
    }
    else {
        count->name_count = CT_STORE_NAMES + 1;
        apr_cpystrn(name, OTHER, sizeof(name));
    }
    i = count->name_count - 1;
    apr_cpystrn(count->names[i].name, name, CT_STORE_NAME_LENGTH);
    return &count->names[i];
}

static void note_earliest(apr_time_t *earliest, apr_time_t time)
{
    if (*earliest == 0 || time < *earliest) {
        *earliest = time;
    }
}

static void add_row(ct_count_t *count, sqlite3_stmt *row, apr_time_t now)
{
    ct_store_name_t *name = find_name(
        count, (const char *)sqlite3_column_text(row, NAME));
    apr_time_t not_before = sqlite3_column_int64(row, NOT_BEFORE) * 1000;
    apr_time_t created = sqlite3_column_int64(row, CREATED) * 1000;

    if (sqlite3_column_int(row, STATE) == 2) {
        ++name->dead;
        note_earliest(&name->oldest_dead, created);
        return;
    }
    if (sqlite3_column_int64(row, ATTEMPT) > 0) {
        ++name->retrying;
    }
    else {
        ++*(not_before > now ? &name->delayed : &name->waiting);
    }
    if (not_before <= now) {
        /* What a shell has told to be tried again is due since 1970. */
        note_earliest(&name->due, not_before > created ? not_before
                                                       : created);
    }
    note_earliest(&name->oldest, created);
}

static void note_place(ct_count_t *count, sqlite3_stmt *row)
{
    int i;

    for (i = 0; i < COLUMNS; ++i) {
        sqlite3_value_free(count->place[i]);
        count->place[i] = sqlite3_value_dup(sqlite3_column_value(row, i));
    }
}

static int bind_place(const ct_count_t *count, sqlite3_stmt *statement)
{
    int rc = sqlite3_bind_int(statement, COLUMNS + 1, STEP);
    int i;

    for (i = 0; i < COLUMNS && rc == SQLITE_OK; ++i) {
        rc = count->place[i]
             ? sqlite3_bind_value(statement, i + 1, count->place[i])
             : sqlite3_bind_int(statement, i + 1, -1);
    }
    return rc;
}

/* @param rows  how many were left, STEP at most */
static int step(ct_store_t *store, apr_time_t now, int *rows)
{
    sqlite3_stmt *statement = store->rows.statements[CT_ROW_COUNT];
    int rc = bind_place(&store->count, statement);

    *rows = 0;
    while (rc == SQLITE_OK || rc == SQLITE_ROW) {
        rc = sqlite3_step(statement);
        if (rc == SQLITE_ROW) {
            add_row(&store->count, statement, now);
            if (++*rows == STEP) {
                note_place(&store->count, statement);
            }
        }
    }
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static int is_wanted(ct_store_t *store)
{
    int yes;

    pthread_mutex_lock(&store->lock);
    yes = store->is_count_wanted;
    pthread_mutex_unlock(&store->lock);
    return yes;
}

void ct_store_count_step(ct_store_t *store, apr_time_t now)
{
    ct_count_t *count = &store->count;
    apr_time_t began = apr_time_now();
    int rows;
    int rc;

    if (!count->is_on) {
        if (!is_wanted(store)) {
            return;
        }
        if (!take_the_turn(store, now)) {
            end_count(store);
            return;
        }
        memset(count, 0, sizeof(*count));
        count->is_on = 1;
    }
    rc = step(store, now, &rows);
    count->took += apr_time_now() - began;
    if (rc == SQLITE_OK && rows == STEP) {
        return;
    }
    if (rc == SQLITE_OK) {
        publish(store, apr_time_now());
    }
    else {
        give_the_turn_back(store);
    }
    end_count(store);
    ct_store_judge(store, rc, "count its tasks");
}

void ct_store_count_stop(ct_store_t *store)
{
    if (store->count.is_on) {
        give_the_turn_back(store);
        end_count(store);
    }
}

void ct_store_count(ct_store_t *store, apr_interval_time_t wait)
{
    struct timespec until;
    unsigned int times;
    int rc = 0;

    until = ct_until(wait);
    pthread_mutex_lock(&store->lock);
    times = store->times_counted;
    if (!store->is_down && !store->is_closing) {
        store->is_count_wanted = 1;
        pthread_cond_signal(&store->wake);
        while (times == store->times_counted && rc == 0) {
            rc = pthread_cond_timedwait(&store->counted, &store->lock, &until);
        }
    }
    pthread_mutex_unlock(&store->lock);
}
