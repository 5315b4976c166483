/* SPDX-License-Identifier: Apache-2.0 */
/* prometheus: what the files that write its text format share.
 * Thread: the request's.
 * Lifetime: no state. */
#ifndef CT_PROMETHEUS_H
#define CT_PROMETHEUS_H

#include "formats.h"

/** The two lines before the series of a metric. @param type  "gauge" | ... */
void ct_prometheus_head(request_rec *r, const char *metric, const char *type,
                        const char *help);

/** A gauge without labels. */
void ct_prometheus_gauge(request_rec *r, const char *metric, const char *help,
                         apr_uint64_t value);

/** Families of what is limited. */
void ct_prometheus_limits(const ct_status_page_t *page);

#endif
