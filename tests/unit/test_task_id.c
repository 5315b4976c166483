/* SPDX-License-Identifier: Apache-2.0 */
/* Ids of tasks: no two are the same and none says anything of another, over
 * threads and processes, and without random bytes of the system, too. These
 * are the test's own. */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "task_id.h"

#define THREADS 4
#define EACH 1000

static int drawn;                        /* atomic: how often */
static int fails;                        /* the system has none */

apr_status_t apr_generate_random_bytes(unsigned char *buffer, apr_size_t size)
{
    FILE *random = fails ? NULL : fopen("/dev/urandom", "rb");
    int is_read = random && fread(buffer, 1, size, random) == size;

    if (random) {
        fclose(random);
    }
    __atomic_add_fetch(&drawn, 1, __ATOMIC_SEQ_CST);
    return is_read ? APR_SUCCESS : APR_ENOTIMPL;
}

static int by_text(const void *a, const void *b)
{
    return memcmp(a, b, CT_TASK_ID_SIZE);
}

static void assert_all_differ(char (*ids)[CT_TASK_ID_SIZE], size_t count)
{
    size_t i;

    qsort(ids, count, sizeof(*ids), by_text);
    for (i = 1; i < count; ++i) {
        assert_string_not_equal(ids[i - 1], ids[i]);
    }
}

static void *make_ids(void *data)
{
    char (*ids)[CT_TASK_ID_SIZE] = data;
    int i;

    for (i = 0; i < EACH; ++i) {
        ct_task_id_write(ct_task_id_next(), ids[i]);
    }
    return NULL;
}

static void make_on_threads(char (*ids)[CT_TASK_ID_SIZE])
{
    pthread_t threads[THREADS];
    size_t i;

    for (i = 0; i < THREADS; ++i) {
        assert_int_equal(pthread_create(&threads[i], NULL, make_ids,
                                        ids + i * EACH), 0);
    }
    for (i = 0; i < THREADS; ++i) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
}

static void an_id_is_32_digits(void **state)
{
    char first[CT_TASK_ID_SIZE];
    char again[CT_TASK_ID_SIZE];

    (void)state;
    ct_task_id_start();
    ct_task_id_write(UINT64_C(0x0123456789abcdef), first);
    assert_int_equal(strspn(first, "0123456789abcdef"), 32);
    assert_int_equal(strlen(first), 32);
    ct_task_id_write(UINT64_C(0x0123456789abcdef), again);
    assert_string_equal(first, again);
    ct_task_id_write(UINT64_C(0x0123456789abcdee), again);
    assert_memory_equal(first, again, 16);
    assert_string_not_equal(first, again);
}

static void another_process_has_other_ids(void **state)
{
    char first[CT_TASK_ID_SIZE];
    char second[CT_TASK_ID_SIZE];

    (void)state;
    ct_task_id_start();
    ct_task_id_write(1, first);
    ct_task_id_start();
    ct_task_id_write(1, second);
    assert_memory_not_equal(first, second, 16);
}

/* From one to the next each bit changes now and then. */
static void one_says_nothing_of_the_next(void **state)
{
    apr_uint64_t same = ~UINT64_C(0);
    apr_uint64_t before, number;
    int i;

    (void)state;
    ct_task_id_start();
    before = ct_task_id_next();
    for (i = 0; i < EACH; ++i) {
        number = ct_task_id_next();
        same &= ~(number ^ before);
        before = number;
    }
    assert_true(same == 0);
}

static void no_two_threads_have_the_same(void **state)
{
    static char ids[THREADS * EACH][CT_TASK_ID_SIZE];

    (void)state;
    ct_task_id_start();
    make_on_threads(ids);
    assert_all_differ(ids, THREADS * EACH);
}

static void no_number_costs_a_call_of_the_system(void **state)
{
    int i;

    (void)state;
    ct_task_id_start();
    drawn = 0;
    for (i = 0; i < EACH; ++i) {
        (void)ct_task_id_next();
    }
    assert_int_equal(drawn, 0);
}

/* What the parent has drawn already is not the child's. */
static void a_fork_draws_anew(void **state)
{
    apr_uint64_t numbers[2] = { 0, 0 };
    int ends[2];
    pid_t child;

    (void)state;
    ct_task_id_start();
    (void)ct_task_id_next();
    assert_int_equal(pipe(ends), 0);
    child = fork();
    if (child == 0) {
        ct_task_id_start();
        numbers[0] = ct_task_id_next();
        _exit(write(ends[1], numbers, sizeof(*numbers)) < 0);
    }
    assert_int_equal(read(ends[0], numbers, sizeof(*numbers)),
                     sizeof(*numbers));
    assert_int_equal(waitpid(child, NULL, 0), child);
    numbers[1] = ct_task_id_next();
    assert_true(numbers[0] != numbers[1]);
    close(ends[0]);
    close(ends[1]);
}

static void without_random_bytes_no_two_are_the_same_either(void **state)
{
    static char ids[THREADS * EACH][CT_TASK_ID_SIZE];

    (void)state;
    fails = 1;
    ct_task_id_start();
    make_on_threads(ids);
    fails = 0;
    assert_all_differ(ids, THREADS * EACH);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_id_is_32_digits),
        cmocka_unit_test(another_process_has_other_ids),
        cmocka_unit_test(one_says_nothing_of_the_next),
        cmocka_unit_test(no_two_threads_have_the_same),
        cmocka_unit_test(no_number_costs_a_call_of_the_system),
        cmocka_unit_test(a_fork_draws_anew),
        cmocka_unit_test(without_random_bytes_no_two_are_the_same_either),
    };

    return run_group("task_id", tests);
}
