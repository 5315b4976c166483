/* SPDX-License-Identifier: Apache-2.0 */
/* frames: which streams end where, whatever the pieces are in which the bytes
 * come. */
#include "support_frames.h"

/* ---- one test per kind of end ---- */

static void data_ends_a_stream(void **state)
{
    wire_t wire = { .length = 0 };

    put(&wire, 20, HEADERS, END_HEADERS, 1);
    put(&wire, 30, DATA, 0, 1);
    put(&wire, 31, DATA, END_STREAM, 1);
    ends(&wire, 1);
    put(&wire, 5, HEADERS, END_HEADERS, 3);
    put(&wire, 1, DATA, END_STREAM, 3);
    ends(&wire, 3);
    look_in_every_way(&wire);
}

static void empty_data_ends_a_stream(void **state)
{
    wire_t wire = { .length = 0 };

    put(&wire, 3, HEADERS, END_HEADERS, 1);
    put(&wire, 0, DATA, 0, 1);
    put(&wire, 0, DATA, END_STREAM, 1);
    ends(&wire, 1);
    put(&wire, 0, DATA, END_STREAM, 3);
    ends(&wire, 3);
    put(&wire, 0, DATA, END_STREAM, 5);
    ends(&wire, 5);
    look_in_every_way(&wire);
}

static void headers_alone_end_a_stream(void **state)
{
    wire_t wire = { .length = 0 };

    put(&wire, 12, HEADERS, END_STREAM | END_HEADERS, 1);
    ends(&wire, 1);
    put(&wire, 0, HEADERS, END_STREAM | END_HEADERS, 3);
    ends(&wire, 3);
    look_in_every_way(&wire);
}

static void trailers_end_a_stream(void **state)
{
    wire_t wire = { .length = 0 };

    put(&wire, 12, HEADERS, END_HEADERS, 1);
    put(&wire, 40, DATA, 0, 1);
    put(&wire, 7, HEADERS, END_STREAM | END_HEADERS, 1);
    ends(&wire, 1);
    look_in_every_way(&wire);
}

/* END_STREAM stands in the HEADERS, but the end is where the block ends. */
static void continuations_move_the_end(void **state)
{
    wire_t wire = { .length = 0 };

    put(&wire, 12, HEADERS, END_STREAM, 7);
    put(&wire, 12, CONTINUATION, 0, 7);
    put(&wire, 0, CONTINUATION, 0, 7);
    put(&wire, 9, CONTINUATION, END_HEADERS, 7);
    ends(&wire, 7);
    put(&wire, 0, HEADERS, END_STREAM, 9);
    put(&wire, 0, CONTINUATION, END_HEADERS, 9);
    ends(&wire, 9);
    look_in_every_way(&wire);
}

static void a_header_block_without_end_stream_ends_nothing(void **state)
{
    wire_t wire = { .length = 0 };

    put(&wire, 12, HEADERS, 0, 7);
    put(&wire, 12, CONTINUATION, 0, 7);
    put(&wire, 9, CONTINUATION, END_HEADERS, 7);
    put(&wire, 4, DATA, 0, 7);
    put(&wire, 12, HEADERS, 0, 7);
    put(&wire, 12, CONTINUATION, END_HEADERS | END_STREAM, 7);
    put(&wire, 4, DATA, END_STREAM, 7);
    ends(&wire, 7);
    look_in_every_way(&wire);
}

/* CONTINUATION has no END_STREAM flag, nor have PUSH_PROMISE, SETTINGS, PING
 * and the rest: the same bit means nothing there, or ACK. */
static void other_frames_end_nothing(void **state)
{
    wire_t wire = { .length = 0 };

    put(&wire, 18, SETTINGS, 0, 0);
    put(&wire, 0, SETTINGS, ACK, 0);
    put(&wire, 20, HEADERS, END_HEADERS, 1);
    put(&wire, 8, PING, ACK, 0);
    put(&wire, 4, RST_STREAM, END_STREAM, 3);
    put(&wire, 24, PUSH_PROMISE, END_STREAM | END_HEADERS, 1);
    put(&wire, 24, PUSH_PROMISE, END_STREAM, 1);
    put(&wire, 24, CONTINUATION, END_HEADERS | END_STREAM, 1);
    put(&wire, 4, WINDOW_UPDATE, END_STREAM, 1);
    put(&wire, 5, 0x2, END_STREAM, 1);
    put(&wire, 11, 0xa, END_STREAM, 1);
    put(&wire, 11, 0xff, 0xff, 1);
    put(&wire, 10, DATA, END_STREAM, 1);
    ends(&wire, 1);
    put(&wire, 20, HEADERS, END_STREAM | END_HEADERS, 2);
    ends(&wire, 2);
    put(&wire, 8, GOAWAY, END_STREAM, 0);
    look_in_every_way(&wire);
}

