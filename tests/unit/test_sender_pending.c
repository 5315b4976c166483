/* SPDX-License-Identifier: Apache-2.0 */
/* sender: messages that were sent, and of which the engine has not said yet
 * what becomes of them; and an engine that is told when there is nothing to
 * do. */
#include "support_engine.h"

#include <limits.h>

/* An engine that says nothing for a while. */
typedef struct play_t {
    stage_t stage;
    int pending;                     /* lock: so often the first message is;
                                        others wait meanwhile */
    ct_sent_e behind;                /* what it is then */
    int published;                   /* lock: messages that came anew */
    int waited;                      /* lock: those that came PENDING */
    int expires;                     /* meanwhile */
    gate_t sent;
    gate_t idle;
    gate_t pass;                     /* send() waits for it, if `waits` */
    int waits;
} play_t;

#define PLAY_INIT .stage = STAGE_INIT, .sent = GATE_INIT, \
    .idle = GATE_INIT, .pass = GATE_INIT

static void send_all(void *connection, ct_message_t *first, char *words)
{
    play_t *play = connection;
    ct_message_t *message;
    int is_pending;

    if (play->waits) {
        gate_pass(&play->pass);
    }
    pthread_mutex_lock(&play->stage.lock);
    is_pending = play->pending > 0 && play->pending--;
    play->published += first->sent == CT_SENT_NOT_YET;
    play->waited += first->sent == CT_SENT_PENDING;
    first->expires = play->expires;
    first->sent = is_pending ? CT_SENT_PENDING : play->behind;
    for (message = first->next; message && !is_pending;
         message = message->next) {
        ++play->published;
        message->sent = CT_SENT_STORED;
    }
    if (!is_pending) {
        play->behind = CT_SENT_STORED;
    }
    pthread_mutex_unlock(&play->stage.lock);
    gate_open(&play->sent);
}

static void be_idle(void *connection)
{
    gate_open(&((play_t *)connection)->idle);
}

static const ct_engine_t engine = {
    stage_open, stage_is_open, send_all, stage_close, be_idle
};

static ct_sender_t *start(play_t *play)
{
    ct_sender_t *sender = stage_start(&play->stage, &engine, 10, 1000);

    assert_non_null(sender);
    return sender;
}

static void put(ct_sender_t *sender)
{
    ct_message_t *message = ct_message_make(1);

    assert_non_null(message);
    assert_int_equal(ct_sender_put(sender, message, 10), APR_SUCCESS);
}

static void waited_for_on_its_connection(void **state)
{
    play_t play = { PLAY_INIT, .pending = 3 };
    ct_sender_numbers_t numbers;
    ct_sender_t *sender = start(&play);

    put(sender);
    assert_true(gate_reached(&play.stage.done, 1));
    ct_sender_numbers(sender, &numbers);
    assert_int_equal(play.stage.opens, 1);
    assert_int_equal(play.stage.closes, 0);
    ct_sender_stop(sender, SUPPORT_HOUR);
    assert_int_equal(play.published, 1);
    assert_int_equal(play.waited, 3);
    assert_int_equal(play.stage.ends[CT_SENT_STORED], 1);
    assert_int_equal(numbers.sent, 1);
    assert_int_equal(numbers.repeated, 0);
    assert_int_equal(numbers.confirmed, 1);
    assert_int_equal(play.stage.tellings, 2);
    assert_int_equal(play.stage.told[0], CT_SENDER_AWAY);
    assert_int_equal(play.stage.told[1], CT_SENDER_UP);
}

static void away_meanwhile(void **state)
{
    play_t play = { PLAY_INIT, .pending = INT_MAX };
    ct_sender_numbers_t numbers;
    ct_sender_t *sender = start(&play);

    put(sender);
    assert_true(gate_reached(&play.sent, 2));
    ct_sender_numbers(sender, &numbers);
    assert_true(numbers.is_away);
    assert_int_equal(numbers.waiting, 1);
    assert_int_equal(numbers.sent, 0);
    pthread_mutex_lock(&play.stage.lock);
    play.pending = 0;
    pthread_mutex_unlock(&play.stage.lock);
    assert_true(gate_reached(&play.stage.done, 1));
    ct_sender_stop(sender, SUPPORT_HOUR);
}

static void lost_with_its_connection(void **state)
{
    play_t play = { PLAY_INIT, .pending = 1, .behind = CT_SENT_UNKNOWN };
    ct_sender_numbers_t numbers;
    ct_sender_t *sender = start(&play);

    put(sender);
    assert_true(gate_reached(&play.stage.done, 1));
    ct_sender_numbers(sender, &numbers);
    ct_sender_stop(sender, SUPPORT_HOUR);
    assert_int_equal(play.stage.opens, 2);
    assert_int_equal(play.published, 2);
    assert_int_equal(numbers.unknown, 1);
    assert_int_equal(numbers.sent, 2);
    assert_int_equal(numbers.repeated, 1);
    assert_int_equal(play.stage.ends[CT_SENT_STORED], 1);
}

static void whose_turn_has_not_come_was_not_sent(void **state)
{
    play_t play = { PLAY_INIT, .pending = 2, .waits = 1 };
    ct_sender_numbers_t numbers;
    ct_sender_t *sender = start(&play);

    put(sender);
    put(sender);
    gate_open(&play.pass);
    assert_true(gate_reached(&play.stage.done, 2));
    ct_sender_numbers(sender, &numbers);
    ct_sender_stop(sender, SUPPORT_HOUR);
    assert_int_equal(play.published, 2);
    assert_int_equal(numbers.sent, 2);
    assert_int_equal(numbers.confirmed, 2);
    assert_int_equal(numbers.again, 0);
    assert_int_equal(numbers.repeated, 0);
}

/* It may be stored by now. */
static void does_not_expire(void **state)
{
    play_t play = { PLAY_INIT, .pending = 1, .expires = 1 };
    ct_sender_t *sender = start(&play);

    put(sender);
    assert_true(gate_reached(&play.stage.done, 1));
    ct_sender_stop(sender, SUPPORT_HOUR);
    assert_int_equal(play.stage.ends[CT_SENT_EXPIRED], 0);
    assert_int_equal(play.stage.ends[CT_SENT_STORED], 1);
}

static void told_that_there_is_nothing_to_do(void **state)
{
    play_t play = { PLAY_INIT };
    ct_sender_t *sender = start(&play);

    assert_true(gate_reached(&play.idle, 1));
    ct_sender_stop(sender, SUPPORT_HOUR);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(waited_for_on_its_connection),
        cmocka_unit_test(away_meanwhile),
        cmocka_unit_test(lost_with_its_connection),
        cmocka_unit_test(whose_turn_has_not_come_was_not_sent),
        cmocka_unit_test(does_not_expire),
        cmocka_unit_test(told_that_there_is_nothing_to_do),
    };

    return run_group("sender_pending", tests);
}
