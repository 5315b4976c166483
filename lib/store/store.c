/* SPDX-License-Identifier: Apache-2.0 */
/* store: what other threads do: they queue, wake the writing thread, and wait.
 * What is put is copied first, so that whoever cannot wait any longer may go,
 * and let the writing thread deal with what he has left. */
#include "inside.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define LONGEST_PAYLOAD (256 * 1024 * 1024)
/* So many are not kept back for company. */
#define SAID_MOST 256

void ct_store_moment(apr_interval_time_t from_now, struct timespec *moment)
{
    clock_gettime(CLOCK_MONOTONIC, moment);
    moment->tv_sec += (time_t)apr_time_sec(from_now);
    moment->tv_nsec += (long)apr_time_usec(from_now) * 1000;
    if (moment->tv_nsec >= 1000000000) {
        moment->tv_nsec -= 1000000000;
        ++moment->tv_sec;
    }
}

static void init_condition(pthread_cond_t *condition)
{
    pthread_condattr_t attributes;

    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(condition, &attributes);
    pthread_condattr_destroy(&attributes);
}

/* No signal is for this thread. */
static int start_thread(ct_store_t *store)
{
    sigset_t all;
    sigset_t before;
    int error;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    error = pthread_create(&store->thread, NULL, ct_writer_main, store);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return error;
}

apr_status_t ct_store_open(ct_store_t **to,
                           const ct_store_settings_t *settings)
{
    ct_store_t *store = calloc(1, sizeof(*store));
    apr_status_t rv;

    if (!store) {
        return APR_ENOMEM;
    }
    store->settings = *settings;
    store->owners.file = -1;
    store->last_put = &store->puts;
    store->space = INT64_MAX;
    ct_said_clear(&store->said);
    rv = apr_pool_create(&store->pool, NULL);
    if (rv == APR_SUCCESS) {
        pthread_mutex_init(&store->lock, NULL);
        init_condition(&store->wake);
        init_condition(&store->over);
        rv = start_thread(store);
        if (rv != APR_SUCCESS) {
            apr_pool_destroy(store->pool);
        }
    }
    if (rv != APR_SUCCESS) {
        free(store);
        return rv;
    }
    *to = store;
    return APR_SUCCESS;
}

/* ---- a copy of what is put ---- */

static apr_size_t text_size(const char *text)
{
    return text ? strlen(text) + 1 : 0;
}

static apr_size_t size_of(const ct_kept_t *record)
{
    apr_size_t size = text_size(record->name) + text_size(record->token)
                      + text_size(record->unique) + text_size(record->type)
                      + record->length + record->fields_length;
    int i;

    for (i = 0; i < CT_ORIGINS; ++i) {
        size += text_size(record->origin[i]);
    }
    return size;
}

static const void *move(const void *bytes, apr_size_t length, char **to)
{
    char *copy = *to;

    if (!bytes || length == 0) {
        return NULL;
    }
    *to += length;
    return memcpy(copy, bytes, length);
}

static void move_text(const char **text, char **to)
{
    *text = move(*text, text_size(*text), to);
}

static void move_record(ct_kept_t *record, char **to)
{
    int i;

    move_text(&record->name, to);
    move_text(&record->token, to);
    move_text(&record->unique, to);
    move_text(&record->type, to);
    record->payload = move(record->payload, record->length, to);
    record->fields = move(record->fields, record->fields_length, to);
    for (i = 0; i < CT_ORIGINS; ++i) {
        move_text(&record->origin[i], to);
    }
}

static ct_put_t *copy_put(const ct_kept_t *records, int count,
                          apr_size_t *size)
{
    apr_size_t head = sizeof(ct_put_t) + (apr_size_t)count * sizeof(*records);
    ct_put_t *put;
    char *to;
    int i;

    *size = 0;
    for (i = 0; i < count; ++i) {
        *size += size_of(&records[i]);
    }
    put = malloc(head + *size);
    if (!put) {
        return NULL;
    }
    memset(put, 0, sizeof(*put));
    init_condition(&put->changed);
    put->count = count;
    put->records = (ct_kept_t *)(put + 1);
    memcpy(put->records, records, (apr_size_t)count * sizeof(*records));
    to = (char *)put + head;
    for (i = 0; i < count; ++i) {
        move_record(&put->records[i], &to);
    }
    return put;
}

/* ---- put ---- */

