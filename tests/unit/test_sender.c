/* SPDX-License-Identifier: Apache-2.0 */
/* sender: what becomes of messages, whatever the engine does. */
#include "support_engine.h"

#include "redis_address.h"
#include "redis_answer.h"
#include "sender_pause.h"
#include "support_rounds.h"

/* An engine that does as it is told, and notes what it was sent. */
typedef struct play_t {
    stage_t stage;
    ct_sent_e first;                 /* lock: what the first message of the
                                        next send meets; then all is well */
    gate_t pass;                     /* send() waits for it, if `waits` */
    gate_t inside;
    int waits;
    int batches;                     /* lock */
    char sent[64];                   /* lock: the first byte of each */
} play_t;

#define PLAY_INIT .stage = STAGE_INIT, .pass = GATE_INIT, .inside = GATE_INIT

static void send_all(void *connection, ct_message_t *first, char *words)
{
    play_t *play = connection;
    ct_message_t *message;

    gate_open(&play->inside);
    if (play->waits) {
        gate_pass(&play->pass);
    }
    pthread_mutex_lock(&play->stage.lock);
    ++play->batches;
    for (message = first; message; message = message->next) {
        message->sent = message == first ? play->first : CT_SENT_STORED;
        strncat(play->sent, message->bytes, 1);
    }
    play->first = CT_SENT_STORED;
    pthread_mutex_unlock(&play->stage.lock);
}

static const ct_engine_t engine = {
    stage_open, stage_is_open, send_all, stage_close, NULL
};

static ct_sender_t *start(play_t *play, int most)
{
    ct_sender_t *sender = stage_start(&play->stage, &engine, most, 1000);

    assert_non_null(sender);
    return sender;
}

static apr_status_t put(ct_sender_t *sender, char sign, apr_size_t length)
{
    ct_message_t *message = ct_message_make(length);
    apr_status_t rv;

    assert_non_null(message);
    message->bytes[0] = sign;
    rv = ct_sender_put(sender, message, 2);
    if (rv != APR_SUCCESS) {
        ct_message_free(message);
    }
    return rv;
}

static void sent_and_confirmed(void **state)
{
    play_t play = { PLAY_INIT };
    ct_sender_numbers_t numbers;
    ct_sender_t *sender = start(&play, 10);

    assert_int_equal(put(sender, 'a', 10), APR_SUCCESS);
    assert_true(gate_reached(&play.stage.done, 1));
    ct_sender_numbers(sender, &numbers);
    assert_int_equal(numbers.confirmed, 1);
    assert_int_equal(numbers.waiting, 0);
    assert_int_equal(numbers.bytes, 0);
    assert_int_equal(numbers.oldest, 0);
    ct_sender_stop(sender, SUPPORT_HOUR);
    assert_int_equal(play.stage.ends[CT_SENT_STORED], 1);
    assert_int_equal(play.stage.tellings, 0);
}

static void what_gathers_goes_together_and_in_order(void **state)
{
    play_t play = { PLAY_INIT, .waits = 1 };
    ct_sender_t *sender = start(&play, 10);

    put(sender, 'a', 10);
    assert_true(gate_reached(&play.inside, 1));
    put(sender, 'b', 10);
    put(sender, 'c', 10);
    put(sender, 'd', 10);
    gate_open(&play.pass);
    assert_true(gate_reached(&play.stage.done, 4));
    ct_sender_stop(sender, SUPPORT_HOUR);
    assert_string_equal(play.sent, "abcd");
    assert_int_equal(play.batches, 2);
}

/* "a" is under way while "b" to "i" come, which are many: so "j" is let wait
 * for a moment, in which others come; "m" is not. */
static void behind_many_others_gather(void **state)
{
    play_t play = { PLAY_INIT, .waits = 1 };
    ct_sender_t *sender = start(&play, 20);
    gate_t reached = GATE_INIT, go = GATE_INIT;
    const char *sign;

    put(sender, 'a', 10);
    assert_true(gate_reached(&play.inside, 1));
    for (sign = "bcdefghi"; *sign; ++sign) {
        put(sender, *sign, 10);
    }
    gate_open(&play.pass);
    assert_true(gate_reached(&play.stage.done, 9));
    rounds_hold(&reached, &go);
    put(sender, 'j', 10);
    assert_true(gate_reached(&reached, 1));
    put(sender, 'k', 10);
    put(sender, 'l', 10);
    rounds_hold(&reached, &go);
    gate_open(&go);
    assert_true(gate_reached(&play.stage.done, 12));
    put(sender, 'm', 10);
    assert_true(gate_reached(&play.stage.done, 13));
    rounds_hold(NULL, NULL);
    ct_sender_stop(sender, SUPPORT_HOUR);
    assert_int_equal(reached.opened, 1);
    assert_string_equal(play.sent, "abcdefghijklm");
    assert_int_equal(play.batches, 4);
}

static void sent_again(ct_sent_e how, ct_sender_event_e told)
{
    play_t play = { PLAY_INIT, .first = how };
    ct_sender_numbers_t numbers;
    ct_sender_t *sender = start(&play, 10);

    put(sender, 'a', 10);
    assert_true(gate_reached(&play.stage.done, 1));
    ct_sender_numbers(sender, &numbers);
    ct_sender_stop(sender, SUPPORT_HOUR);
    assert_string_equal(play.sent, "aa");
    assert_int_equal(numbers.sent, 2);
    assert_int_equal(numbers.repeated, 1);
    assert_int_equal(numbers.confirmed, 1);
    assert_int_equal(play.stage.tellings, 2);
    assert_int_equal(play.stage.told[0], told);
}

