/* SPDX-License-Identifier: Apache-2.0 */
/* statuses: a set of HTTP statuses, read from words such as
 * "5xx 400-405 302" or "none". The one place that knows the words' grammar:
 * directives and opts->no_go alike come here.
 * Thread: any; a set that is only read may be shared.
 * Lifetime: the caller's; the set holds no pointer. */
#ifndef CT_STATUSES_H
#define CT_STATUSES_H

#include "apr_pools.h"

#define CT_STATUSES_FIRST 100
#define CT_STATUSES_LAST  599

/** One bit for each status from CT_STATUSES_FIRST on. All zero: "none". */
typedef struct ct_statuses_t {
    apr_uint32_t bits[16];
} ct_statuses_t;

/**
 * Read status words.
 * @param set    filled; unspecified after an error
 * @param words  NNN, NNN-NNN (both ends belong to it), Nxx, separated by
 *               blanks or commas; or "none" alone
 * @param p      for the message
 * @return NULL, or what is wrong with which word and what was expected
 */
const char *ct_statuses_parse(ct_statuses_t *set, const char *words,
                              apr_pool_t *p);

/** Does the status belong to the set? One outside 100-599 never does. */
int ct_statuses_has(const ct_statuses_t *set, int status);

/** The shortest words for a set, "none" for the empty one. In p. */
const char *ct_statuses_words(const ct_statuses_t *set, apr_pool_t *p);

/** Initial value of the set "4xx 5xx": nothing to parse at run time. */
#define CT_STATUSES_4XX_5XX \
    { { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xfffff000, 0xffffffff, 0xffffffff, \
        0xffffffff, 0xffffffff, 0xffffffff, 0x000fffff } }

#endif