/* A reset stream has no end; what is sent on others has. */
static void resets_stand_between(void **state)
{
    wire_t wire = { .length = 0 };

    put(&wire, 5, HEADERS, END_HEADERS, 1);
    put(&wire, 5, HEADERS, END_HEADERS, 3);
    put(&wire, 9, DATA, 0, 1);
    put(&wire, 4, RST_STREAM, 0, 1);
    put(&wire, 9, DATA, END_STREAM, 3);
    ends(&wire, 3);
    put(&wire, 4, RST_STREAM, 0, 3);
    put(&wire, 9, HEADERS, END_HEADERS | END_STREAM, 5);
    ends(&wire, 5);
    look_in_every_way(&wire);
}

/* Padding is part of the length; priority is part of the payload. */
static void padding_and_priority_are_payload(void **state)
{
    wire_t wire = { .length = 0 };

    put(&wire, 30, HEADERS, END_HEADERS | PADDED | PRIORITY, 1);
    put(&wire, 100, DATA, PADDED, 1);
    put(&wire, 1, DATA, PADDED | END_STREAM, 1);
    ends(&wire, 1);
    put(&wire, 36, HEADERS, END_HEADERS | PADDED | PRIORITY | END_STREAM, 3);
    ends(&wire, 3);
    put(&wire, 9, DATA, 0xff, 5);
    ends(&wire, 5);
    put(&wire, 9, DATA, 0xfe, 7);
    look_in_every_way(&wire);
}

static void the_reserved_bit_is_no_part_of_the_number(void **state)
{
    wire_t wire = { .length = 0 };

    put(&wire, 6, DATA, END_STREAM, 0x80000001);
    ends(&wire, 1);
    put(&wire, 6, HEADERS, END_STREAM, 0x80000003);
    put(&wire, 6, CONTINUATION, END_HEADERS, 3);
    ends(&wire, 3);
    put(&wire, 6, HEADERS, END_STREAM, 5);
    put(&wire, 6, CONTINUATION, END_HEADERS, 0x80000005);
    ends(&wire, 5);
    put(&wire, 0, DATA, END_STREAM, 0xffffffff);
    ends(&wire, 0x7fffffff);
    look_in_every_way(&wire);
}

/* Stream 0 is the connection: nothing of it ends, nothing is spoilt. */
static void the_connection_is_no_stream(void **state)
{
    wire_t wire = { .length = 0 };

    put(&wire, 6, DATA, END_STREAM, 0);
    put(&wire, 6, HEADERS, END_STREAM, 0);
    put(&wire, 6, CONTINUATION, END_HEADERS, 0);
    put(&wire, 6, CONTINUATION, 0, 0);
    put(&wire, 6, DATA, 0, 1);
    put(&wire, 6, DATA, END_STREAM, 1);
    ends(&wire, 1);
    look_in_every_way(&wire);
}

static void many_streams_end_in_turn(void **state)
{
    wire_t wire = { .length = 0 };
    apr_uint32_t i;

    for (i = 0; i < MOST_ENDS; ++i) {
        put(&wire, i % 7, DATA, END_STREAM, 2 * i + 1);
        ends(&wire, 2 * i + 1);
    }
    look_in_every_way(&wire);
}

/* ---- lengths that are not worth the memory ---- */

static void start(ct_frames_t *frames, apr_uint32_t length, int type,
                  int flags, apr_uint32_t stream)
{
    wire_t wire = { .length = 0 };
    apr_size_t used;

    put_head(&wire, length, type, flags, stream);
    assert_int_equal(0, ct_frames_look(frames, (const char *)wire.bytes, 9,
                                       &used));
    assert_int_equal(9, used);
    assert_int_equal(length, ct_frames_skippable(frames));
}

