/* SPDX-License-Identifier: Apache-2.0 */
/* client_gone: is the one who asked still there? Asked by a thread that waits
 * with an answer half made; nothing of what the client has sent is read by it.
 * Thread: the request's.
 * Lifetime: nothing is kept. */
#ifndef CT_CLIENT_GONE_H
#define CT_CLIENT_GONE_H

#include "glue.h"

/**
 * Has the client gone, as far as can be seen?
 * @return 0: no, or it cannot be told | else nobody waits for the answer:
 *         HTTP/2: the stream was reset or its connection is closed; HTTP/1.1:
 *         the connection is closed, or the client has said that it will not
 *         send any more, which few do who still want to read. That is not seen
 *         while more lies before it than the kernel takes in, nor, but on
 *         Linux and FreeBSD, while anything does.
 */
int ct_client_has_gone(const request_rec *r);

#endif
