/* SPDX-License-Identifier: Apache-2.0 */
/* store: what other threads do: they queue, wake the writing thread, and wait.
 * They wake it when they have let the lock go, which it is about to take. */
#include "inside.h"

#include "signals.h"

#include <stdlib.h>
#include <string.h>

#define LONGEST_PAYLOAD (256 * 1024 * 1024)
/* So many are not kept back for company. */
#define SAID_MOST 256
/* Of waiting for the end of the writing thread. */
#define STEP (APR_USEC_PER_SEC / 10)

/* The process's signals are others' business. */
static int start_thread(ct_store_t *store)
{
    ct_signals_t signals;
    int error;

    ct_signals_block(&signals);
    error = pthread_create(&store->thread, NULL, ct_writer_main, store);
    ct_signals_restore(&signals);
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
        ct_put_init_condition(&store->wake);
        ct_put_init_condition(&store->over);
        ct_put_init_condition(&store->counted);
        ct_put_init_condition(&store->answered);
        *to = store;
        rv = start_thread(store);
        if (rv != APR_SUCCESS) {
            apr_pool_destroy(store->pool);
        }
    }
    if (rv != APR_SUCCESS) {
        *to = NULL;
        free(store);
    }
    return rv;
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

/* It took too long, unless it is over just now. @return 0: it is left to the
 * writing thread */
static int leave(ct_store_t *store, ct_put_t *put)
{
    int is_ours;

    pthread_mutex_lock(&store->lock);
    if (put->state == CT_PUT_QUEUED) {
        unqueue(store, put);
        put->result = APR_TIMEUP;
        put->state = CT_PUT_OVER;
        ct_put_let_go(put);              /* the writing thread never has it */
    }
    is_ours = put->state == CT_PUT_OVER;
    put->is_left = !is_ours;
    pthread_mutex_unlock(&store->lock);
    return is_ours;
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

/* @return 0: it is refused */
static int queue(ct_store_t *store, ct_put_t *put, apr_size_t size)
{
    apr_status_t rv;

    pthread_mutex_lock(&store->lock);
    rv = put->result = refusal(store, size);
    if (rv == APR_SUCCESS) {
        atomic_fetch_add(&put->holders, 1);
        put->turn = store->turn;
        *store->last_put = put;
        store->last_put = &put->next;
    }
    pthread_mutex_unlock(&store->lock);
    if (rv == APR_SUCCESS) {
        pthread_cond_signal(&store->wake);
    }
    return rv == APR_SUCCESS;
}

/* @return 0: it is left to the writing thread */
static int queue_and_wait(ct_store_t *store, ct_put_t *put, apr_size_t size,
                          apr_interval_time_t wait)
{
    return !queue(store, put, size) || ct_put_wait(put, wait)
           || leave(store, put);
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
    put = ct_put_make(records, count, &size);
    if (!put) {
        return APR_ENOMEM;
    }
    if (queue_and_wait(store, put, size, wait)) {
        rv = put->result;
        for (i = 0; i < count && rv == APR_SUCCESS; ++i) {
            records[i].id = put->records[i].id;
            records[i].duplicate = put->records[i].duplicate;
        }
    }
    ct_put_let_go(put);
    return rv;
}

/* What is said goes with what is put, if that is nothing. */
void ct_store_begin(ct_store_t *store, apr_int64_t id,
                    apr_interval_time_t wait)
{
    const ct_kept_t nothing = { 0 };
    apr_size_t size;
    ct_put_t *put = ct_put_make(&nothing, 0, &size);

    ct_store_end(store, id, CT_ENDING_BEGUN, 0, 0, NULL);
    if (put) {
        queue_and_wait(store, put, size, wait);
        ct_put_let_go(put);
    }
}

/* ---- the rest ---- */

/* The writing thread is woken for the first, to look at the time, and if
 * somebody waits for what ends here. */
void ct_store_end(ct_store_t *store, apr_int64_t id, ct_ending_e how,
                  int attempt, apr_time_t not_before, const char *error)
{
    ct_said_t *said;
    int is_time;

    pthread_mutex_lock(&store->lock);
    said = ct_said_add(&store->said, id, how, attempt, not_before, error);
    if (said && how == CT_ENDING_DONE) {
        said->place = ct_ended_note(&store->ended, id);
    }
    if (said && store->said.count == 1) {
        store->said_since = apr_time_now();
    }
    if (store->suspect == id && how != CT_ENDING_BEGUN) {
        store->suspect = 0;
    }
    is_time = store->said.count == 1 || store->said.count == SAID_MOST
              || store->is_awaited;
    pthread_mutex_unlock(&store->lock);
    if (is_time) {
        pthread_cond_signal(&store->wake);
    }
}

void ct_store_counts(ct_store_t *store, ct_store_counts_t *counts)
{
    pthread_mutex_lock(&store->lock);
    *counts = store->counts;
    pthread_mutex_unlock(&store->lock);
}

/* Under lock. In steps: in prefork that may be the main thread inside a
 * signal's handler, which is given up if it does not run at all. */
static void wait_until_over(ct_store_t *store, apr_interval_time_t wait)
{
    struct timespec until;

    for (; !store->is_over && wait > 0; wait -= STEP) {
        until = ct_until(STEP);
        pthread_cond_timedwait(&store->over, &store->lock, &until);
    }
}

apr_status_t ct_store_close(ct_store_t *store, apr_interval_time_t wait)
{
    int is_over;

    pthread_mutex_lock(&store->lock);
    store->is_closing = 1;
    pthread_cond_signal(&store->wake);
    wait_until_over(store, wait);
    is_over = store->is_over;
    pthread_mutex_unlock(&store->lock);
    if (!is_over) {
        return APR_TIMEUP;
    }
    pthread_join(store->thread, NULL);
    ct_said_free(&store->said);
    pthread_cond_destroy(&store->over);
    pthread_cond_destroy(&store->answered);
    pthread_cond_destroy(&store->counted);
    pthread_cond_destroy(&store->wake);
    pthread_mutex_destroy(&store->lock);
    apr_pool_destroy(store->pool);
    free(store);
    return APR_SUCCESS;
}
