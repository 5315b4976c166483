/* SPDX-License-Identifier: Apache-2.0 */
/* support_formats: a job of the task "mail" in any format: its id, when it is
 * written, and how a test reads it. */
#ifndef SUPPORT_FORMATS_H
#define SUPPORT_FORMATS_H

#include "support.h"

#include "format.h"

#define ID "0123456789abcdef0123456789abcdef"
/* 2026-11-28T18:05:30.657634Z, and half a second before. */
#define NOW (apr_time_t)1795889130657634
#define CREATED (NOW - 500000)

/** A route of that format; class, queue and prefix, or NULL. */
ct_route_t route_of(const char *format, const char *work, const char *queue,
                    const char *prefix);

/** With what it has been given no value for; fails if it is refused. */
void route_complete(ct_route_t *route, apr_pool_t *p);

/** @return NULL, or why there is no such job */
const char *job_write(const ct_route_t *route, const char *payload,
                      apr_size_t length, ct_commands_t *commands,
                      apr_pool_t *p);

/** Its words with a blank between them, a line for each command. */
const char *job_written(const ct_route_t *route, const char *payload,
                        apr_pool_t *p);

#endif
