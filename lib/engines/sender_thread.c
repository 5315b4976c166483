/* SPDX-License-Identifier: Apache-2.0 */
/* sender_thread: "no answer" is not "not done", and nobody else keeps what was
 * not confirmed, so a message leaves the queue for one round trip and comes
 * back to its head unless its end is known.
 *
 * A round trip costs the same with one message and with a hundred. While one
 * is under way others gather, and go with the next one, so those that come one
 * by one need no timer. Behind a trip of many the next one waits for a moment,
 * so that it is one of many, too: that saves a third of the processor time for
 * a job in a Redis, at the same rate. */
#include "sender_inside.h"

#include "sender_pause.h"

#include "apr_general.h"

#include <time.h>

/* Of one round trip. */
#define MOST_MESSAGES 100
#define MOST_BYTES    (256 * 1024)
/* So many are many; the moment, microseconds. */
#define MANY          8
#define GATHER        300
/* While the process stops; and how often it is looked whether it does. */
#define STOPPING_PAUSE apr_time_from_msec(200)
#define LOOK           apr_time_from_msec(500)
/* How often an engine that wants it is told that nothing is to be sent. */
#define IDLE           apr_time_from_sec(5)

/* Under lock, which is let go meanwhile. */
static void sleep_for(ct_sender_t *sender, apr_interval_time_t time)
{
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += (time_t)apr_time_sec(time);
    until.tv_nsec += (long)apr_time_usec(time) * 1000;
    if (until.tv_nsec >= 1000000000) {
        ++until.tv_sec;
        until.tv_nsec -= 1000000000;
    }
    pthread_cond_timedwait(&sender->wake, &sender->lock, &until);
}

/* Under lock. What was put meanwhile cannot be sent any sooner. */
static void pause_after_failure(ct_sender_t *sender)
{
    const ct_sender_settings_t *settings = &sender->settings;
    apr_uint32_t any = 0;
    apr_time_t end;

    (void)apr_generate_random_bytes((unsigned char *)&any, sizeof(any));
    end = apr_time_now() + ct_sender_pause(sender->failures, any);
    while (!sender->is_closing) {
        apr_interval_time_t left = end - apr_time_now();

        if (settings->is_stopping(settings->context)
            && left > STOPPING_PAUSE) {
            left = STOPPING_PAUSE;
            end = apr_time_now() + left;
        }
        if (left <= 0) {
            return;
        }
        sleep_for(sender, left < LOOK ? left : LOOK);
    }
}

/* Under lock: what goes with the next round trip, and is still wanted. */
static void take(ct_sender_t *sender, ct_messages_t *batch,
                 ct_messages_t *expired)
{
    apr_time_t now = apr_time_now();
    apr_size_t bytes = 0;
    int taken = 0;

    while (sender->waiting.first && taken < MOST_MESSAGES
           && (taken == 0
               || bytes + sender->waiting.first->length <= MOST_BYTES)) {
        ct_message_t *message = ct_messages_take(&sender->waiting);

        if (message->expires && message->expires <= now
            && message->sent != CT_SENT_PENDING) {
            message->sent = CT_SENT_EXPIRED;
            ++sender->numbers->expired;
            ct_sender_end(sender, message, expired);
            continue;
        }
        if (message->sent != CT_SENT_PENDING) {
            message->sent = CT_SENT_NOT_YET;
        }
        bytes += message->length;
        ++taken;
        ct_messages_append(batch, message);
    }
    sender->many = taken >= MANY && taken < MOST_MESSAGES;
    sender->under_way = batch->first ? batch->first->put : 0;
    ct_sender_note_oldest(sender);
}

/* Not under lock. @return whether it is connected; if not, words say why */
static ct_sent_e connect_to(ct_sender_t *sender, char *words)
{
    const ct_engine_t *engine = sender->settings.engine;
    void *connection = sender->settings.connection;
    ct_sent_e how;

    if (engine->is_open(connection)) {
        return CT_SENT_STORED;
    }
    engine->close(connection);
    how = engine->open(connection, words);
    if (how != CT_SENT_STORED) {
        engine->close(connection);
    }
    return how;
}

/* Not under lock. @return the worst that concerns more than one message */
static ct_sent_e send_all(ct_sender_t *sender, ct_messages_t *batch,
                          char *words)
{
    ct_sent_e worst = CT_SENT_STORED;
    ct_message_t *message;

    sender->settings.engine->send(sender->settings.connection, batch->first,
                                  words);
    for (message = batch->first; message; message = message->next) {
        if (message->sent > worst && message->sent <= CT_SENT_PENDING) {
            worst = message->sent;
        }
    }
    if (worst != CT_SENT_STORED && worst != CT_SENT_PENDING) {
        sender->settings.engine->close(sender->settings.connection);
    }
    return worst;
}

