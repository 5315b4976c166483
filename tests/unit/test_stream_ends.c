/* SPDX-License-Identifier: Apache-2.0 */
/* stream_ends: which of the latest streams were answered, whatever numbers the
 * client leaves out and in whatever order they are answered. */
#include "support.h"

#include <stdlib.h>

#include "stream_ends.h"
#include "support_chaos.h"

#define KEPT CT_STREAM_ENDS_KEPT

/* The client's stream with this place. */
static apr_uint32_t stream_at(apr_uint32_t place)
{
    return 2 * place + 1;
}

static int ask(ct_stream_ends_t *ends, apr_uint32_t place)
{
    return ct_stream_ends_ask(ends, stream_at(place));
}

static void note(ct_stream_ends_t *ends, apr_uint32_t place)
{
    ct_stream_ends_note(ends, stream_at(place));
}

static void who_was_noted_was_answered(void **state)
{
    static ct_stream_ends_t ends;

    (void)state;
    assert_int_equal(ct_stream_ends_ask(&ends, 1), 0);
    assert_int_equal(ct_stream_ends_ask(&ends, 0x7fffffff), 0);
    ct_stream_ends_note(&ends, 7);
    ct_stream_ends_note(&ends, 3);
    assert_int_equal(ct_stream_ends_ask(&ends, 1), 0);
    assert_int_equal(ct_stream_ends_ask(&ends, 3), 1);
    assert_int_equal(ct_stream_ends_ask(&ends, 5), 0);
    assert_int_equal(ct_stream_ends_ask(&ends, 7), 1);
    assert_int_equal(ct_stream_ends_ask(&ends, 9), 0);
}

static void the_sides_have_nothing_to_do_with_each_other(void **state)
{
    static ct_stream_ends_t ends;

    (void)state;
    ct_stream_ends_note(&ends, 2);
    assert_int_equal(ct_stream_ends_ask(&ends, 2), 1);
    assert_int_equal(ct_stream_ends_ask(&ends, 3), 0);
    ct_stream_ends_note(&ends, stream_at(10 * KEPT));
    assert_int_equal(ct_stream_ends_ask(&ends, 2), 1);
}

/* The places at both ends of the window, with old ones that lay where the new
 * ones lie. */
static void jump(apr_uint32_t by)
{
    ct_stream_ends_t *ends = calloc(1, sizeof(*ends));
    apr_uint32_t place;

    for (place = 0; place < KEPT; ++place) {
        note(ends, place);
    }
    note(ends, KEPT - 1 + by);
    assert_int_equal(ask(ends, KEPT - 1 + by), 1);
    assert_int_equal(ask(ends, KEPT + by), 0);
    for (place = KEPT; place < KEPT - 1 + by; place += 1 + by / 1000) {
        assert_int_equal(ask(ends, place), place < by ? -1 : 0);
    }
    assert_int_equal(ask(ends, by - 1), -1);
    assert_int_equal(ask(ends, by), by < KEPT);
    free(ends);
}

static void streams_may_be_left_out(void **state)
{
    static const apr_uint32_t by[] = { 1, 2, 31, 32, 33, KEPT - 1, KEPT,
                                       KEPT + 1, 5 * KEPT, 100 * KEPT };
    unsigned int i;

    (void)state;
    for (i = 0; i < sizeof(by) / sizeof(by[0]); ++i) {
        jump(by[i]);
    }
}

static void who_comes_too_late_changes_nothing(void **state)
{
    static ct_stream_ends_t ends;
    apr_uint32_t newest = 3 * KEPT;

    (void)state;
    note(&ends, newest);
    note(&ends, newest - KEPT - 1);
    assert_int_equal(ask(&ends, newest - KEPT - 1), -1);
    assert_int_equal(ask(&ends, newest - 1), 0);
    assert_int_equal(ask(&ends, newest), 1);
    note(&ends, newest - KEPT + 1);
    assert_int_equal(ask(&ends, newest - KEPT + 1), 1);
    assert_int_equal(ask(&ends, newest - KEPT), -1);
}

/* The same by an array that forgets nothing. */
#define PLACES (40 * KEPT)

static int expected(const char *noted, apr_uint32_t newest, apr_uint32_t place)
{
    return place > newest           ? 0
           : place + KEPT <= newest ? -1
                                    : noted[place];
}

static void any_order_at_all(void **state)
{
    static ct_stream_ends_t ends;
    static char noted[PLACES];
    uint64_t luck = 1530;
    apr_uint32_t newest = 0;
    int i;

    (void)state;
    while (newest < PLACES - 3 * KEPT) {
        apr_uint32_t from = newest > KEPT ? newest - KEPT : 0;
        apr_uint32_t place = from
            + chance(&luck, KEPT + (chance(&luck, 99) ? 20 : 2 * KEPT));

        note(&ends, place);
        if (place + KEPT > newest) {
            noted[place] = 1;
        }
        newest = place > newest ? place : newest;
        for (i = 0; i < 10; ++i) {
            place = from + chance(&luck, 2 * KEPT);
            assert_int_equal(ask(&ends, place),
                             expected(noted, newest, place));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_was_noted_was_answered),
        cmocka_unit_test(the_sides_have_nothing_to_do_with_each_other),
        cmocka_unit_test(streams_may_be_left_out),
        cmocka_unit_test(who_comes_too_late_changes_nothing),
        cmocka_unit_test(any_order_at_all),
    };

    return run_group("stream ends", tests);
}
