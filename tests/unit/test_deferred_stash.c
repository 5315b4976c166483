/* SPDX-License-Identifier: Apache-2.0 */
/* deferred: put away under an id, and taken once. */
#include "support_deferred.h"

#include <ctype.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "deferred.h"

static apr_status_t take(const char *id)
{
    crosstown_deferred_t *d = NULL;
    apr_status_t rv = deferreds->retrieve(id, &d);

    if (rv == APR_SUCCESS) {
        deferreds->release(d);
    }
    return rv;
}

static void it_is_taken_once(void **state)
{
    char id[CROSSTOWN_STASH_ID_SIZE];
    crosstown_deferred_t *d = fresh(), *taken = NULL;

    assert_int_equal(deferreds->stash(d, id), APR_SUCCESS);
    assert_int_equal(deferreds->retrieve(id, &taken), APR_SUCCESS);
    assert_ptr_equal(taken, d);
    assert_int_equal(take(id), APR_NOTFOUND);
    deferreds->release(d);
    fire(taken, "x");
    assert_result(taken, "x");
    deferreds->release(taken);
}

static void the_stash_has_a_reference_of_its_own(void **state)
{
    char id[CROSSTOWN_STASH_ID_SIZE];
    gate_t gone = GATE_INIT;
    crosstown_deferred_t *d = fired("kept");

    watch_memory(d, &gone);
    assert_int_equal(deferreds->stash(d, id), APR_SUCCESS);
    deferreds->release(d);
    assert_int_equal(gone.opened, 0);
    assert_int_equal(deferreds->retrieve(id, &d), APR_SUCCESS);
    assert_result(d, "kept");
    assert_int_equal(gone.opened, 0);
    deferreds->release(d);
    assert_int_equal(gone.opened, 1);
}

static void ids_are_hex_and_differ(void **state)
{
    crosstown_deferred_t *d = fired("x");
    char ids[20][CROSSTOWN_STASH_ID_SIZE];
    int i, j, k;

    for (i = 0; i < 20; ++i) {
        memset(ids[i], 'z', sizeof(ids[i]));
        assert_int_equal(deferreds->stash(d, ids[i]), APR_SUCCESS);
        assert_int_equal(ids[i][CROSSTOWN_STASH_ID_SIZE - 1], 0);
        for (k = 0; k < CROSSTOWN_STASH_ID_SIZE - 1; ++k) {
            assert_true(isxdigit((unsigned char)ids[i][k]));
            assert_false(isupper((unsigned char)ids[i][k]));
        }
        for (j = 0; j < i; ++j) {
            assert_string_not_equal(ids[i], ids[j]);
            /* Not a number that is counted up either. */
            assert_int_not_equal(memcmp(ids[i], ids[j], 16), 0);
            assert_int_not_equal(memcmp(ids[i] + 16, ids[j] + 16, 16), 0);
        }
    }
    for (i = 19; i >= 0; --i) {
        assert_int_equal(take(ids[i]), APR_SUCCESS);
    }
    deferreds->release(d);
}

static void what_is_no_id_is_not_found(void **state)
{
    char id[CROSSTOWN_STASH_ID_SIZE], odd[CROSSTOWN_STASH_ID_SIZE + 8];
    crosstown_deferred_t *d = fired("x");

    assert_int_equal(deferreds->stash(d, id), APR_SUCCESS);
    assert_int_not_equal(take(NULL), APR_SUCCESS);
    assert_int_equal(take(""), APR_NOTFOUND);
    assert_int_equal(take("0"), APR_NOTFOUND);
    assert_int_equal(take("00000000000000000000000000000000"), APR_NOTFOUND);
    assert_int_equal(take("%s%s%s%s%s%s%s%s%s%s%s%s%s%s%s%s"), APR_NOTFOUND);

    apr_cpystrn(odd, id, 32);
    assert_int_equal(take(odd), APR_NOTFOUND);
    apr_snprintf(odd, sizeof(odd), "%s0", id);
    assert_int_equal(take(odd), APR_NOTFOUND);
    apr_snprintf(odd, sizeof(odd), " %s", id);
    assert_int_equal(take(odd), APR_NOTFOUND);
    memcpy(odd, id, sizeof(id));
    odd[31] = odd[31] == '0' ? '1' : '0';
    assert_int_equal(take(odd), APR_NOTFOUND);
    odd[31] = id[31];
    odd[0] = odd[0] == '0' ? '1' : '0';
    assert_int_equal(take(odd), APR_NOTFOUND);
    assert_int_equal(take(id), APR_SUCCESS);
    deferreds->release(d);
}

static void so_many_and_no_more(void **state)
{
    char (*ids)[CROSSTOWN_STASH_ID_SIZE] =
        apr_pcalloc(*state, CT_STASH_MAX * sizeof(*ids));
    char more[CROSSTOWN_STASH_ID_SIZE];
    gate_t gone = GATE_INIT;
    crosstown_deferred_t *d = fired("x");
    int i;

    assert_int_equal(CT_STASH_MAX, 1024);
    watch_memory(d, &gone);
    for (i = 0; i < CT_STASH_MAX; ++i) {
        assert_int_equal(deferreds->stash(d, ids[i]), APR_SUCCESS);
    }
    assert_int_equal(deferreds->stash(d, more), APR_ENOSPC);
    assert_int_equal(take(ids[700]), APR_SUCCESS);
    assert_int_equal(deferreds->stash(d, more), APR_SUCCESS);
    assert_int_equal(deferreds->stash(d, ids[700]), APR_ENOSPC);
    for (i = 0; i < CT_STASH_MAX; ++i) {
        assert_int_equal(take(ids[i]), i == 700 ? APR_NOTFOUND : APR_SUCCESS);
    }
    deferreds->release(d);
    assert_int_equal(gone.opened, 0);
    assert_int_equal(take(more), APR_SUCCESS);
    assert_int_equal(gone.opened, 1);
}

