/* SPDX-License-Identifier: Apache-2.0 */
/* dispatcher: it is made in full or not at all, ends what nobody wants, and
 * has memory for any thread. Its places are test_dispatcher_places.c's, its
 * order is test_queue.c's. */
#include "support.h"

#include <stdlib.h>

#include "support_calls.h"

static void making_fails_without_memory(void **state)
{
    ct_dispatcher_settings_t settings = settings_of(journal_make(*state), 1,
                                                    1);
    ct_dispatcher_t *d = (ct_dispatcher_t *)&settings;

    pools_refuse(1);
    assert_int_equal(ct_dispatcher_make(&d, &settings), APR_ENOMEM);
    assert_null(d);
}

typedef struct making_t {
    ct_dispatcher_settings_t settings;
    ct_dispatcher_t *d;
    apr_status_t rv;
} making_t;

static void *make_it(void *data)
{
    making_t *making = data;

    making->rv = ct_dispatcher_make(&making->d, &making->settings);
    return NULL;
}

/* One watches for places, the other for what is said: the first one is gone
 * before its memory is. */
static void making_fails_without_the_second_thread(void **state)
{
    ct_switches_t switches = { 0 };
    ct_name_limit_t limit = { .name = "x", .number = 1, .at_once = 1,
                              .places = { .count = 1, .owner = 1 } };
    making_t making = { settings_of(journal_make(*state), 1, 1), NULL, 0 };
    gate_t first = GATE_INIT, second = GATE_INIT, go = GATE_INIT;
    pthread_t maker;

    limit.places.table = calloc(1, sizeof(*limit.places.table));
    making.settings.name_limits.all = &limit;
    making.settings.name_limits.count = 1;
    making.settings.switches = &switches;
    threads_hold_next(&first, &go, 0);
    maker = own_thread(make_it, &making);
    assert_true(gate_reached(&first, 1));
    threads_hold_next(&second, &go, 1);
    gate_open(&go);
    pthread_join(maker, NULL);
    assert_true(gate_reached(&second, 1));
    assert_int_equal(making.rv, EAGAIN);
    assert_null(making.d);
    free(limit.places.table);
}

static void an_unwanted_batch_is_ended(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = bounded_dispatcher(journal, 100);
    deed_t deeds[3];

    memset(deeds, 0, sizeof(deeds));
    ct_dispatcher_end_batch(d, batch_of(*state, journal, deeds, "php"),
                            CROSSTOWN_REJECTED, scratch_of(*state));
    assert_ended(journal, "a", CROSSTOWN_REJECTED);
    assert_ended(journal, "b", CROSSTOWN_REJECTED);
    assert_ended(journal, "c", CROSSTOWN_REJECTED);
    assert_int_equal(journal_count(journal, NOTED_START, NULL), 0);
    finish(d);
}

static void its_pool_is_good_for_any_thread(void **state)
{
    ct_dispatcher_t *d = bounded_dispatcher(journal_make(*state), 1);
    apr_pool_t *pool = ct_dispatcher_pool(d);
    apr_allocator_t *allocator = apr_pool_allocator_get(pool);
    apr_pool_t *below;

    assert_non_null(apr_allocator_mutex_get(allocator));
    assert_ptr_equal(apr_allocator_owner_get(allocator), pool);
    assert_null(apr_pool_parent_get(pool));
    assert_int_equal(apr_pool_create(&below, pool), APR_SUCCESS);
    apr_pool_destroy(below);
    finish(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_pool(making_fails_without_the_second_thread),
        with_pool(making_fails_without_memory),
        with_pool(an_unwanted_batch_is_ended),
        with_pool(its_pool_is_good_for_any_thread),
    };

    return run_group("dispatcher", tests);
}
