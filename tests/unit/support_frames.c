/* SPDX-License-Identifier: Apache-2.0 */
/* support_frames: see support_frames.h. */
#include "support_frames.h"

/* ---- what is sent ---- */

static void put_number(wire_t *wire, apr_uint32_t value, int bytes)
{
    while (bytes-- > 0) {
        wire->bytes[wire->length++] = (unsigned char)(value >> 8 * bytes);
    }
}

void put_head(wire_t *wire, apr_uint32_t length, int type, int flags,
              apr_uint32_t stream)
{
    assert_true(wire->length + 9 <= MOST_BYTES);
    put_number(wire, length, 3);
    put_number(wire, (apr_uint32_t)type, 1);
    put_number(wire, (apr_uint32_t)flags, 1);
    put_number(wire, stream, 4);
}

void put(wire_t *wire, apr_uint32_t length, int type, int flags,
         apr_uint32_t stream)
{
    static const unsigned char trap[] = { 0, 0, 0, DATA, END_STREAM,
                                          0, 0, 0, 1 };
    apr_uint32_t i;

    put_head(wire, length, type, flags, stream);
    assert_true(wire->length + length <= MOST_BYTES);
    for (i = 0; i < length; ++i) {
        wire->bytes[wire->length++] = trap[i % sizeof(trap)];
    }
}

void ends(wire_t *wire, apr_uint32_t stream)
{
    assert_true(wire->count < MOST_ENDS);
    wire->ends[wire->count].at = wire->length;
    wire->ends[wire->count++].stream = stream;
}

/* ---- how it is looked at ---- */

typedef struct reader_t {
    const wire_t *wire;
    ct_frames_t frames;
    apr_size_t at;
    unsigned int found;
} reader_t;

static void found(reader_t *reader, apr_uint32_t stream)
{
    const wire_t *wire = reader->wire;

    if (reader->found >= wire->count
        || wire->ends[reader->found].at != reader->at
        || wire->ends[reader->found].stream != stream) {
        fail_msg("end %u: stream %u at byte %lu", reader->found, stream,
                 (unsigned long)reader->at);
    }
    reader->found++;
}

static void look(reader_t *reader, apr_size_t length)
{
    apr_size_t end = reader->at + length;

    while (reader->at < end) {
        const char *bytes = (const char *)reader->wire->bytes + reader->at;
        apr_size_t used = 0;
        apr_uint32_t stream = ct_frames_look(&reader->frames, bytes,
                                             end - reader->at, &used);

        assert_true(used > 0 && used <= end - reader->at);
        reader->at += used;
        if (stream) {
            found(reader, stream);
        }
        else {
            assert_true(reader->at == end);
        }
    }
}

static void pass_by(reader_t *reader, apr_size_t length)
{
    apr_uint32_t stream = ct_frames_skip(&reader->frames, length);

    reader->at += length;
    if (stream) {
        found(reader, stream);
    }
}

static void begin(reader_t *reader, const wire_t *wire)
{
    memset(reader, 0, sizeof(*reader));
    reader->wire = wire;
}

static void over(const reader_t *reader)
{
    assert_int_equal(reader->at, reader->wire->length);
    assert_int_equal(reader->found, reader->wire->count);
}

static void in_two_pieces(const wire_t *wire)
{
    reader_t reader;
    apr_size_t cut;

    for (cut = 0; cut <= wire->length; ++cut) {
        begin(&reader, wire);
        look(&reader, cut);
        look(&reader, wire->length - cut);
        over(&reader);
    }
}

static apr_size_t least(apr_size_t a, apr_size_t b)
{
    return a < b ? a : b;
}

/* may_skip: a piece is skipped where it may be, else looked at. */
static void in_pieces_of(const wire_t *wire, apr_size_t size, int may_skip)
{
    reader_t reader;

    begin(&reader, wire);
    while (reader.at < wire->length) {
        apr_size_t skippable = ct_frames_skippable(&reader.frames);
        apr_size_t piece = least(size, wire->length - reader.at);

        if (may_skip && skippable > 0) {
            pass_by(&reader, least(piece, skippable));
        }
        else {
            look(&reader, piece);
        }
    }
    over(&reader);
}

void look_in_every_way(const wire_t *wire)
{
    apr_size_t size;

    in_two_pieces(wire);
    for (size = 1; size <= wire->length; ++size) {
        in_pieces_of(wire, size, 0);
        in_pieces_of(wire, size, 1);
    }
}