static void the_longest_frames_are_skipped(void **state)
{
    static const apr_uint32_t lengths[] = { 1, 0xff, 0x100, 0x4000, 0xffff,
                                            0x10000, LONGEST - 1, LONGEST };
    ct_frames_t frames = { .have = 0 };
    unsigned int i;

    for (i = 0; i < sizeof(lengths) / sizeof(lengths[0]); ++i) {
        apr_uint32_t stream = 2 * i + 1;

        start(&frames, lengths[i], DATA, 0, stream);
        assert_int_equal(0, ct_frames_skip(&frames, lengths[i]));
        start(&frames, lengths[i], DATA, END_STREAM, stream);
        assert_int_equal(0, ct_frames_skip(&frames, lengths[i] - 1));
        assert_int_equal(1, ct_frames_skippable(&frames));
        assert_int_equal(stream, ct_frames_skip(&frames, 1));
        assert_int_equal(0, ct_frames_skippable(&frames));
    }
}

static void the_longest_frame_is_looked_at(void **state)
{
    static const char piece[4096];
    ct_frames_t frames = { .have = 0 };
    apr_size_t left = LONGEST;
    apr_uint32_t stream = 0;

    start(&frames, LONGEST, HEADERS, END_STREAM | END_HEADERS, 11);
    while (left > 0) {
        apr_size_t length = left < sizeof(piece) ? left : sizeof(piece);
        apr_size_t used;

        assert_int_equal(0, stream);
        stream = ct_frames_look(&frames, piece, length,
                                &used);
        assert_int_equal(length, used);
        left -= used;
    }
    assert_int_equal(11, stream);
}

/* A bucket may be empty, also in the middle of a head. */
static void nothing_may_come_inside_a_head(void **state)
{
    wire_t wire = { .length = 0 };
    ct_frames_t frames = { .have = 0 };
    apr_size_t used;
    unsigned int i;

    put_head(&wire, 0, DATA, END_STREAM, 9);
    for (i = 0; i < 8; ++i) {
        assert_int_equal(0, ct_frames_skip(&frames, 0));
        assert_int_equal(0, ct_frames_look(
            &frames, (const char *)wire.bytes + i, 1, &used));
        assert_int_equal(0, ct_frames_skippable(&frames));
    }
    assert_int_equal(0, ct_frames_skip(&frames, 0));
    assert_int_equal(9, ct_frames_look(
        &frames, (const char *)wire.bytes + 8, 1, &used));
}

/* ... and is no end, not even right at one. */
static void nothing_is_nothing(void **state)
{
    wire_t wire = { .length = 0 };
    ct_frames_t frames = { .have = 0 };
    apr_size_t used = 99;

    assert_int_equal(0, ct_frames_skippable(&frames));
    assert_int_equal(0, ct_frames_skip(&frames, 0));
    assert_int_equal(0, ct_frames_look(&frames, "", 0, &used));
    assert_int_equal(0, used);
    start(&frames, 3, DATA, END_STREAM, 1);
    assert_int_equal(0, ct_frames_skip(&frames, 0));
    assert_int_equal(1, ct_frames_skip(&frames, 3));
    assert_int_equal(0, ct_frames_skip(&frames, 0));
    put_head(&wire, 0, HEADERS, END_STREAM, 3);
    assert_int_equal(0, ct_frames_look(&frames, (const char *)wire.bytes, 9,
                                       &used));
    assert_int_equal(0, ct_frames_skip(&frames, 0));
    assert_int_equal(0, ct_frames_look(&frames, "", 0, &used));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(data_ends_a_stream),
        cmocka_unit_test(empty_data_ends_a_stream),
        cmocka_unit_test(headers_alone_end_a_stream),
        cmocka_unit_test(trailers_end_a_stream),
        cmocka_unit_test(continuations_move_the_end),
        cmocka_unit_test(a_header_block_without_end_stream_ends_nothing),
        cmocka_unit_test(other_frames_end_nothing),
        cmocka_unit_test(resets_stand_between),
        cmocka_unit_test(padding_and_priority_are_payload),
        cmocka_unit_test(the_reserved_bit_is_no_part_of_the_number),
        cmocka_unit_test(the_connection_is_no_stream),
        cmocka_unit_test(many_streams_end_in_turn),
        cmocka_unit_test(the_longest_frames_are_skipped),
        cmocka_unit_test(the_longest_frame_is_looked_at),
        cmocka_unit_test(nothing_may_come_inside_a_head),
        cmocka_unit_test(nothing_is_nothing),
    };

    return run_group("frames", tests);
}
