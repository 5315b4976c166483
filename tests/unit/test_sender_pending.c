/* SPDX-License-Identifier: Apache-2.0 */
/* sender: messages that were sent, and of which the engine has not said yet
 * what becomes of them; and an engine that is told when there is nothing to
 * do. */
#include "support.h"

#include "sender.h"

#include <limits.h>

/* An engine that says nothing for a while. */
typedef struct stage_t {
    pthread_mutex_t lock;
    int pending;                     /* lock: so often the first message is;
                                        others wait meanwhile */
    ct_sent_e behind;                /* what it is then */
    int published;                   /* lock: messages that came anew */
    int waited;                      /* lock: those that came PENDING */
    int opens, closes;               /* lock */
    int is_open;
    int expires;                     /* meanwhile */
    int ends[CT_SENT_NOT_YET + 1];   /* lock */
    ct_sender_event_e told[8];       /* lock */
    int tellings;                    /* lock */
    gate_t sent;
    gate_t done;
    gate_t idle;
    gate_t pass;                     /* send() waits for it, if `waits` */
    int waits;
} stage_t;

static ct_sent_e stage_open(void *connection, char *words)
{
    stage_t *stage = connection;

    ++stage->opens;
    stage->is_open = 1;
    return CT_SENT_STORED;
}

static int stage_is_open(void *connection)
{
    return ((stage_t *)connection)->is_open;
}

static void stage_send(void *connection, ct_message_t *first, char *words)
{
    stage_t *stage = connection;
    ct_message_t *message;
    int is_pending;

    if (stage->waits) {
        gate_pass(&stage->pass);
    }
    pthread_mutex_lock(&stage->lock);
    is_pending = stage->pending > 0 && stage->pending--;
    stage->published += first->sent == CT_SENT_NOT_YET;
    stage->waited += first->sent == CT_SENT_PENDING;
    first->expires = stage->expires;
    first->sent = is_pending ? CT_SENT_PENDING : stage->behind;
    for (message = first->next; message && !is_pending;
         message = message->next) {
        ++stage->published;
        message->sent = CT_SENT_STORED;
    }
    if (!is_pending) {
        stage->behind = CT_SENT_STORED;
    }
    pthread_mutex_unlock(&stage->lock);
    gate_open(&stage->sent);
}

static void stage_close(void *connection)
{
    stage_t *stage = connection;

    stage->closes += stage->is_open;
    stage->is_open = 0;
}

static void stage_idle(void *connection)
{
    gate_open(&((stage_t *)connection)->idle);
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

    stage->told[stage->tellings++ % 8] = event;
}

static int stage_is_stopping(void *context)
{
    return 1;                        /* pauses are short */
}

static const ct_engine_t engine = {
    stage_open, stage_is_open, stage_send, stage_close, stage_idle
};

static ct_sender_t *start(stage_t *stage)
{
    static const gate_t gate = GATE_INIT;
    ct_sender_settings_t settings = { 0 };
    ct_sender_t *sender;

    pthread_mutex_init(&stage->lock, NULL);
    stage->sent = stage->done = stage->idle = stage->pass = gate;
    settings.engine = &engine;
    settings.connection = settings.context = stage;
    settings.most_jobs = 10;
    settings.most_bytes = 1000;
    settings.done = stage_done;
    settings.tell = stage_tell;
    settings.is_stopping = stage_is_stopping;
    sender = ct_sender_start(&settings);
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
    stage_t stage = { .pending = 3, .behind = CT_SENT_STORED };
    ct_sender_numbers_t numbers;
    ct_sender_t *sender = start(&stage);

    put(sender);
    assert_true(gate_reached(&stage.done, 1));
    ct_sender_numbers(sender, &numbers);
    assert_int_equal(stage.opens, 1);
    assert_int_equal(stage.closes, 0);
    ct_sender_stop(sender, SUPPORT_HOUR);
    assert_int_equal(stage.published, 1);
    assert_int_equal(stage.waited, 3);
    assert_int_equal(stage.ends[CT_SENT_STORED], 1);
    assert_int_equal(numbers.sent, 1);
    assert_int_equal(numbers.repeated, 0);
    assert_int_equal(numbers.confirmed, 1);
    assert_int_equal(stage.tellings, 2);
    assert_int_equal(stage.told[0], CT_SENDER_AWAY);
    assert_int_equal(stage.told[1], CT_SENDER_UP);
}

static void away_meanwhile(void **state)
{
    stage_t stage = { .pending = INT_MAX, .behind = CT_SENT_STORED };
    ct_sender_numbers_t numbers;
    ct_sender_t *sender = start(&stage);

    put(sender);
    assert_true(gate_reached(&stage.sent, 2));
    ct_sender_numbers(sender, &numbers);
    assert_true(numbers.is_away);
    assert_int_equal(numbers.waiting, 1);
    assert_int_equal(numbers.sent, 0);
    pthread_mutex_lock(&stage.lock);
    stage.pending = 0;
    pthread_mutex_unlock(&stage.lock);
    assert_true(gate_reached(&stage.done, 1));
    ct_sender_stop(sender, SUPPORT_HOUR);
}

static void lost_with_its_connection(void **state)
{
    stage_t stage = { .pending = 1, .behind = CT_SENT_UNKNOWN };
    ct_sender_numbers_t numbers;
    ct_sender_t *sender = start(&stage);

    put(sender);
    assert_true(gate_reached(&stage.done, 1));
    ct_sender_numbers(sender, &numbers);
    ct_sender_stop(sender, SUPPORT_HOUR);
    assert_int_equal(stage.opens, 2);
    assert_int_equal(stage.published, 2);
    assert_int_equal(numbers.unknown, 1);
    assert_int_equal(numbers.sent, 2);
    assert_int_equal(numbers.repeated, 1);
    assert_int_equal(stage.ends[CT_SENT_STORED], 1);
}

static void whose_turn_has_not_come_was_not_sent(void **state)
{
    stage_t stage = { .pending = 2, .behind = CT_SENT_STORED, .waits = 1 };
    ct_sender_numbers_t numbers;
    ct_sender_t *sender = start(&stage);

    put(sender);
    put(sender);
    gate_open(&stage.pass);
    assert_true(gate_reached(&stage.done, 2));
    ct_sender_numbers(sender, &numbers);
    ct_sender_stop(sender, SUPPORT_HOUR);
    assert_int_equal(stage.published, 2);
    assert_int_equal(numbers.sent, 2);
    assert_int_equal(numbers.confirmed, 2);
    assert_int_equal(numbers.again, 0);
    assert_int_equal(numbers.repeated, 0);
}

/* It may be stored by now. */
static void does_not_expire(void **state)
{
    stage_t stage = { .pending = 1, .behind = CT_SENT_STORED, .expires = 1 };
    ct_sender_t *sender = start(&stage);

    put(sender);
    assert_true(gate_reached(&stage.done, 1));
    ct_sender_stop(sender, SUPPORT_HOUR);
    assert_int_equal(stage.ends[CT_SENT_EXPIRED], 0);
    assert_int_equal(stage.ends[CT_SENT_STORED], 1);
}

static void told_that_there_is_nothing_to_do(void **state)
{
    stage_t stage = { .behind = CT_SENT_STORED };
    ct_sender_t *sender = start(&stage);

    assert_true(gate_reached(&stage.idle, 1));
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
