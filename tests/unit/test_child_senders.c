/* SPDX-License-Identifier: Apache-2.0 */
/* child_senders: threads put messages while the senders are started, and while
 * they are ended and given back. */
#include "support_engine.h"

#include "child_senders.h"

#include <stdatomic.h>

#define THREADS 4
#define ROUNDS 50
#define MOST 100000

typedef struct child_t {
    stage_t stage;
    ct_child_senders_t all;
    ct_sender_t *sender;             /* all's lock */
    int starts;                      /* the same */
    int fails;                       /* so many starts are in vain */
    atomic_int taken;                /* messages */
} child_t;

#define CHILD_INIT .stage = STAGE_INIT, .all = CT_CHILD_SENDERS_INIT

static void send_all(void *connection, ct_message_t *first, char *words)
{
    for (; first; first = first->next) {
        first->sent = CT_SENT_STORED;
    }
}

static const ct_engine_t engine = {
    stage_open, stage_is_open, send_all, stage_close, NULL
};

static ct_sender_t *start(void *what)
{
    child_t *child = what;

    ++child->starts;
    if (child->fails > 0) {
        --child->fails;
        return NULL;
    }
    return stage_start(&child->stage, &engine, MOST, MOST);
}

static apr_status_t put(child_t *child)
{
    ct_message_t *message = ct_message_make(1);
    apr_status_t rv;

    assert_non_null(message);
    rv = ct_child_senders_put(&child->all, &child->sender, start, child,
                              message, MOST);
    if (rv == APR_SUCCESS) {
        atomic_fetch_add(&child->taken, 1);
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
        child_t child = { CHILD_INIT };
        pthread_t threads[THREADS];
        int i;

        for (i = 0; i < THREADS; ++i) {
            assert_int_equal(pthread_create(&threads[i], NULL,
                                            put_until_the_end, &child), 0);
        }
        assert_true(gate_reached(&child.stage.done, 1 + round));
        ct_child_senders_end(&child.all);
        ct_sender_stop(child.sender, SUPPORT_HOUR);
        for (i = 0; i < THREADS; ++i) {
            pthread_join(threads[i], NULL);
        }
        assert_int_equal(child.starts, 1);
        assert_int_equal(child.stage.ends[CT_SENT_STORED]
                         + child.stage.ends[CT_SENT_LEFT], child.taken);
    }
}

static void the_next_message_starts_it_then(void **state)
{
    child_t child = { CHILD_INIT, .fails = 1 };

    assert_int_equal(put(&child), APR_ENOMEM);
    assert_int_equal(put(&child), APR_SUCCESS);
    assert_int_equal(child.starts, 2);
    assert_true(gate_reached(&child.stage.done, 1));
    ct_child_senders_end(&child.all);
    ct_sender_stop(child.sender, SUPPORT_HOUR);
    assert_int_equal(put(&child), APR_EOF);
}

static void none_is_started_after_the_end(void **state)
{
    child_t child = { CHILD_INIT };

    ct_child_senders_end(&child.all);
    assert_int_equal(put(&child), APR_EOF);
    assert_int_equal(child.starts, 0);
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