static void what_is_not_confirmed_is_sent_again(void **state)
{
    sent_again(CT_SENT_AGAIN, CT_SENDER_AWAY);
    sent_again(CT_SENT_UNKNOWN, CT_SENDER_AWAY);
    sent_again(CT_SENT_MEND, CT_SENDER_MEND);
}

static void what_is_refused_is_over(void **state)
{
    play_t play = { PLAY_INIT, .first = CT_SENT_REFUSED };
    ct_sender_t *sender = start(&play, 10);

    put(sender, 'a', 10);
    put(sender, 'b', 10);
    assert_true(gate_reached(&play.stage.done, 2));
    ct_sender_stop(sender, SUPPORT_HOUR);
    assert_int_equal(play.stage.ends[CT_SENT_REFUSED], 1);
    assert_int_equal(play.stage.ends[CT_SENT_STORED], 1);
    assert_int_equal(play.stage.tellings, 0);
}

static void bounded_by_number_and_bytes(void **state)
{
    play_t play = { PLAY_INIT, .waits = 1 };
    ct_sender_t *sender = start(&play, 3);

    assert_int_equal(put(sender, 'a', 900), APR_SUCCESS);
    assert_int_equal(put(sender, 'b', 101), APR_ENOSPC);
    assert_int_equal(put(sender, 'b', 10), APR_SUCCESS);
    assert_int_equal(put(sender, 'c', 10), APR_SUCCESS);
    assert_int_equal(put(sender, 'd', 10), APR_ENOSPC);
    gate_open(&play.pass);
    assert_true(gate_reached(&play.stage.done, 3));
    ct_sender_stop(sender, SUPPORT_HOUR);
}

static void away_until_it_is_there(void **state)
{
    play_t play = { PLAY_INIT };
    ct_sender_numbers_t numbers;
    ct_sender_t *sender;

    play.stage.open = CT_SENT_AGAIN;
    sender = start(&play, 10);
    put(sender, 'a', 10);
    assert_true(gate_reached(&play.stage.opened, 2));
    ct_sender_numbers(sender, &numbers);
    assert_true(numbers.is_away);
    assert_true(numbers.oldest > 0);
    assert_int_equal(numbers.sent, 0);
    assert_int_equal(put(sender, 'b', 10), APR_SUCCESS);
    assert_int_equal(put(sender, 'c', 10), APR_ENOSPC);
    stage_set_open(&play.stage, CT_SENT_STORED);
    assert_true(gate_reached(&play.stage.done, 2));
    ct_sender_stop(sender, SUPPORT_HOUR);
    assert_string_equal(play.sent, "ab");
}

static void what_is_left_is_told(void **state)
{
    play_t play = { PLAY_INIT };
    ct_sender_t *sender;

    play.stage.open = CT_SENT_AGAIN;
    sender = start(&play, 10);
    put(sender, 'a', 10);
    put(sender, 'b', 10);
    assert_true(gate_reached(&play.stage.opened, 1));
    ct_sender_stop(sender, SUPPORT_HOUR);
    assert_int_equal(play.stage.ends[CT_SENT_LEFT], 2);
}

static void pauses_grow_to_a_minute(void **state)
{
    assert_int_equal(ct_sender_pause(1, 0), 500000);
    assert_in_range(ct_sender_pause(1, 0xffffffffU), 500000, 1000000);
    assert_int_equal(ct_sender_pause(3, 0), 2000000);
    assert_int_equal(ct_sender_pause(1000, 0), 30000000);
    assert_in_range(ct_sender_pause(1000, 0xffffffffU), 30000000, 60000000);
}

static void answers(void **state)
{
    const char *remedy;

    assert_int_equal(ct_redis_answer_class("OOM command not", &remedy),
                     CT_SENT_AGAIN);
    assert_int_equal(ct_redis_answer_class("NOAUTH x", &remedy), CT_SENT_MEND);
    assert_int_equal(ct_redis_answer_class("MOVED 1 h:1", &remedy),
                     CT_SENT_MEND);
    assert_non_null(strstr(remedy, "Cluster"));
    assert_int_equal(ct_redis_answer_class("WRONGTYPE x", &remedy),
                     CT_SENT_REFUSED);
    assert_int_equal(ct_redis_answer_class("ERR unknown", &remedy),
                     CT_SENT_REFUSED);
    assert_string_equal(remedy, "");
}

static void addresses(void **state)
{
    ct_redis_address_t address = { 0 };
    const ct_redis_host_t *hosts;

    assert_null(ct_redis_address_read(
        &address, "redis+sentinel://:s%40c@a,[::1]:7/main/2", *state));
    hosts = (const ct_redis_host_t *)address.hosts->elts;
    assert_int_equal(address.hosts->nelts, 2);
    assert_string_equal(hosts[0].name, "a");
    assert_int_equal(hosts[0].port, 26379);
    assert_string_equal(hosts[1].name, "::1");
    assert_int_equal(hosts[1].port, 7);
    assert_string_equal(address.service, "main");
    assert_string_equal(address.password, "s@c");
    assert_int_equal(address.db, 2);
    assert_string_equal(address.shown,
                        "redis+sentinel://:***@a,[::1]:7/main/2");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sent_and_confirmed),
        cmocka_unit_test(what_gathers_goes_together_and_in_order),
        cmocka_unit_test(behind_many_others_gather),
        cmocka_unit_test(what_is_not_confirmed_is_sent_again),
        cmocka_unit_test(what_is_refused_is_over),
        cmocka_unit_test(bounded_by_number_and_bytes),
        cmocka_unit_test(away_until_it_is_there),
        cmocka_unit_test(what_is_left_is_told),
        cmocka_unit_test(pauses_grow_to_a_minute),
        cmocka_unit_test(answers),
        with_pool(addresses),
    };

    return run_group("sender", tests);
}
