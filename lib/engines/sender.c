/* SPDX-License-Identifier: Apache-2.0 */
/* sender: what others do with it: start, hand over, look, stop. A thread that
 * hangs in the network at a stop keeps what it has: whether that was stored is
 * not known, so nobody may be told that it was not. */
#include "sender_inside.h"

#include "signals.h"

#include <stdlib.h>
#include <time.h>

void ct_sender_end(ct_sender_t *sender, ct_message_t *message,
                   ct_messages_t *ended)
{
    --sender->numbers->waiting;
    sender->numbers->bytes -= message->length;
    ct_messages_append(ended, message);
}

void ct_sender_note_oldest(ct_sender_t *sender)
{
    sender->numbers->oldest = sender->under_way ? sender->under_way
        : sender->waiting.first ? sender->waiting.first->put : 0;
}

void ct_sender_tell_ends(ct_sender_t *sender, ct_messages_t *ended)
{
    while (ended->first) {
        ct_message_t *message = ct_messages_take(ended);

        sender->settings.done(sender->settings.context, message);
        ct_message_free(message);
    }
}

/* The process's signals are others' business. */
static int start_thread(ct_sender_t *sender)
{
    pthread_attr_t attributes;
    pthread_t thread;
    ct_signals_t signals;
    int error;

    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    ct_signals_block(&signals);
    error = pthread_create(&thread, &attributes, ct_sender_main, sender);
    ct_signals_restore(&signals);
    pthread_attr_destroy(&attributes);
    return error == 0;
}

static void make_conditions(ct_sender_t *sender)
{
    pthread_condattr_t attributes;

    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&sender->wake, &attributes);
    pthread_cond_init(&sender->over, &attributes);
    pthread_condattr_destroy(&attributes);
    pthread_mutex_init(&sender->lock, NULL);
}

static void destroy(ct_sender_t *sender)
{
    pthread_mutex_destroy(&sender->lock);
    pthread_cond_destroy(&sender->over);
    pthread_cond_destroy(&sender->wake);
    free(sender);
}

ct_sender_t *ct_sender_start(const ct_sender_settings_t *settings)
{
    ct_sender_t *sender = calloc(1, sizeof(*sender));

    if (!sender) {
        return NULL;
    }
    sender->settings = *settings;
    sender->numbers = settings->numbers ? settings->numbers
                                        : &sender->own_numbers;
    ct_messages_clear(&sender->waiting);
    make_conditions(sender);
    if (!start_thread(sender)) {
        destroy(sender);
        return NULL;
    }
    return sender;
}

apr_status_t ct_sender_put(ct_sender_t *sender, ct_message_t *message,
                           int most_away)
{
    const ct_sender_settings_t *settings = &sender->settings;
    ct_sender_numbers_t *numbers = sender->numbers;
    apr_status_t rv = APR_SUCCESS;
    apr_uint64_t most;

    pthread_mutex_lock(&sender->lock);
    most = (apr_uint64_t)(numbers->is_away && most_away < settings->most_jobs
                          ? most_away : settings->most_jobs);
    if (sender->is_closing) {
        rv = APR_EOF;
    }
    else if (numbers->waiting >= most
             || numbers->bytes + message->length > settings->most_bytes) {
        rv = APR_ENOSPC;
    }
    else {
        message->put = apr_time_now();
        ++numbers->waiting;
        numbers->bytes += message->length;
        ct_messages_append(&sender->waiting, message);
        ct_sender_note_oldest(sender);
        pthread_cond_signal(&sender->wake);
    }
    pthread_mutex_unlock(&sender->lock);
    return rv;
}

void ct_sender_numbers(ct_sender_t *sender, ct_sender_numbers_t *numbers)
{
    pthread_mutex_lock(&sender->lock);
    *numbers = *sender->numbers;
    pthread_mutex_unlock(&sender->lock);
}

/* A wake-up of a pause counts as one; only time ends the wait. */
static void wait_for_thread(ct_sender_t *sender, apr_interval_time_t wait)
{
    apr_time_t until = apr_time_now() + wait;
    struct timespec moment;

    clock_gettime(CLOCK_MONOTONIC, &moment);
    moment.tv_sec += (time_t)apr_time_sec(wait) + 1;
    while (!sender->is_over && apr_time_now() < until) {
        if (pthread_cond_timedwait(&sender->over, &sender->lock, &moment)) {
            return;
        }
    }
}

void ct_sender_stop(ct_sender_t *sender, apr_interval_time_t wait)
{
    ct_messages_t left;
    int is_over;

    ct_messages_clear(&left);
    pthread_mutex_lock(&sender->lock);
    sender->is_closing = 1;
    pthread_cond_signal(&sender->wake);
    wait_for_thread(sender, wait);
    is_over = sender->is_over;
    sender->is_left = !is_over;
    while (sender->waiting.first) {
        ct_message_t *message = ct_messages_take(&sender->waiting);

        message->sent = CT_SENT_LEFT;
        ct_sender_end(sender, message, &left);
    }
    pthread_mutex_unlock(&sender->lock);
    ct_sender_tell_ends(sender, &left);
    if (is_over) {
        destroy(sender);
    }
}
