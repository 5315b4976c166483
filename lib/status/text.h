/* SPDX-License-Identifier: Apache-2.0 */
/* text: names, URIs, numbers and times as the status page shows them.
 * Names and URIs may have any byte in them. What is not UTF-8 is shown as
 * \xHH, and the backslash of such a text that was there already as \x5c, so
 * that names that differ look different.
 * Thread: any; p is the caller's.
 * Lifetime: results live in p. */
#ifndef CT_TEXT_H
#define CT_TEXT_H

#include "apr_pools.h"
#include "apr_time.h"

/** As UTF-8, control characters as \xHH too. */
const char *ct_status_text_visible(apr_pool_t *p, const char *bytes);

/** A text in which backslashes are escaped already, with \x20 for spaces that
 *  a browser leaves out: those at its ends, and behind another one. */
const char *ct_status_text_spaces(apr_pool_t *p, const char *text);

/** As visible and with such spaces, for HTML: for text and for attributes in
 *  double quotes. */
const char *ct_status_text_html(apr_pool_t *p, const char *bytes);

/** A string of JSON, with its quotes. */
const char *ct_status_text_json(apr_pool_t *p, const char *bytes);

/** A label's value for Prometheus, with its quotes. */
const char *ct_status_text_label(apr_pool_t *p, const char *bytes);

/** A number in groups of three digits. */
const char *ct_status_text_number(apr_pool_t *p, apr_uint64_t number);

/** So many bytes, in the unit that fits: "1.5 MB", of 1024 KB. ASCII. */
const char *ct_status_text_bytes(apr_pool_t *p, apr_uint64_t bytes);

/** A duration in the two units that matter. */
const char *ct_status_text_duration(apr_pool_t *p, apr_interval_time_t took);

/** A time, UTC, as "2026-01-31T23:59:59Z". */
const char *ct_status_text_time(apr_pool_t *p, apr_time_t when);

/** A duration as seconds, exact: "0.00002". */
const char *ct_status_text_seconds(apr_pool_t *p, apr_uint64_t microseconds);

#endif