/* Under lock. */
static apr_status_t refusal(const ct_store_t *store, apr_size_t size)
{
    return store->is_closing ? APR_EOF
        : store->is_down || ct_store_is_unfit(store) ? APR_EGENERAL
        : store->is_full || (apr_int64_t)size > store->space ? APR_ENOSPC
                                                             : APR_SUCCESS;
}

/* Under lock. */
static void unqueue(ct_store_t *store, const ct_put_t *put)
{
    ct_put_t **link = &store->puts;

    while (*link != put) {
        link = &(*link)->next;
    }
    *link = put->next;
    if (!*link) {
        store->last_put = link;
    }
}

/* Under lock, which is let go meanwhile. @return 0: it was left behind */
static int wait_for(ct_store_t *store, ct_put_t *put, apr_interval_time_t wait)
{
    struct timespec until;
    int rc = 0;

    ct_store_moment(wait, &until);
    while (put->state != CT_PUT_OVER && rc != ETIMEDOUT) {
        rc = pthread_cond_timedwait(&put->changed, &store->lock, &until);
    }
    if (put->state == CT_PUT_OVER) {
        return 1;
    }
    if (put->state == CT_PUT_QUEUED) {
        unqueue(store, put);
        put->result = APR_TIMEUP;
        return 1;
    }
    put->is_left = 1;
    return 0;
}

static int is_sensible(const ct_kept_t *records, int count)
{
    int i;

    for (i = 0; i < count; ++i) {
        if (records[i].length > LONGEST_PAYLOAD
            || records[i].fields_length > LONGEST_PAYLOAD) {
            return 0;
        }
    }
    return count > 0;
}

apr_status_t ct_store_put(ct_store_t *store, ct_kept_t *records, int count,
                          apr_interval_time_t wait)
{
    apr_status_t rv = APR_TIMEUP;
    apr_size_t size;
    ct_put_t *put;
    int i;

    if (!is_sensible(records, count)) {
        return APR_EINVAL;
    }
    put = copy_put(records, count, &size);
    if (!put) {
        return APR_ENOMEM;
    }
    pthread_mutex_lock(&store->lock);
    put->result = refusal(store, size);
    if (put->result == APR_SUCCESS) {
        *store->last_put = put;
        store->last_put = &put->next;
        pthread_cond_signal(&store->wake);
        if (!wait_for(store, put, wait)) {
            put = NULL;
        }
    }
    pthread_mutex_unlock(&store->lock);
    if (put) {
        rv = put->result;
        for (i = 0; i < count && rv == APR_SUCCESS; ++i) {
            records[i].id = put->records[i].id;
            records[i].duplicate = put->records[i].duplicate;
        }
        pthread_cond_destroy(&put->changed);
        free(put);
    }
    return rv;
}

/* ---- the rest ---- */

/* The writing thread is woken for the first, to look at the time, and if
 * somebody waits for what ends here. */
void ct_store_end(ct_store_t *store, apr_int64_t id, ct_ending_e how,
                  int attempt, apr_time_t not_before, const char *error)
{
    pthread_mutex_lock(&store->lock);
    if (ct_said_add(&store->said, id, how, attempt, not_before, error)
        && store->said.count == 1) {
        store->said_since = apr_time_now();
    }
    if (store->suspect == id) {
        store->suspect = 0;
    }
    if (store->said.count == 1 || store->said.count == SAID_MOST
        || store->is_awaited) {
        pthread_cond_signal(&store->wake);
    }
    pthread_mutex_unlock(&store->lock);
}

void ct_store_counts(ct_store_t *store, ct_store_counts_t *counts)
{
    pthread_mutex_lock(&store->lock);
    *counts = store->counts;
    pthread_mutex_unlock(&store->lock);
}

apr_status_t ct_store_close(ct_store_t *store, apr_interval_time_t wait)
{
    struct timespec until;
    int rc = 0;

    ct_store_moment(wait, &until);
    pthread_mutex_lock(&store->lock);
    store->is_closing = 1;
    pthread_cond_signal(&store->wake);
    while (!store->is_over && rc != ETIMEDOUT) {
        rc = pthread_cond_timedwait(&store->over, &store->lock, &until);
    }
    rc = store->is_over;
    pthread_mutex_unlock(&store->lock);
    if (!rc) {
        return APR_TIMEUP;
    }
    pthread_join(store->thread, NULL);
    ct_said_free(&store->said);
    pthread_cond_destroy(&store->over);
    pthread_cond_destroy(&store->wake);
    pthread_mutex_destroy(&store->lock);
    apr_pool_destroy(store->pool);
    free(store);
    return APR_SUCCESS;
}
