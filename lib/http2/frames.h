/* SPDX-License-Identifier: Apache-2.0 */
/* frames: follows the frames of one direction of an HTTP/2 connection (RFC
 * 9113, section 4.1) and says which streams have come to their end. Of each
 * frame only the 9 bytes of its head are looked at, so what lies in files and
 * maps need not be read.
 * Thread: one at a time; no locks.
 * Lifetime: a plain struct of the caller's, all zero at the start. */
#ifndef CT_FRAMES_H
#define CT_FRAMES_H

#include "apr.h"

#define CT_FRAMES_HEAD 9

/** Where in the sequence of frames we are. */
typedef struct ct_frames_t {
    unsigned char head[CT_FRAMES_HEAD];
    unsigned int have;               /* bytes of head that are there */
    apr_size_t payload;              /* bytes left of the present frame */
    apr_uint32_t ending;             /* its stream ends with this frame, or
                                        with the next END_HEADERS; 0: none */
    int open;                        /* ... with the next END_HEADERS */
} ct_frames_t;

/** How many of the bytes that come next need not be shown. */
apr_size_t ct_frames_skippable(const ct_frames_t *frames);

/** Go past that many bytes, at most as many as are skippable.
 *  @return the stream that has ended with the last of them; 0: none */
apr_uint32_t ct_frames_skip(ct_frames_t *frames, apr_size_t length);

/**
 * Look at the bytes that come next, up to the first place where a stream
 * ends.
 * @param used  how many of them were gone past
 * @return the stream that has ended right there; 0: none, all were used
 */
apr_uint32_t ct_frames_look(ct_frames_t *frames, const char *bytes,
                            apr_size_t length, apr_size_t *used);

#endif
