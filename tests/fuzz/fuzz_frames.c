/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_frames: frames of any kind in pieces of any size, skipped here and
 * there. The reference has the list of frames and the RFC's rules, and knows
 * nothing of bytes; ct_frames sees bytes and never the list.
 *
 * An input is a seed for the pieces (2 bytes), then 6 bytes for each frame:
 * type, flags, stream (1 byte, its upper bits choose how it is spread over
 * the four on the wire) and length (3 bytes). */
#include "fuzz.h"

#include "frames.h"

#define DATA         0x0
#define HEADERS      0x1
#define PUSH_PROMISE 0x5
#define CONTINUATION 0x9
#define END_STREAM   0x1
#define END_HEADERS  0x4

#define HEAD 9
#define RECIPE 6
#define MOST_FRAMES 32
#define LARGEST_PIECE 300

typedef struct {
    unsigned int type;
    unsigned int flags;
    uint32_t stream;                 /* as on the wire, reserved bit and all */
    uint32_t length;
    uint32_t ends;                   /* the stream that ends behind it, or 0 */
} frame_t;

typedef struct {
    frame_t frames[MOST_FRAMES];
    unsigned int count;
    unsigned int present;            /* where we are: in this frame */
    uint32_t offset;                 /* ... before this byte of it */
    uint32_t seed;
    ct_frames_t follower;
} course_t;

static uint32_t draw(course_t *course, uint32_t below)
{
    course->seed = course->seed * 1664525 + 1013904223;
    return (course->seed >> 8) % below;
}

/* ---- the frames ---- */

/* Small numbers, so that frames often meet on one stream, also with the
 * reserved bit or with numbers that differ in one byte only. */
static uint32_t spread(uint8_t byte)
{
    uint32_t low = byte & 0x0f;

    switch (byte >> 4) {
    case 1: return low << 8;
    case 2: return low << 16;
    case 3: return low << 24;
    case 4: return 0x80000000;
    case 5: return 0x7fffffff - low;
    case 6: return 0xffffffff - low;
    default: return byte & 0x80 ? 0x80000000 | low : low;
    }
}

static void cook(course_t *course, const uint8_t *input, size_t size)
{
    for (; size >= RECIPE && course->count < MOST_FRAMES;
         input += RECIPE, size -= RECIPE) {
        frame_t *frame = &course->frames[course->count++];

        frame->type = input[0];
        frame->flags = input[1];
        frame->stream = spread(input[2]);
        frame->length = (uint32_t)input[3] << 16 | input[4] << 8 | input[5];
    }
}

static int opens_block(const frame_t *frame)
{
    return frame->type == HEADERS || frame->type == PUSH_PROMISE;
}

static int is_out_of_place(const frame_t *frame, const frame_t *opener,
                           uint32_t stream)
{
    if (opener) {
        return frame->type != CONTINUATION
               || stream != (opener->stream & 0x7fffffff);
    }
    if (frame->type == CONTINUATION) {
        return 1;
    }
    return stream == 0 && (frame->type == DATA || opens_block(frame));
}

/* RFC 9113: a stream's last frame is a DATA with END_STREAM, or the last of a
 * header block whose HEADERS had it. A header block is not interrupted.
 * Returns how many frames keep to that. */
static unsigned int ask_reference(course_t *course)
{
    const frame_t *opener = NULL;    /* of the header block we are in */
    unsigned int i;

    for (i = 0; i < course->count; ++i) {
        frame_t *frame = &course->frames[i];
        uint32_t stream = frame->stream & 0x7fffffff;

        if (is_out_of_place(frame, opener, stream)) {
            return i;
        }
        if (frame->type == DATA) {
            frame->ends = frame->flags & END_STREAM ? stream : 0;
        }
        else if (opener || opens_block(frame)) {
            opener = opener ? opener : frame;
            if (frame->flags & END_HEADERS) {
                frame->ends = opener->type == HEADERS
                              && opener->flags & END_STREAM ? stream : 0;
                opener = NULL;
            }
        }
    }
    return i;
}

/* ---- the bytes ---- */

static uint32_t left_of(const frame_t *frame, uint32_t offset)
{
    return HEAD + frame->length - offset;
}

static uint8_t byte_of(const frame_t *frame, uint32_t offset)
{
    if (offset < 3) {
        return (uint8_t)(frame->length >> 8 * (2 - offset));
    }
    if (offset < 5) {
        return (uint8_t)(offset == 3 ? frame->type : frame->flags);
    }
    if (offset < HEAD) {
        return (uint8_t)(frame->stream >> 8 * (8 - offset));
    }
    return (uint8_t)(offset * 7);
}

