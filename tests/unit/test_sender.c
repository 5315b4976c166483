/* SPDX-License-Identifier: Apache-2.0 */
/* sender: what becomes of messages, whatever the engine does. */
#include "support.h"

#include "redis_address.h"
#include "redis_answer.h"
#include "sender.h"
#include "sender_pause.h"

/* An engine that does as it is told, and notes what it was sent. */
typedef struct stage_t {
    pthread_mutex_t lock;
    ct_sent_e open;                  /* lock: what open() answers */
    ct_sent_e first;                 /* lock: what the first message of the
                                        next send meets; then all is well */
    gate_t opened;
    gate_t done;
    gate_t pass;                     /* send() waits for it, if `waits` */
    gate_t inside;
    int waits;
    int is_open;
    int batches;                     /* lock */
    int ends[CT_SENT_LEFT + 1];      /* lock */
    char sent[64];                   /* lock: the first byte of each */
    ct_sender_event_e told;          /* lock: first */
    int tellings;                    /* lock */
} stage_t;

static ct_sent_e stage_open(void *connection, char *words)
{
    stage_t *stage = connection;
    ct_sent_e how;

    pthread_mutex_lock(&stage->lock);
    how = stage->open;
    stage->is_open = how == CT_SENT_STORED;
    pthread_mutex_unlock(&stage->lock);
    gate_open(&stage->opened);
    return how;
}

static int stage_is_open(void *connection)
{
    return ((stage_t *)connection)->is_open;
}

static void stage_send(void *connection, ct_message_t *first, char *words)
{
    stage_t *stage = connection;
    ct_message_t *message;

    gate_open(&stage->inside);
    if (stage->waits) {
        gate_pass(&stage->pass);
    }
    pthread_mutex_lock(&stage->lock);
    ++stage->batches;
    for (message = first; message; message = message->next) {
        message->sent = message == first ? stage->first : CT_SENT_STORED;
        strncat(stage->sent, message->bytes, 1);
    }
    stage->first = CT_SENT_STORED;
    pthread_mutex_unlock(&stage->lock);
}

static void stage_close(void *connection)
{
    ((stage_t *)connection)->is_open = 0;
}

static void stage_done(void *context, const ct_message_t *message)
{
    stage_t *stage = context;

    pthread_mutex_lock(&stage->lock);
    ++stage->ends[message->sent];
    pthread_mutex_unlock(&stage->lock);
    gate_open(&stage->done);
}

static void stage_tell(void *context, ct_sender_event_e event,
                       const char *words)
{
    stage_t *stage = context;

    pthread_mutex_lock(&stage->lock);
    if (stage->tellings++ == 0) {
        stage->told = event;
    }
    pthread_mutex_unlock(&stage->lock);
}

static int stage_is_stopping(void *context)
{
    return 1;                        /* pauses are short */
}

static const ct_engine_t engine = {
    stage_open, stage_is_open, stage_send, stage_close, NULL
};

static ct_sender_t *start(stage_t *stage, int most)
{
    static const gate_t gate = GATE_INIT;
    ct_sender_settings_t settings = { 0 };
    ct_sender_t *sender;

    pthread_mutex_init(&stage->lock, NULL);
    stage->opened = stage->done = stage->pass = stage->inside = gate;
    settings.engine = &engine;
    settings.connection = settings.context = stage;
    settings.most_jobs = most;
    settings.most_bytes = 1000;
    settings.done = stage_done;
    settings.tell = stage_tell;
    settings.is_stopping = stage_is_stopping;
    sender = ct_sender_start(&settings);
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
    stage_t stage = { .open = CT_SENT_STORED };
    ct_sender_numbers_t numbers;
    ct_sender_t *sender = start(&stage, 10);

    assert_int_equal(put(sender, 'a', 10), APR_SUCCESS);
    assert_true(gate_reached(&stage.done, 1));
    ct_sender_numbers(sender, &numbers);
    assert_int_equal(numbers.confirmed, 1);
    assert_int_equal(numbers.waiting, 0);
    assert_int_equal(numbers.bytes, 0);
    assert_int_equal(numbers.oldest, 0);
    ct_sender_stop(sender, SUPPORT_HOUR);
    assert_int_equal(stage.ends[CT_SENT_STORED], 1);
    assert_int_equal(stage.tellings, 0);
}