static void the_old_are_forgotten(void **state)
{
    char id[CROSSTOWN_STASH_ID_SIZE];
    gate_t gone = GATE_INIT;
    crosstown_deferred_t *d = fired("x");
    apr_time_t before = ct_clock_now();

    assert_true(CT_STASH_AGE == apr_time_from_sec(600));
    watch_memory(d, &gone);
    assert_int_equal(deferreds->stash(d, id), APR_SUCCESS);
    deferreds->release(d);
    ct_stash_expire(before + CT_STASH_AGE - 1);
    assert_int_equal(gone.opened, 0);
    ct_stash_expire(ct_clock_now() + CT_STASH_AGE);
    assert_int_equal(gone.opened, 1);
    assert_int_equal(take(id), APR_NOTFOUND);
}

static __thread apr_interval_time_t back;

/* So long ago, for the calling thread when it asks the clock. Not for the
 * clock's own, which may look twice, before and after it is put back. */
static void clock_put_back(apr_interval_time_t by)
{
    back = by;
}

__attribute__((visibility("default"))) int clock_gettime(clockid_t clock,
                                                         struct timespec *now)
{
    int rv = (int)syscall(SYS_clock_gettime, clock, now);
    apr_time_t time = apr_time_from_sec((apr_time_t)now->tv_sec)
                      + now->tv_nsec / 1000;

    if (clock == CLOCK_MONOTONIC) {
        time -= back;
        now->tv_sec = apr_time_sec(time);
        now->tv_nsec = apr_time_usec(time) * 1000 + now->tv_nsec % 1000;
    }
    return rv;
}

/* Put away when there were that many microseconds left of its time. */
static void stash_with(apr_interval_time_t left, gate_t *gone)
{
    crosstown_deferred_t *d = fired("x");
    char id[CROSSTOWN_STASH_ID_SIZE];

    watch_memory(d, gone);
    clock_put_back(CT_STASH_AGE - left);
    assert_int_equal(deferreds->stash(d, id), APR_SUCCESS);
    clock_put_back(0);
    deferreds->release(d);
}

/* One alarm for all: it is set for the oldest, then for the next, and anew
 * when there was none left. */
static void the_old_go_by_themselves(void **state)
{
    /* Opened by another thread, also behind a test that has failed. */
    static gate_t gone[4] = { GATE_INIT, GATE_INIT, GATE_INIT, GATE_INIT };

    stash_with(2000, &gone[0]);
    stash_with(40000, &gone[1]);
    stash_with(20000, &gone[2]);
    assert_true(gate_reached(&gone[0], 1));
    assert_true(gate_reached(&gone[2], 1));
    assert_true(gate_reached(&gone[1], 1));
    stash_with(2000, &gone[3]);
    assert_true(gate_reached(&gone[3], 1));
}

/* Those who were put away while others expire keep their places. */
static void room_is_made_by_age(void **state)
{
    char id[CROSSTOWN_STASH_ID_SIZE];
    crosstown_deferred_t *d = fired("x");
    int i;

    for (i = 0; i < CT_STASH_MAX; ++i) {
        assert_int_equal(deferreds->stash(d, id), APR_SUCCESS);
    }
    assert_int_equal(deferreds->stash(d, id), APR_ENOSPC);
    ct_stash_expire(ct_clock_now() + CT_STASH_AGE);
    for (i = 0; i < CT_STASH_MAX; ++i) {
        assert_int_equal(deferreds->stash(d, id), APR_SUCCESS);
    }
    assert_int_equal(deferreds->stash(d, id), APR_ENOSPC);
    deferreds->release(d);
}

static void a_stop_releases_what_is_stashed(void **state)
{
    char id[CROSSTOWN_STASH_ID_SIZE];
    gate_t gone = GATE_INIT;
    crosstown_deferred_t *d = broken("nobody came for it");

    watch_memory(d, &gone);
    assert_int_equal(deferreds->stash(d, id), APR_SUCCESS);
    deferreds->release(d);
    child_stop();
    assert_int_equal(gone.opened, 1);
    assert_unseen(1);
    child_start();
    assert_int_equal(take(id), APR_NOTFOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_deferreds(it_is_taken_once),
        with_deferreds(the_stash_has_a_reference_of_its_own),
        with_deferreds(ids_are_hex_and_differ),
        with_deferreds(what_is_no_id_is_not_found),
        with_deferreds(so_many_and_no_more),
        with_deferreds(the_old_are_forgotten),
        with_deferreds(the_old_go_by_themselves),
        with_deferreds(room_is_made_by_age),
        with_deferreds(a_stop_releases_what_is_stashed),
    };

    return run_group("deferred: stash", tests);
}
