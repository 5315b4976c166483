/* SPDX-License-Identifier: Apache-2.0 */
/* stream_ends: remembers which of the latest streams of an HTTP/2 connection
 * were answered completely. They are asked for microseconds later, at the
 * client's next frame, or when a handler is done that went on after its last
 * byte.
 * Thread: one notes, any asks.
 * Lifetime: a plain struct of the caller's, all zero at the start. */
#ifndef CT_STREAM_ENDS_H
#define CT_STREAM_ENDS_H

#include <stdatomic.h>

#include "apr.h"

/* Of how many streams of one side, up to the newest one answered. */
#define CT_STREAM_ENDS_KEPT 8192

/** The streams that one side has opened: their numbers have one parity, so a
 *  stream's place is half its number. */
typedef struct ct_stream_side_t {
    _Atomic apr_uint32_t newest;     /* a place; release and acquire: who sees
                                        it sees the bits up to it */
    _Atomic apr_uint32_t bits[CT_STREAM_ENDS_KEPT / 32];   /* relaxed */
} ct_stream_side_t;

typedef struct ct_stream_ends_t {
    ct_stream_side_t sides[2]; /* pushed ones; the client's */
} ct_stream_ends_t;

/** This stream was answered. */
void ct_stream_ends_note(ct_stream_ends_t *ends, apr_uint32_t stream);

/** Was it? @return 1 yes | 0 no | -1 too long ago to know */
int ct_stream_ends_ask(ct_stream_ends_t *ends, apr_uint32_t stream);

#endif