static void what_gathers_goes_together_and_in_order(void **state)
{
    stage_t stage = { .open = CT_SENT_STORED, .waits = 1 };
    ct_sender_t *sender = start(&stage, 10);

    put(sender, 'a', 10);
    assert_true(gate_reached(&stage.inside, 1));
    put(sender, 'b', 10);
    put(sender, 'c', 10);
    put(sender, 'd', 10);
    gate_open(&stage.pass);
    assert_true(gate_reached(&stage.done, 4));
    ct_sender_stop(sender, SUPPORT_HOUR);
    assert_string_equal(stage.sent, "abcd");
    assert_int_equal(stage.batches, 2);
}

static void sent_again(ct_sent_e how, ct_sender_event_e told)
{
    stage_t stage = { .open = CT_SENT_STORED, .first = how };
    ct_sender_numbers_t numbers;
    ct_sender_t *sender = start(&stage, 10);

    put(sender, 'a', 10);
    assert_true(gate_reached(&stage.done, 1));
    ct_sender_numbers(sender, &numbers);
    ct_sender_stop(sender, SUPPORT_HOUR);
    assert_string_equal(stage.sent, "aa");
    assert_int_equal(numbers.sent, 2);
    assert_int_equal(numbers.repeated, 1);
    assert_int_equal(numbers.confirmed, 1);
    assert_int_equal(stage.tellings, 2);
    assert_int_equal(stage.told, told);
}

static void what_is_not_confirmed_is_sent_again(void **state)
{
    sent_again(CT_SENT_AGAIN, CT_SENDER_AWAY);
    sent_again(CT_SENT_UNKNOWN, CT_SENDER_AWAY);
    sent_again(CT_SENT_MEND, CT_SENDER_MEND);
}

static void what_is_refused_is_over(void **state)
{
    stage_t stage = { .open = CT_SENT_STORED, .first = CT_SENT_REFUSED };
    ct_sender_t *sender = start(&stage, 10);

    put(sender, 'a', 10);
    put(sender, 'b', 10);
    assert_true(gate_reached(&stage.done, 2));
    ct_sender_stop(sender, SUPPORT_HOUR);
    assert_int_equal(stage.ends[CT_SENT_REFUSED], 1);
    assert_int_equal(stage.ends[CT_SENT_STORED], 1);
    assert_int_equal(stage.tellings, 0);
}

static void bounded_by_number_and_bytes(void **state)
{
    stage_t stage = { .open = CT_SENT_STORED, .waits = 1 };
    ct_sender_t *sender = start(&stage, 3);

    assert_int_equal(put(sender, 'a', 900), APR_SUCCESS);
    assert_int_equal(put(sender, 'b', 101), APR_ENOSPC);
    assert_int_equal(put(sender, 'b', 10), APR_SUCCESS);
    assert_int_equal(put(sender, 'c', 10), APR_SUCCESS);
    assert_int_equal(put(sender, 'd', 10), APR_ENOSPC);
    gate_open(&stage.pass);
    assert_true(gate_reached(&stage.done, 3));
    ct_sender_stop(sender, SUPPORT_HOUR);
}

static void away_until_it_is_there(void **state)
{
    stage_t stage = { .open = CT_SENT_AGAIN };
    ct_sender_numbers_t numbers;
    ct_sender_t *sender = start(&stage, 10);

    put(sender, 'a', 10);
    assert_true(gate_reached(&stage.opened, 2));
    ct_sender_numbers(sender, &numbers);
    assert_true(numbers.is_away);
    assert_true(numbers.oldest > 0);
    assert_int_equal(numbers.sent, 0);
    assert_int_equal(put(sender, 'b', 10), APR_SUCCESS);
    assert_int_equal(put(sender, 'c', 10), APR_ENOSPC);
    pthread_mutex_lock(&stage.lock);
    stage.open = CT_SENT_STORED;
    pthread_mutex_unlock(&stage.lock);
    assert_true(gate_reached(&stage.done, 2));
    ct_sender_stop(sender, SUPPORT_HOUR);
    assert_string_equal(stage.sent, "ab");
}

static void what_is_left_is_told(void **state)
{
    stage_t stage = { .open = CT_SENT_AGAIN };
    ct_sender_t *sender = start(&stage, 10);

    put(sender, 'a', 10);
    put(sender, 'b', 10);
    assert_true(gate_reached(&stage.opened, 1));
    ct_sender_stop(sender, SUPPORT_HOUR);
    assert_int_equal(stage.ends[CT_SENT_LEFT], 2);
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
