/* SPDX-License-Identifier: Apache-2.0 */
/* frames: of each frame only the head is looked at, wherever the bytes are
 * split. A stream ends with a DATA or HEADERS frame that has END_STREAM set;
 * if a header block goes on in CONTINUATION frames, with the one that has
 * END_HEADERS. A reset is no end: it says that there will be none. */
#include "frames.h"

#define TYPE_DATA         0x0
#define TYPE_HEADERS      0x1
#define TYPE_CONTINUATION 0x9
#define FLAG_END_STREAM   0x1
#define FLAG_END_HEADERS  0x4

static apr_size_t number(const unsigned char *bytes, int count)
{
    apr_size_t value = 0;

    while (count-- > 0) {
        value = value << 8 | *bytes++;
    }
    return value;
}

static void read_head(ct_frames_t *frames)
{
    const unsigned char *head = frames->head;
    unsigned int type = head[3];
    unsigned int flags = head[4];
    apr_uint32_t stream = (apr_uint32_t)number(head + 5, 4) & 0x7fffffff;

    frames->payload = number(head, 3);
    if (type == TYPE_DATA && (flags & FLAG_END_STREAM)) {
        frames->ending = stream;
        frames->open = 0;
    }
    else if (type == TYPE_HEADERS && (flags & FLAG_END_STREAM)) {
        frames->ending = stream;
        frames->open = !(flags & FLAG_END_HEADERS);
    }
    else if (type == TYPE_CONTINUATION && frames->ending == stream) {
        frames->open = !(flags & FLAG_END_HEADERS);
    }
}

/* Behind the last byte of a frame. */
static apr_uint32_t end_frame(ct_frames_t *frames)
{
    apr_uint32_t ended = 0;

    frames->have = 0;
    if (!frames->open) {
        ended = frames->ending;
        frames->ending = 0;
    }
    return ended;
}

apr_size_t ct_frames_skippable(const ct_frames_t *frames)
{
    return frames->payload;
}

apr_uint32_t ct_frames_skip(ct_frames_t *frames, apr_size_t length)
{
    frames->payload -= length;
    return length > 0 && frames->payload == 0 ? end_frame(frames) : 0;
}

apr_uint32_t ct_frames_look(ct_frames_t *frames, const char *bytes,
                            apr_size_t length, apr_size_t *used)
{
    apr_size_t at = 0;

    while (at < length) {
        apr_uint32_t ended = 0;

        if (frames->payload > 0) {
            apr_size_t part = frames->payload < length - at
                              ? frames->payload : length - at;

            at += part;
            ended = ct_frames_skip(frames, part);
        }
        else {
            frames->head[frames->have++] = (unsigned char)bytes[at++];
            if (frames->have == CT_FRAMES_HEAD) {
                read_head(frames);
                if (frames->payload == 0) {
                    ended = end_frame(frames);
                }
            }
        }
        if (ended) {
            *used = at;
            return ended;
        }
    }
    *used = at;
    return 0;
}
