/* SPDX-License-Identifier: Apache-2.0 */
/* places: never more than there are, over processes; those of a process that
 * was killed come back; who waits is woken, and no place is lost on the
 * way. */
#include "support.h"

#include <signal.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "places.h"
#include "platform.h"

#define KIND 3
/* Microseconds; no wait of a test is to end by it. */
#define LONG (SUPPORT_PATIENCE * APR_USEC_PER_SEC)

/* Zeroed, and shared with the children that are made later. */
static ct_place_table_t *table_make(void)
{
    ct_place_table_t *table = mmap(NULL, sizeof(*table),
                                   PROT_READ | PROT_WRITE,
                                   MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    assert_true(table != MAP_FAILED);
    return table;
}

static ct_places_t places_of(ct_place_table_t *table, apr_uint32_t owner,
                             apr_uint32_t count)
{
    ct_places_t places = { table, KIND, count, owner };

    if (atomic_load(&table->kinds[KIND].count) < count) {
        atomic_store(&table->kinds[KIND].count, count);
    }
    return places;
}

static int is_one_free(const ct_places_t *places)
{
    const ct_place_kind_t *kind = &places->table->kinds[places->kind];
    apr_uint32_t i;

    for (i = 0; i < places->count; ++i) {
        if (kind->owners[i] == 0) {
            return 1;
        }
    }
    return 0;
}

static void as_many_as_there_are(void **state)
{
    ct_place_table_t *table = table_make();
    ct_places_t one = places_of(table, 11, 2), other = places_of(table, 12, 2);

    assert_int_equal(ct_places_taken(&table->kinds[KIND]), 0);
    assert_true(ct_places_take(&one, 0));
    assert_true(is_one_free(&other));
    assert_true(ct_places_take(&other, 0));
    assert_false(is_one_free(&other));
    assert_false(ct_places_take(&one, 1));
    assert_int_equal(ct_places_taken(&table->kinds[KIND]), 2);
    ct_places_give_back(&other);
    assert_true(ct_places_take(&one, 0));
    ct_places_give_back(&one);
    ct_places_give_back(&one);
    assert_int_equal(ct_places_taken(&table->kinds[KIND]), 0);
    assert_int_equal(table->kinds[KIND].most, 2);
    assert_int_equal(munmap(table, sizeof(*table)), 0);
}

/* A restart has lowered the number: who came before has places beyond it. */
static void fewer_than_before(void **state)
{
    ct_place_table_t *table = table_make();
    ct_places_t old = places_of(table, 11, 3), now = places_of(table, 12, 1);

    assert_true(ct_places_take(&old, 0));
    assert_true(ct_places_take(&old, 0));
    assert_false(ct_places_take(&now, 0));
    ct_places_give_back(&old);
    ct_places_give_back(&old);
    assert_true(ct_places_take(&now, 0));
    assert_false(ct_places_take(&now, 0));
    assert_int_equal(munmap(table, sizeof(*table)), 0);
}

static int is_it(apr_uint32_t owner, void *gone)
{
    return owner == *(apr_uint32_t *)gone;
}

static void what_the_dead_had_comes_back(void **state)
{
    ct_place_table_t *table = table_make();
    ct_places_t one = places_of(table, 11, 4), other = places_of(table, 12, 4);
    apr_uint32_t gone = 12;
    int i;

    for (i = 0; i < 2; ++i) {
        assert_true(ct_places_take(&one, 0));
        assert_true(ct_places_take(&other, 0));
    }
    ct_places_sweep(table, is_it, &gone);
    for (i = 0; i < 2; ++i) {
        assert_true(ct_places_take(&one, 0));
    }
    assert_false(ct_places_take(&one, 0));
    assert_int_equal(munmap(table, sizeof(*table)), 0);
}

/* ---- waiting ---- */

typedef struct waiter_t {
    ct_places_t places;
    gate_t begins;
    gate_t woken;
    pthread_t thread;
} waiter_t;

static void *wait_once(void *data)
{
    waiter_t *waiter = data;
    ct_place_table_t *table = waiter->places.table;
    unsigned int changes = ct_places_changes(table);

    gate_open(&waiter->begins);
    ct_places_wait(table, changes, 1U << KIND, LONG);
    gate_open(&waiter->woken);
    return NULL;
}

static void waiter_start(waiter_t *waiter, ct_places_t places)
{
    const gate_t closed = GATE_INIT;

    waiter->places = places;
    waiter->begins = waiter->woken = closed;
    assert_int_equal(pthread_create(&waiter->thread, NULL, wait_once, waiter),
                     0);
    assert_true(gate_reached(&waiter->begins, 1));
}

/* Rounds in which the waiter was asleep by then: they show what is promised to
 * it. Others are played as well, until there were so many. Nothing is promised
 * where the system cannot tell whether anybody waits. */
#define ASLEEP 20
#define ROUNDS 1000000
#define PROMISES CT_HAS_FUTEX

/* Whether it sleeps already or not: it is not left asleep, and what is
 * promised is not for whoever comes by. */
static void a_place_given_back_wakes(void **state)
{
    ct_place_table_t *table = table_make();
    ct_places_t one = places_of(table, 11, 1), other = places_of(table, 12, 1);
    waiter_t waiter;
    int asleep = 0, rounds = 0;

    while (asleep < ASLEEP) {
        assert_in_range(++rounds, 1, ROUNDS);
        assert_true(ct_places_take(&one, 0));
        waiter_start(&waiter, other);
        sched_yield();
        ct_places_give_back(&one);
        assert_true(gate_reached(&waiter.woken, 1));
        pthread_join(waiter.thread, NULL);
        if (!PROMISES) {
            ++asleep;
        }
        else if (!is_one_free(&one)) {
            assert_false(ct_places_take(&one, 0));
            ++asleep;
        }
        assert_true(ct_places_take(&other, 1));
        ct_places_give_back(&other);
        assert_true(is_one_free(&one));
    }
    assert_int_equal(munmap(table, sizeof(*table)), 0);
}

/* A place of another kind is promised to nobody. */
static void each_waits_for_its_kind(void **state)
{
    ct_place_table_t *table = table_make();
    ct_places_t one = places_of(table, 11, 1), other = one;
    waiter_t waiter;
    int asleep = 0, rounds = 0;

    other.kind = KIND + 1;
    while (asleep < ASLEEP) {
        assert_in_range(++rounds, 1, ROUNDS);
        assert_true(ct_places_take(&one, 0));
        assert_true(ct_places_take(&other, 0));
        waiter_start(&waiter, one);
        sched_yield();
        ct_places_give_back(&other);
        assert_true(is_one_free(&other));
        ct_places_give_back(&one);
        assert_true(gate_reached(&waiter.woken, 1));
        pthread_join(waiter.thread, NULL);
        asleep += !PROMISES || !is_one_free(&one);
        ct_places_pass_on(&one);
    }
    assert_int_equal(munmap(table, sizeof(*table)), 0);
}

/* Who was woken and wants it no more lets the next one have it. */
static void what_is_not_wanted_is_passed_on(void **state)
{
    ct_place_table_t *table = table_make();
    ct_places_t one = places_of(table, 11, 1);

    assert_true(ct_places_take(&one, 0));
    atomic_store(&table->kinds[KIND].owners[0], 0xffffffffU);
    assert_false(is_one_free(&one));
    assert_false(ct_places_take(&one, 0));
    ct_places_pass_on(&one);
    assert_true(ct_places_take(&one, 0));
    ct_places_pass_on(&one);
    assert_false(is_one_free(&one));
    assert_int_equal(munmap(table, sizeof(*table)), 0);
}

/* ---- processes that are killed ---- */

#define CHILDREN 4
#define KILLED 100
#define PLACES 2

/* Never returns. What it has of `inside` the parent takes back; a place is
 * its own until then. */
static void take_and_give(ct_place_table_t *table, atomic_uint *inside,
                          atomic_uint *done)
{
    ct_places_t places = places_of(table, (apr_uint32_t)getpid(), PLACES);

    for (;;) {
        unsigned int changes = ct_places_changes(table);
        unsigned int i;

        if (!ct_places_take(&places, 0)) {
            ct_places_wait(table, changes, 1U << KIND, 1000);
            if (!ct_places_take(&places, 1)) {
                continue;
            }
        }
        for (i = 0; i < PLACES; ++i) {
            unsigned int nobody = 0;

            if (atomic_compare_exchange_strong(&inside[i], &nobody,
                                               (unsigned int)getpid())) {
                break;
            }
        }
        if (i == PLACES) {
            _exit(1);                /* one too many */
        }
        sched_yield();
        atomic_store(&inside[i], 0);
        atomic_fetch_add(done, 1);
        ct_places_give_back(&places);
    }
}

static pid_t child_make(ct_place_table_t *table, atomic_uint *inside,
                        atomic_uint *done)
{
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        take_and_give(table, inside, done);
    }
    return pid;
}

