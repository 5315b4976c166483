/* SPDX-License-Identifier: Apache-2.0 */
/* output_filter: which streams of an HTTP/2 connection were answered
 * completely. httpd marks the connection of a stream as aborted in a race with
 * the stream's own end (one delivered answer in five when requests come one by
 * one), so its mark says nothing. What does: the last frame of the answer was
 * handed to the network, or it was not.
 * Thread: hooks and the filter: the client connection's;
 * ct_output_filter_answered(): any that logs a request of that connection.
 * Lifetime: the client connection's. */
#ifndef CT_OUTPUT_FILTER_H
#define CT_OUTPUT_FILTER_H

#include "glue.h"

/** Register the hooks and the filter. Thread: start-up. */
void ct_output_filter_register(void);

/** Look up what mod_http2 offers. Thread: child_init. */
void ct_output_filter_look_up(void);

/**
 * Has the whole answer gone out?
 * @param r  the client's request, on a secondary connection, being logged
 * @return 1 yes | 0 no | -1 nobody has watched: not HTTP/2, or a mod_http2
 *         that does not tell its streams
 */
int ct_output_filter_answered(const request_rec *r);

#endif
