/* SPDX-License-Identifier: Apache-2.0 */
/* put: what is put is copied, so that whoever cannot wait any longer may go,
 * and let the writing thread deal with what he has left. Of a batch many are
 * told at once, by one system call, and none of them needs a lock when it has
 * just been woken. */
#include "put.h"

#include "platform.h"

#include <stdlib.h>
#include <string.h>

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
    atomic_init(&put->is_told, 0);
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
        free(put);
    }
}

/* ---- to wait ---- */

/* Of the puts that are written and those that come meanwhile: they ring by
 * turns. What is true is told by each put, so it is no harm if one rings for
 * others, too. */
static atomic_uint bells[2];         /* seq_cst: rung after it was told */

int ct_put_wait(ct_put_t *put, apr_interval_time_t wait)
{
    struct timespec until = ct_until(wait);
    atomic_uint *bell = &bells[put->turn % 2];

    for (;;) {
        unsigned int rung = atomic_load(bell);

        if (atomic_load(&put->is_told)) {
            return 1;
        }
        if (ct_is_over(&until)) {
            return 0;
        }
        ct_word_wait(bell, rung, ~0U, &until);
    }
}

static void ring(atomic_uint *bell)
{
    atomic_fetch_add(bell, 1);
    ct_word_wake_all(bell);
}

void ct_put_tell_all(ct_put_t *first)
{
    int is_awaited[2] = { 0, 0 };
    ct_put_t *put;

    while ((put = first) != NULL) {
        first = put->next;
        is_awaited[put->turn % 2] = 1;
        atomic_store(&put->is_told, 1);
        ct_put_let_go(put);
    }
    if (is_awaited[0]) {
        ring(&bells[0]);
    }
    if (is_awaited[1]) {
        ring(&bells[1]);
    }
}
