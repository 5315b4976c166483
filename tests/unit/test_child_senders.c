/* SPDX-License-Identifier: Apache-2.0 */
/* child_senders: threads put messages while the senders are started, and while
 * they are ended and given back. */
#include "support.h"

#include "child_senders.h"

#include <stdatomic.h>

#define THREADS 4
#define ROUNDS 50
#define MOST 100000

typedef struct stage_t {
    ct_child_senders_t all;
    ct_sender_t *sender;             /* all's lock */
    int starts;                      /* the same */
    int fails;                       /* so many starts are in vain */
    atomic_int taken;                /* messages */
    atomic_int ends;                 /* of them */
    gate_t some;                     /* an end was told */
} stage_t;

static ct_sent_e stage_open(void *connection, char *words)
{
    return CT_SENT_STORED;
}

static int stage_is_open(void *connection)
{
    return 1;
}

static void stage_send(void *connection, ct_message_t *first, char *words)
{
    for (; first; first = first->next) {
        first->sent = CT_SENT_STORED;
    }
}

static void stage_close(void *connection)
{
}

static void stage_done(void *context, const ct_message_t *message)
{
    stage_t *stage = context;

    atomic_fetch_add(&stage->ends, 1);
    gate_open(&stage->some);
}

static void stage_tell(void *context, ct_sender_event_e event,
                       const char *words)
{
}

static int stage_is_stopping(void *context)
{
    return 1;
}

static const ct_engine_t engine = {
    stage_open, stage_is_open, stage_send, stage_close, NULL
};

static ct_sender_t *start(void *what)
{
    stage_t *stage = what;
    ct_sender_settings_t settings = { 0 };

    ++stage->starts;
    if (stage->fails > 0) {
        --stage->fails;
        return NULL;
    }
    settings.engine = &engine;
    settings.connection = settings.context = stage;
    settings.most_jobs = MOST;
    settings.most_bytes = MOST;
    settings.done = stage_done;
    settings.tell = stage_tell;
    settings.is_stopping = stage_is_stopping;
    return ct_sender_start(&settings);
}

static apr_status_t put(stage_t *stage)
{
    ct_message_t *message = ct_message_make(1);
    apr_status_t rv;

    assert_non_null(message);
    rv = ct_child_senders_put(&stage->all, &stage->sender, start, stage,
                              message, MOST);
    if (rv == APR_SUCCESS) {
        atomic_fetch_add(&stage->taken, 1);
    }
    else {
        ct_message_free(message);
    }
    return rv;
}

static void *put_until_the_end(void *data)
{
    apr_status_t rv;

    do {
        rv = put(data);
    } while (rv == APR_SUCCESS || rv == APR_ENOSPC);
    assert_int_equal(rv, APR_EOF);
    return NULL;
}

/* One sender for all threads; whoever is late finds none. */
static void whoever_is_late_finds_none(void **state)
{
    int round;

    for (round = 0; round < ROUNDS; ++round) {
        stage_t stage = { CT_CHILD_SENDERS_INIT, .some = GATE_INIT };
        pthread_t threads[THREADS];
        int i;

        for (i = 0; i < THREADS; ++i) {
            assert_int_equal(pthread_create(&threads[i], NULL,
                                            put_until_the_end, &stage), 0);
        }
        assert_true(gate_reached(&stage.some, 1 + round));
        ct_child_senders_end(&stage.all);
        ct_sender_stop(stage.sender, SUPPORT_HOUR);
        for (i = 0; i < THREADS; ++i) {
            pthread_join(threads[i], NULL);
        }
        assert_int_equal(stage.starts, 1);
        assert_int_equal(stage.ends, stage.taken);
    }
}

static void the_next_message_starts_it_then(void **state)
{
    stage_t stage = { CT_CHILD_SENDERS_INIT, .fails = 1, .some = GATE_INIT };

    assert_int_equal(put(&stage), APR_ENOMEM);
    assert_int_equal(put(&stage), APR_SUCCESS);
    assert_int_equal(stage.starts, 2);
    assert_true(gate_reached(&stage.some, 1));
    ct_child_senders_end(&stage.all);
    ct_sender_stop(stage.sender, SUPPORT_HOUR);
    assert_int_equal(put(&stage), APR_EOF);
}

static void none_is_started_after_the_end(void **state)
{
    stage_t stage = { CT_CHILD_SENDERS_INIT, .some = GATE_INIT };

    ct_child_senders_end(&stage.all);
    assert_int_equal(put(&stage), APR_EOF);
    assert_int_equal(stage.starts, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whoever_is_late_finds_none),
        cmocka_unit_test(the_next_message_starts_it_then),
        cmocka_unit_test(none_is_started_after_the_end),
    };

    return run_group("child_senders", tests);
}