/* Where the rules say nothing, the pieces still may make no difference: what
 * a head in one piece and its payload in one step give. */
static void ask_whole_frames(course_t *course, unsigned int lawful)
{
    ct_frames_t follower;
    unsigned int i;

    memset(&follower, 0, sizeof(follower));
    for (i = 0; i < course->count; ++i) {
        frame_t *frame = &course->frames[i];
        char head[HEAD];
        apr_size_t used = 0;
        uint32_t ended;

        for (; used < HEAD; ++used) {
            head[used] = (char)byte_of(frame, (uint32_t)used);
        }
        ended = ct_frames_look(&follower, head, HEAD, &used);
        require(used == HEAD, "%lu", (unsigned long)used);
        if (frame->length > 0) {
            require(!ended, "frame %u ends in its head", i);
            ended = ct_frames_skip(&follower, frame->length);
        }
        require(i >= lawful || ended == frame->ends,
                "behind frame %u ends %u, found %u", i, frame->ends, ended);
        frame->ends = ended;
    }
}

/* Up to that many bytes from here on; how many there are. */
static size_t fill(const course_t *course, char *piece, size_t size)
{
    unsigned int present = course->present;
    uint32_t offset = course->offset;
    size_t length = 0;

    while (length < size && present < course->count) {
        const frame_t *frame = &course->frames[present];

        piece[length++] = (char)byte_of(frame, offset++);
        if (left_of(frame, offset) == 0) {
            ++present;
            offset = 0;
        }
    }
    return length;
}

/* Over so many bytes, the last of which ended that stream, or none. */
static void advance(course_t *course, size_t length, uint32_t ended)
{
    while (length > 0) {
        const frame_t *frame = &course->frames[course->present];
        uint32_t left = left_of(frame, course->offset);
        uint32_t found = length > left ? 0 : ended;

        if (length < left) {
            course->offset += (uint32_t)length;
            require(!found, "%u ends inside of frame %u", found,
                    course->present);
            return;
        }
        require(found == frame->ends, "behind frame %u ends %u, found %u",
                course->present, frame->ends, found);
        length -= left;
        course->present++;
        course->offset = 0;
    }
}

static void check_skippable(const course_t *course)
{
    const frame_t *frame = &course->frames[course->present];
    uint32_t wanted = course->offset < HEAD
                      ? 0 : left_of(frame, course->offset);

    require(ct_frames_skippable(&course->follower) == wanted,
            "skippable: %lu in frame %u at %u",
            (unsigned long)ct_frames_skippable(&course->follower),
            course->present, course->offset);
}

static void skip_some(course_t *course)
{
    size_t skippable = ct_frames_skippable(&course->follower);
    size_t length = draw(course, 4) ? skippable
                                    : draw(course, (uint32_t)skippable + 1);

    advance(course, length, ct_frames_skip(&course->follower, length));
}

static void look_at_some(course_t *course)
{
    size_t size = 1 + draw(course, draw(course, 2) ? 2 * HEAD
                                                   : LARGEST_PIECE);
    char *piece = malloc(size);
    size_t length;
    apr_size_t used = size + 1;
    uint32_t ended;

    require(piece, "no memory");
    length = fill(course, piece, size);
    ended = ct_frames_look(&course->follower, piece, length, &used);
    require(used > 0 && used <= length, "%lu of %lu", (unsigned long)used,
            (unsigned long)length);
    require(ended || used == length, "stopped without an end");
    free(piece);
    advance(course, used, ended);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
    course_t course;

    if (size < 2) {
        return 0;
    }
    memset(&course, 0, sizeof(course));
    course.seed = (uint32_t)input[0] << 8 | input[1];
    cook(&course, input + 2, size - 2);
    ask_whole_frames(&course, ask_reference(&course));
    while (course.present < course.count) {
        uint32_t left = left_of(&course.frames[course.present],
                                course.offset);

        check_skippable(&course);
        require(draw(&course, 4)
                || ct_frames_skip(&course.follower, 0) == 0,
                "an empty piece ends something");
        /* A long payload byte by byte would teach nothing new. */
        if (ct_frames_skippable(&course.follower) > 0
            && (left > LARGEST_PIECE || draw(&course, 4))) {
            skip_some(&course);
        }
        else {
            look_at_some(&course);
        }
    }
    return 0;
}
