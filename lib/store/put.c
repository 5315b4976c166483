/* SPDX-License-Identifier: Apache-2.0 */
/* put: what is put is copied, so that whoever cannot wait any longer may go,
 * and let the writing thread deal with what he has left. Each has a lock of
 * its own: of a batch many are told at once, and each would wait for the
 * store's lock when it has just been woken. */
#include "put.h"

#include "inside.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

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

void ct_put_init_condition(pthread_cond_t *condition)
{
    pthread_condattr_t attributes;

    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(condition, &attributes);
    pthread_condattr_destroy(&attributes);
}

/* ---- a copy ---- */

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

ct_put_t *ct_put_make(const ct_kept_t *records, int count, apr_size_t *size)
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
    atomic_init(&put->holders, 1);
    pthread_mutex_init(&put->lock, NULL);
    ct_put_init_condition(&put->changed);
    put->count = count;
    put->records = (ct_kept_t *)(put + 1);
    memcpy(put->records, records, (apr_size_t)count * sizeof(*records));
    to = (char *)put + head;
    for (i = 0; i < count; ++i) {
        move_record(&put->records[i], &to);
    }
    return put;
}

void ct_put_let_go(ct_put_t *put)
{
    if (atomic_fetch_sub(&put->holders, 1) == 1) {
        pthread_cond_destroy(&put->changed);
        pthread_mutex_destroy(&put->lock);
        free(put);
    }
}

/* ---- to wait ---- */

int ct_put_wait(ct_put_t *put, apr_interval_time_t wait)
{
    struct timespec until;
    int rc = 0;
    int is_told;

    ct_store_moment(wait, &until);
    pthread_mutex_lock(&put->lock);
    while (!put->is_told && rc != ETIMEDOUT) {
        rc = pthread_cond_timedwait(&put->changed, &put->lock, &until);
    }
    is_told = put->is_told;
    pthread_mutex_unlock(&put->lock);
    return is_told;
}

void ct_put_tell(ct_put_t *put)
{
    pthread_mutex_lock(&put->lock);
    put->is_told = 1;
    pthread_mutex_unlock(&put->lock);
    pthread_cond_signal(&put->changed);
}
