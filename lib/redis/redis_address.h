/* SPDX-License-Identifier: Apache-2.0 */
/* redis_address: where a Redis is, and as whom we log in.
 * Thread: read once, then read only.
 * Lifetime: the pool that it was read in. */
#ifndef CT_REDIS_ADDRESS_H
#define CT_REDIS_ADDRESS_H

#include "apr_tables.h"
#include "apr_time.h"

typedef struct ct_redis_host_t {
    const char *name;
    int port;
} ct_redis_host_t;

typedef struct ct_redis_address_t {
    const char *path;                /* of a socket, or NULL */
    apr_array_header_t *hosts;       /* ct_redis_host_t; one, unless they are
                                        sentinels */
    const char *service;             /* that the sentinels know; or NULL */
    const char *user;                /* or NULL */
    const char *password;            /* or NULL */
    int db;
    apr_interval_time_t timeout;     /* to connect, and for each answer */
    const char *shown;               /* for people, without the password */
    const char *key;                 /* the same for the same address */
    int needs_scripts;               /* jobs call them, see once.h */
} ct_redis_address_t;

/** The forms of an address, for messages. */
#define CT_REDIS_FORMS "redis://[user:password@]host[:port][/db], " \
    "redis+sentinel://[:password@]host:port,host:port/service[/db] or " \
    "unix:/path|redis://[user:password@]/db"

/**
 * Read one.
 * @param address  filled in, but for timeout, key and needs_scripts
 * @return NULL, or what is wrong, without the password
 */
const char *ct_redis_address_read(ct_redis_address_t *address,
                                  const char *target, apr_pool_t *p);

/** Fill in the key, when all else is there. */
void ct_redis_address_complete(ct_redis_address_t *address, apr_pool_t *p);

#endif
