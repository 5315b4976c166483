/* SPDX-License-Identifier: Apache-2.0 */
/* What several threads put while somebody else writes goes into few
 * transactions, and each is told after its own. */
#include "support_store.h"

#include "inside.h"

#include <stdlib.h>

#define TASKS "SELECT count(*) FROM task"

#define THREADS 16
#define EACH    25

static void *put_many(void *data)
{
    keeper_t *keeper = data;
    int i;

    for (i = 0; i < EACH; ++i) {
        apr_status_t rv = keeper_try(keeper, "x");

        if (rv != APR_SUCCESS) {
            fprintf(stderr, "put: %d\n", rv);
            abort();
        }
    }
    return NULL;
}

/* More than one transaction takes. */
#define HEAP 100

static void *put_a_heap(void *data)
{
    keeper_t *keeper = data;
    ct_kept_t heap[HEAP];
    apr_status_t rv;
    int i;

    for (i = 0; i < HEAP; ++i) {
        heap[i] = task_of("x");
    }
    rv = ct_store_put(keeper->store, heap, HEAP, KEEPER_PATIENCE);
    if (rv != APR_SUCCESS) {
        fprintf(stderr, "put: %d\n", rv);
        abort();
    }
    return NULL;
}

static void await_puts(keeper_t *keeper, int count)
{
    const ct_put_t *put;
    int i;

    do {
        apr_sleep(1000);
        pthread_mutex_lock(&keeper->store->lock);
        for (i = 0, put = keeper->store->puts; put; put = put->next) {
            ++i;
        }
        pthread_mutex_unlock(&keeper->store->lock);
    } while (i < count);
}

/* While somebody else writes they all come together. */
static void put_together(keeper_t *keeper, void *(*function)(void *))
{
    pthread_t threads[THREADS];
    sqlite3 *shell;
    int i;

    keeper_open(keeper);
    keeper_put(keeper, "first");
    shell = keeper_lock(keeper);
    for (i = 0; i < THREADS; ++i) {
        assert_int_equal(pthread_create(&threads[i], NULL, function, keeper),
                         0);
    }
    await_puts(keeper, THREADS);
    keeper_unlock(shell);
    for (i = 0; i < THREADS; ++i) {
        pthread_join(threads[i], NULL);
    }
}

static void test_company_shares_a_transaction(void **state)
{
    keeper_t *keeper = *state;
    ct_store_counts_t counts;

    put_together(keeper, put_many);
    ct_store_counts(keeper->store, &counts);
    assert_int_equal(counts.put, THREADS * EACH + 1);
    assert_true(counts.batches <= THREADS * EACH + 1 - (THREADS - 1));
    assert_int_equal(keeper_number(keeper, TASKS), THREADS * EACH + 1);
}

/* Whoever comes too late for one transaction is told after the next. */
static void test_too_much_company_takes_two(void **state)
{
    keeper_t *keeper = *state;
    ct_store_counts_t counts;

    put_together(keeper, put_a_heap);
    ct_store_counts(keeper->store, &counts);
    assert_int_equal(counts.put, THREADS * HEAP + 1);
    assert_int_equal(counts.batches, 3);
    assert_int_equal(keeper_number(keeper, TASKS), THREADS * HEAP + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_keeper(test_company_shares_a_transaction),
        with_keeper(test_too_much_company_takes_two),
    };

    return run_group("store: company", tests);
}