static void child_end(ct_place_table_t *table, atomic_uint *inside, pid_t pid)
{
    apr_uint32_t gone = (apr_uint32_t)pid;
    int status = 0, i;

    (void)kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status));
    for (i = 0; i < PLACES; ++i) {
        unsigned int owner = gone;

        (void)atomic_compare_exchange_strong(&inside[i], &owner, 0);
    }
    ct_places_sweep(table, is_it, &gone);
}

/* Each is killed somewhere, the others go on: none takes one too many, and at
 * the end all places are there. */
static void killed_again_and_again(void **state)
{
    ct_place_table_t *table = table_make();
    atomic_uint *inside = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
                               MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    atomic_uint *done = inside + PLACES;
    pid_t children[CHILDREN];
    int i;

    assert_true(inside != MAP_FAILED);
    for (i = 0; i < CHILDREN; ++i) {
        children[i] = child_make(table, inside, done);
    }
    for (i = 0; i < KILLED; ++i) {
        unsigned int before = atomic_load(done);
        pid_t *child = &children[i % CHILDREN];

        while (atomic_load(done) < before + 3) {
            int j;

            for (j = 0; j < CHILDREN; ++j) {
                assert_int_equal(waitpid(children[j], NULL, WNOHANG), 0);
            }
            sched_yield();
        }
        child_end(table, inside, *child);
        *child = child_make(table, inside, done);
    }
    for (i = 0; i < CHILDREN; ++i) {
        child_end(table, inside, children[i]);
    }
    assert_int_equal(ct_places_taken(&table->kinds[KIND]), 0);
    assert_int_equal(munmap(inside, 4096), 0);
    assert_int_equal(munmap(table, sizeof(*table)), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_pool(as_many_as_there_are),
        with_pool(fewer_than_before),
        with_pool(what_the_dead_had_comes_back),
        with_pool(a_place_given_back_wakes),
        with_pool(each_waits_for_its_kind),
        with_pool(what_is_not_wanted_is_passed_on),
        with_pool(killed_again_and_again),
    };

    return run_group("places", tests);
}
