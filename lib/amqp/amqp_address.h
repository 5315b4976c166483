/* SPDX-License-Identifier: Apache-2.0 */
/* amqp_address: where a broker is, and as whom we log in.
 * Thread: read once, then read only.
 * Lifetime: the pool that it was read in. */
#ifndef CT_AMQP_ADDRESS_H
#define CT_AMQP_ADDRESS_H

#include "apr_pools.h"
#include "apr_time.h"

typedef struct ct_amqp_address_t {
    int is_tls;
    const char *host;
    int port;
    const char *user;                /* or NULL */
    const char *password;            /* or NULL */
    const char *vhost;
    apr_interval_time_t timeout;     /* to connect, and for each answer */
    const char *ca;                  /* amqps: file of the authorities that are
                                        believed */
    const char *shown;               /* for people, without the password */
    const char *key;                 /* the same for the same address */
} ct_amqp_address_t;

/** The form of an address, for messages. */
#define CT_AMQP_FORMS "amqp[s]://[user:password@]host[:port][/vhost]"

/**
 * Read one.
 * @param address  filled in, but for timeout, ca and key
 * @return NULL, or what is wrong, without the password
 */
const char *ct_amqp_address_read(ct_amqp_address_t *address, const char *text,
                                 apr_pool_t *p);

/** Fill in who we are if nobody said so, and the key, when all else is
 *  there. */
void ct_amqp_address_complete(ct_amqp_address_t *address, apr_pool_t *p);

#endif
