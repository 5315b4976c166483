/* SPDX-License-Identifier: Apache-2.0 */
/* verdict: one word for how it goes now, since when, about which name, and
 * what to look at: the first line of the page.
 * Thread: the request's.
 * Lifetime: words live in the request's pool, or for ever. */
#ifndef CT_VERDICT_H
#define CT_VERDICT_H

#include "crosstown_numbers.h"
#include "formats.h"

typedef struct ct_verdict_t {
    crosstown_state_e state;
    apr_time_t since;                /* 0: it is ok, or nobody knows */
    const char *name;                /* of tasks, or a row of a module's
                                        table; any bytes; or NULL */
    const char *words;               /* what to look at; any bytes */
} ct_verdict_t;

/** @param tables  of other modules, as ct_module_numbers_read() has them */
ct_verdict_t ct_verdict_read(const ct_snapshot_t *snapshot,
                             const apr_array_header_t *tables, apr_pool_t *p);

/** "ok", "late", ... */
const char *ct_verdict_word(crosstown_state_e state);

/** Since when, as " for 40 s"; "": it is ok, or nobody knows. */
const char *ct_verdict_for(const ct_verdict_t *verdict,
                           const ct_snapshot_t *snapshot, apr_pool_t *p);

/** Before its name: "but ", if it is ok all the same. */
const char *ct_verdict_but(const ct_verdict_t *verdict);

void ct_verdict_html(const ct_status_page_t *page);
void ct_verdict_json(const ct_status_page_t *page);
void ct_verdict_prometheus(const ct_status_page_t *page);

#endif
