/* SPDX-License-Identifier: Apache-2.0 */
/* support_frames: a wire that says what has to be found on it, and all the
 * ways to look at it: as one piece, in two pieces cut at every place, in
 * pieces of every size, and with payload skipped wherever it may be. */
#ifndef SUPPORT_FRAMES_H
#define SUPPORT_FRAMES_H

#include "support.h"

#include "frames.h"

#define DATA          0x0
#define HEADERS       0x1
#define RST_STREAM    0x3
#define SETTINGS      0x4
#define PUSH_PROMISE  0x5
#define PING          0x6
#define GOAWAY        0x7
#define WINDOW_UPDATE 0x8
#define CONTINUATION  0x9

#define END_STREAM  0x01
#define ACK         0x01
#define END_HEADERS 0x04
#define PADDED      0x08
#define PRIORITY    0x20

#define LONGEST 0xffffff

#define MOST_BYTES 4096
#define MOST_ENDS 64

typedef struct end_t {
    apr_size_t at;                   /* how many bytes lie before it */
    apr_uint32_t stream;
} end_t;

typedef struct wire_t {
    unsigned char bytes[MOST_BYTES];
    apr_size_t length;
    end_t ends[MOST_ENDS];           /* what has to be found */
    unsigned int count;
} wire_t;

/** Nine bytes. */
void put_head(wire_t *wire, apr_uint32_t length, int type, int flags,
              apr_uint32_t stream);

/** A frame whose payload looks like heads that end stream 1. */
void put(wire_t *wire, apr_uint32_t length, int type, int flags,
         apr_uint32_t stream);

/** The stream has to be found to end where the wire ends now. */
void ends(wire_t *wire, apr_uint32_t stream);

/** Fails the test if any way to look finds anything else. */
void look_in_every_way(const wire_t *wire);

#endif
