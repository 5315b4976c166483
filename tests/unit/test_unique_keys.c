/* SPDX-License-Identifier: Apache-2.0 */
/* unique_keys: one holder of a key, whoever asks; and what is left of a
 * process that ends while it holds keys, or the lock. */
#include "support.h"

#include "unique_keys.h"

#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROOM    64
#define KEYS    8                    /* that all want */
#define ROUNDS  3000
#define THREADS 3
#define CHILDREN 3

/** What the processes of a test share. */
typedef struct {
    ct_unique_keys_t *keys;
    atomic_int holders[KEYS];
    atomic_int held_twice;
    atomic_int taken;
} shared_t;

static shared_t *shared;

static void *share_memory(size_t size)
{
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    assert_true(memory != MAP_FAILED);
    return memory;
}

static int set_up(void **state)
{
    (void)state;
    shared = share_memory(sizeof(*shared));
    assert_int_equal(ct_unique_keys_make(
                         &shared->keys,
                         share_memory(ct_unique_keys_size(ROOM)), ROOM), 0);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    munmap(shared->keys, ct_unique_keys_size(ROOM));
    return munmap(shared, sizeof(*shared));
}

/* Keys of one chain differ, too: the chain is told by the first bytes. */
static const unsigned char *key(unsigned int number)
{
    static unsigned char keys[8][CT_UNIQUE_KEY];
    static unsigned int next;
    unsigned char *made = keys[next++ % 8];

    memset(made, 0, CT_UNIQUE_KEY);
    memcpy(made + 8, &number, sizeof(number));
    made[0] = (unsigned char)(number % 2);
    return made;
}

static int has(unsigned int number)
{
    return ct_unique_keys_look(shared->keys, key(number)) == APR_EEXIST;
}

static unsigned int held(void)
{
    ct_unique_counts_t counts;

    ct_unique_keys_count(shared->keys, &counts);
    return counts.held;
}

static void one_holder_of_a_key(void **state)
{
    (void)state;
    assert_int_equal(ct_unique_keys_look(shared->keys, key(1)), 0);
    assert_int_equal(ct_unique_keys_take(shared->keys, key(1), 10), 0);
    assert_true(has(1));
    assert_false(has(3));
    assert_int_equal(ct_unique_keys_take(shared->keys, key(1), 10),
                     APR_EEXIST);
    assert_int_equal(ct_unique_keys_take(shared->keys, key(1), 11),
                     APR_EEXIST);
    assert_int_equal(ct_unique_keys_take(shared->keys, key(3), 11), 0);
    /* Only its holder gives it back. */
    ct_unique_keys_give(shared->keys, key(1), 11);
    assert_true(has(1));
    ct_unique_keys_give(shared->keys, key(1), 10);
    ct_unique_keys_give(shared->keys, key(1), 10);
    assert_false(has(1));
    assert_true(has(3));
    assert_int_equal(held(), 1);
}

static void as_many_as_there_is_room_for(void **state)
{
    ct_unique_counts_t counts;
    unsigned int round, i;

    (void)state;
    for (round = 0; round < 3; ++round) {
        for (i = 0; i < ROOM; ++i) {
            assert_int_equal(ct_unique_keys_take(shared->keys, key(i), 10), 0);
        }
        assert_int_equal(ct_unique_keys_take(shared->keys, key(ROOM), 10),
                         APR_ENOSPC);
        assert_int_equal(ct_unique_keys_look(shared->keys, key(ROOM)),
                         APR_ENOSPC);
        assert_int_equal(ct_unique_keys_take(shared->keys, key(1), 10),
                         APR_EEXIST);
        for (i = 0; i < ROOM; ++i) {
            ct_unique_keys_give(shared->keys, key((i * 7) % ROOM), 10);
        }
        assert_int_equal(held(), 0);
    }
    ct_unique_keys_count(shared->keys, &counts);
    assert_int_equal(counts.most, ROOM);
    assert_int_equal(counts.room, ROOM);
}

static int is_it(pid_t pid, void *context)
{
    return pid == *(const pid_t *)context;
}

static void what_a_dead_process_held_is_given_back(void **state)
{
    pid_t gone = 10;
    unsigned int i;

    (void)state;
    for (i = 0; i < 20; ++i) {
        assert_int_equal(ct_unique_keys_take(shared->keys, key(i),
                                             i % 4 ? 10 : 11), 0);
    }
    assert_int_equal(ct_unique_keys_sweep(shared->keys, is_it, &gone), 15);
    for (i = 0; i < 20; ++i) {
        assert_int_equal(has(i), i % 4 == 0);
    }
    assert_int_equal(ct_unique_keys_sweep(shared->keys, is_it, &gone), 0);
    assert_int_equal(held(), 5);
}