/* Under lock. */
static void count(ct_sender_numbers_t *numbers, ct_message_t *message)
{
    ++message->sends;
    ++numbers->sent;
    numbers->repeated += message->sends > 1;
    numbers->confirmed += message->sent == CT_SENT_STORED;
    numbers->again += message->sent == CT_SENT_AGAIN;
    numbers->mend += message->sent == CT_SENT_MEND;
    numbers->unknown += message->sent == CT_SENT_UNKNOWN;
    numbers->refused += message->sent == CT_SENT_REFUSED;
}

/* Under lock: whose end is known is over, the others come first next time. */
static void settle(ct_sender_t *sender, ct_messages_t *batch, int was_sent,
                   ct_messages_t *ended)
{
    ct_messages_t again;

    ct_messages_clear(&again);
    while (batch->first) {
        ct_message_t *message = ct_messages_take(batch);

        if (was_sent && message->sent != CT_SENT_PENDING
            && message->sent != CT_SENT_NOT_YET) {
            count(sender->numbers, message);
        }
        if (was_sent && (message->sent == CT_SENT_STORED
                         || message->sent == CT_SENT_REFUSED)) {
            ct_sender_end(sender, message, ended);
        }
        else {
            ct_messages_append(&again, message);
        }
    }
    ct_messages_put_back(&sender->waiting, &again);
    sender->under_way = 0;
    ct_sender_note_oldest(sender);
}

/* Under lock. */
static void note(ct_sender_t *sender, ct_sent_e worst)
{
    int is_away = worst != CT_SENT_STORED;

    sender->failures = is_away && worst != CT_SENT_PENDING
                       ? sender->failures + 1 : 0;
    if (sender->numbers->since == 0 || sender->numbers->is_away != is_away) {
        sender->numbers->is_away = is_away;
        sender->numbers->since = apr_time_now();
    }
}

/* The first time, and when it becomes something else. */
static void tell(ct_sender_t *sender, ct_sent_e worst, const char *words)
{
    ct_sender_event_e event = worst == CT_SENT_STORED ? CT_SENDER_UP
        : worst == CT_SENT_MEND ? CT_SENDER_MEND : CT_SENDER_AWAY;

    if (event != sender->told) {
        sender->told = event;
        sender->settings.tell(sender->settings.context, event, words);
    }
}

/* Under lock, which is let go meanwhile. Without a message it is only looked
 * whether the engine is there again. */
static void send_batch(ct_sender_t *sender, ct_messages_t *batch,
                       ct_messages_t *ended)
{
    char words[CT_ENGINE_WORDS] = "";
    ct_sent_e worst;
    int is_there;

    pthread_mutex_unlock(&sender->lock);
    worst = connect_to(sender, words);
    is_there = worst == CT_SENT_STORED;
    if (is_there && batch->first) {
        worst = send_all(sender, batch, words);
    }
    tell(sender, worst, words);
    pthread_mutex_lock(&sender->lock);
    if (!sender->is_left) {
        settle(sender, batch, is_there, ended);
        note(sender, worst);
    }
}

/* Under lock, which is let go meanwhile. */
static void let_gather(ct_sender_t *sender)
{
    if (sender->many && !sender->is_closing) {
        pthread_mutex_unlock(&sender->lock);
        apr_sleep(GATHER);
        pthread_mutex_lock(&sender->lock);
    }
}

/* Under lock, which is let go meanwhile. */
static void make_round_trip(ct_sender_t *sender)
{
    ct_messages_t batch, ended;

    let_gather(sender);
    ct_messages_clear(&batch);
    ct_messages_clear(&ended);
    take(sender, &batch, &ended);
    if (batch.first || sender->failures > 0) {
        send_batch(sender, &batch, &ended);
    }
    pthread_mutex_unlock(&sender->lock);
    ct_sender_tell_ends(sender, &ended);
    pthread_mutex_lock(&sender->lock);
}

/* Under lock, which is let go meanwhile. */
static void wait_for_message(ct_sender_t *sender)
{
    const ct_engine_t *engine = sender->settings.engine;

    if (!engine->idle) {
        pthread_cond_wait(&sender->wake, &sender->lock);
        return;
    }
    sleep_for(sender, IDLE);
    if (!sender->waiting.first && !sender->is_closing) {
        pthread_mutex_unlock(&sender->lock);
        engine->idle(sender->settings.connection);
        pthread_mutex_lock(&sender->lock);
    }
}

void *ct_sender_main(void *data)
{
    ct_sender_t *sender = data;

    pthread_mutex_lock(&sender->lock);
    while (!sender->is_closing) {
        if (!sender->waiting.first && sender->failures == 0) {
            wait_for_message(sender);
            continue;
        }
        make_round_trip(sender);
        if (sender->failures > 0) {
            pause_after_failure(sender);
        }
    }
    sender->settings.engine->close(sender->settings.connection);
    sender->is_over = 1;
    pthread_cond_signal(&sender->over);
    pthread_mutex_unlock(&sender->lock);
    return NULL;
}
