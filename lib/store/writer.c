/* SPDX-License-Identifier: Apache-2.0 */
/* writer: the one thread of the process that uses SQLite. */
#include "inside.h"

/* Once it is closing: for what cannot be written. */
#define CLOSING_PATIENCE apr_time_from_sec(2)

static int has_work(ct_store_t *store, apr_time_t now)
{
    apr_time_t time;

    pthread_mutex_lock(&store->lock);
    time = ct_store_next_write(store, now);
    pthread_mutex_unlock(&store->lock);
    return time && time <= now;
}

/* Until there is something to do. @return 0: it is over */
static int wait_for_work(ct_store_t *store, apr_time_t *closing)
{
    apr_time_t now = apr_time_now();
    apr_time_t next = store->is_up ? ct_store_next_chore(store)
                                   : store->next_open;
    apr_time_t write;
    struct timespec until;
    int is_over;

    pthread_mutex_lock(&store->lock);
    write = ct_store_next_write(store, now);
    if (write && write < next) {
        next = write;
    }
    if ((store->is_count_wanted || store->asked.is_on) && store->is_up
        && !store->is_closing) {
        next = now;
    }
    if (store->is_closing && *closing == 0) {
        *closing = now + CLOSING_PATIENCE;
    }
    is_over = store->is_closing && !store->puts
              && (!store->said.first || !store->is_up || now >= *closing);
    if (!is_over && next > now) {
        until = ct_until(next - now);
        pthread_cond_timedwait(&store->wake, &store->lock, &until);
    }
    pthread_mutex_unlock(&store->lock);
    return !is_over;
}

static void end(ct_store_t *store)
{
    ct_store_bring_down(store, 1);
    pthread_mutex_lock(&store->lock);
    store->is_over = 1;
    pthread_cond_signal(&store->over);
    pthread_mutex_unlock(&store->lock);
}

void *ct_writer_main(void *data)
{
    ct_store_t *store = data;
    apr_time_t closing = 0;
    apr_time_t now;

    do {
        now = apr_time_now();
        if (!store->is_up && now >= store->next_open) {
            ct_store_bring_up(store, now);
        }
        if (has_work(store, now)) {
            ct_store_write(store, now);
        }
        if (store->is_up && closing == 0) {
            ct_store_chores(store, now);
        }
    } while (wait_for_work(store, &closing));
    end(store);
    return NULL;
}
