/* SPDX-License-Identifier: Apache-2.0 */
/* fcgi: one FastCGI request on a connection that is its own: parameters and a
 * body go out, the script's status comes back. Knows nothing of tasks.
 * Thread: any; it holds the calling thread until the answer is there.
 * Lifetime: one call. */
#ifndef CT_FCGI_H
#define CT_FCGI_H

#include "apr_pools.h"
#include "apr_tables.h"
#include "apr_time.h"

#include <sys/socket.h>

/** What is to be asked. */
typedef struct ct_fcgi_request_t {
    const struct sockaddr *address;  /* of the FastCGI server */
    socklen_t address_length;
    const apr_table_t *parameters;
    const char *body;
    apr_size_t length;               /* bytes */
    apr_time_t until;                /* when it has to be over */
    void (*complain)(void *context, const char *line); /* of its stderr */
    void *context;
    apr_pool_t *pool;                /* scratch */
} ct_fcgi_request_t;

/** @return the request as it is sent, of so many bytes */
const char *ct_fcgi_bytes(const ct_fcgi_request_t *request,
                          apr_size_t *length);

typedef struct ct_fcgi_answer_t {
    int status;                      /* of the script; 200 if it named none */
    apr_interval_time_t retry_after; /* microseconds; 0: it did not say */
} ct_fcgi_answer_t;

/**
 * Ask.
 * @param answer  filled in
 * @return APR_SUCCESS | APR_TIMEUP | APR_EOF it ended without an answer |
 *         APR_EGENERAL it does not speak FastCGI, or refused the request |
 *         what the system says of the connection
 */
apr_status_t ct_fcgi_ask(const ct_fcgi_request_t *request,
                         ct_fcgi_answer_t *answer);

#endif