/* A sweep asks while it has the lock. */
static int die(pid_t pid, void *context)
{
    (void)pid;
    (void)context;
    _exit(0);
}

static void a_process_that_dies_with_the_lock_leaves_it(void **state)
{
    pid_t child;
    int status;

    (void)state;
    assert_int_equal(ct_unique_keys_take(shared->keys, key(1), getpid()), 0);
    assert_int_equal(ct_unique_keys_take(shared->keys, key(3), getpid()), 0);
    ct_unique_keys_give(shared->keys, key(1), getpid());
    child = fork();
    if (child == 0) {
        ct_unique_keys_take(shared->keys, key(2), getpid());
        ct_unique_keys_sweep(shared->keys, die, NULL);
        _exit(1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    /* All is as it was, and the lock can be had. */
    assert_true(has(2));
    assert_true(has(3));
    assert_false(has(1));
    assert_int_equal(held(), 2);
    assert_int_equal(ct_unique_keys_sweep(shared->keys, is_it, &child), 1);
    assert_int_equal(ct_unique_keys_take(shared->keys, key(2), 12), 0);
    assert_int_equal(ct_unique_keys_take(shared->keys, key(1), 12), 0);
    assert_int_equal(held(), 3);
}

/* As the handler of a signal does which interrupts a thread in here. */
static int ask_again(pid_t pid, void *context)
{
    (void)pid;
    (void)context;
    assert_false(has(1));
    ct_unique_keys_give(shared->keys, key(1), 10);
    assert_int_equal(ct_unique_keys_take(shared->keys, key(2), 10),
                     APR_ENOSPC);
    return 0;
}

static void nobody_waits_for_himself(void **state)
{
    (void)state;
    assert_int_equal(ct_unique_keys_take(shared->keys, key(1), 10), 0);
    assert_int_equal(ct_unique_keys_sweep(shared->keys, ask_again, NULL), 0);
    assert_true(has(1));
    assert_int_equal(held(), 1);
}

static void *want_keys(void *unused)
{
    unsigned char wanted[CT_UNIQUE_KEY] = { 0 };
    unsigned int i;

    for (i = 0; i < ROUNDS; ++i) {
        unsigned int number = (i * 5 + i / KEYS) % KEYS;

        wanted[0] = (unsigned char)(number % 2);
        wanted[9] = (unsigned char)number;
        if (ct_unique_keys_take(shared->keys, wanted, getpid()) == 0) {
            if (atomic_fetch_add(&shared->holders[number], 1)) {
                atomic_store(&shared->held_twice, 1);
            }
            atomic_fetch_add(&shared->taken, 1);
            atomic_fetch_sub(&shared->holders[number], 1);
            ct_unique_keys_give(shared->keys, wanted, getpid());
        }
    }
    return unused;
}

static int want_keys_on_threads(void)
{
    pthread_t threads[THREADS];
    int i;

    for (i = 0; i < THREADS; ++i) {
        if (pthread_create(&threads[i], NULL, want_keys, NULL)) {
            return 1;
        }
    }
    for (i = 0; i < THREADS; ++i) {
        pthread_join(threads[i], NULL);
    }
    return 0;
}

static void threads_of_processes_never_hold_one_key_at_once(void **state)
{
    pid_t children[CHILDREN];
    int status;
    int i;

    (void)state;
    for (i = 0; i < CHILDREN; ++i) {
        children[i] = fork();
        if (children[i] == 0) {
            _exit(want_keys_on_threads());
        }
        assert_true(children[i] > 0);
    }
    for (i = 0; i < CHILDREN; ++i) {
        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_int_equal(status, 0);
    }
    assert_false(atomic_load(&shared->held_twice));
    assert_true(atomic_load(&shared->taken) > 0);
    assert_int_equal(held(), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(one_holder_of_a_key),
        TEST(as_many_as_there_is_room_for),
        TEST(what_a_dead_process_held_is_given_back),
        TEST(a_process_that_dies_with_the_lock_leaves_it),
        TEST(nobody_waits_for_himself),
        TEST(threads_of_processes_never_hold_one_key_at_once),
    };

    return cmocka_run_group_tests_name("unique_keys", tests, NULL, NULL);
}
