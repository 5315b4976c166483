/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file  crosstown_log.h
 * @brief For modules whose lines in the error log may come by the thousand:
 *        so many a second are written, the rest is told as a number.
 *
 *   static void tell_rest(struct server_rec *s, unsigned int held, void *data)
 *   {
 *       ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s, "%u more", held);
 *   }
 *
 *   static crosstown_log_limit_t refusals =
 *       CROSSTOWN_LOG_LIMIT(20, tell_rest, NULL);
 *
 *   if (!allows || allows(&refusals, s)) {
 *       ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s, "the line itself");
 *   }
 *
 * All here is since 1.3. The struct grows at its end only, and starts with its
 * size.
 */
#ifndef CROSSTOWN_LOG_H
#define CROSSTOWN_LOG_H

#include "mod_crosstown.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Write that so many lines were held back.
 * @param s     of the latest one
 * @param data  of the limit
 * Thread: that of the next line, or one of mod_crosstown's own some two
 * seconds later; at a stop under prefork perhaps inside a signal's handler:
 * take no lock and no memory. Since 1.3.
 */
typedef void (crosstown_log_rest_fn_t)(struct server_rec *s, unsigned int held,
                                       void *data);

/** One kind of line. Static, made with CROSSTOWN_LOG_LIMIT(). Since 1.3. */
typedef struct crosstown_log_limit_t {
    apr_size_t size;
    unsigned int lines;              /**< a second, in each child */
    crosstown_log_rest_fn_t *rest;
    void *data;                      /**< handed to rest */
    void *inside;                    /**< mod_crosstown's; NULL at first */
} crosstown_log_limit_t;

#define CROSSTOWN_LOG_LIMIT(lines, rest, data) \
    { sizeof(crosstown_log_limit_t), lines, rest, data, NULL }

/**
 * May a line of this kind be written now?
 * @param s  the server that it is about
 * @return 0: it is counted, and told with the next line or within some seconds
 * Thread: any of a child. Since 1.3.
 */
APR_DECLARE_OPTIONAL_FN(int, crosstown_log_allows,
                        (crosstown_log_limit_t *limit, struct server_rec *s));

#ifdef __cplusplus
}
#endif

#endif
