/* SPDX-License-Identifier: Apache-2.0 */
/* format: what a job looks like to the workers that a site has: from a task to
 * Redis commands or an AMQP message.
 * Thread: any.
 * Lifetime: the pools that are handed in; a route's strings, the
 * configuration's. */
#ifndef CT_FORMAT_H
#define CT_FORMAT_H

#include "commands.h"
#include "publish.h"

#include "apr_time.h"

/** The longest payload, in bytes. */
#define CT_FORMAT_LONGEST (1024 * 1024)

typedef struct ct_format_t ct_format_t;

/** What brings jobs to the workers. */
typedef enum {
    CT_BY_REDIS,
    CT_BY_AMQP
} ct_carrier_e;

/** Where jobs of a task go, as configured. Start with zero bytes. */
typedef struct ct_route_t {
    ct_carrier_e carrier;
    const ct_format_t *format;
    const char *work;                /* class=: the class, function or name by
                                        which the worker knows what to do */
    const char *queue;
    const char *exchange;            /* AMQP: where it is published; "": the
                                        default one */
    const char *prefix;              /* Redis: of all keys; "" is one, too */
    int has_retries;                 /* retries= is said */
    int retries;                     /* so often the worker tries again */
    int once;                        /* Redis: seconds for which a marker
                                        lives; 0: there is none */
    const char *sha;                 /* of the script, see once.h */
    const char *work_in_json;        /* class=, as it stands in JSON */
} ct_route_t;

/** One job. */
typedef struct ct_envelope_t {
    const char *id;                  /* of the task, 32 hexadecimal digits */
    apr_time_t created;              /* when it was recorded, since 1970 */
    apr_time_t now;
    const char *payload;
    apr_size_t length;               /* bytes */
    const char *type;                /* its media type; NULL: any */
} ct_envelope_t;

/** @return the format of this name, or NULL */
const ct_format_t *ct_format_find(const char *name);

/** The names of those that go that way, for people. */
const char *ct_format_names(ct_carrier_e carrier, apr_pool_t *p);

/** Fill in what was not said of a route, and look at the rest.
 *  @param task  its name
 *  @return NULL, or what is wrong and how to mend it */
const char *ct_route_complete(ct_route_t *route, const char *task,
                              apr_pool_t *p);

/** Do its jobs call scripts, which the server has to have loaded? */
int ct_route_has_script(const ct_route_t *route);

/** Can these bytes be the payload of a job? @return NULL, or why not */
const char *ct_format_fits(const ct_format_t *format, const char *payload,
                           apr_size_t length, apr_pool_t *p);

/** Write a job for Redis. All of its commands belong together: they are sent
 *  at once, and each is answered once.
 *  @param commands  filled in; points to the envelope's texts
 *  @return NULL, or as ct_format_fits() */
const char *ct_format_write(const ct_route_t *route,
                            const ct_envelope_t *envelope,
                            ct_commands_t *commands, apr_pool_t *p);

/** Write a job for AMQP.
 *  @param publish  filled in; points to the envelope's texts
 *  @return as above */
const char *ct_format_publish(const ct_route_t *route,
                              const ct_envelope_t *envelope,
                              ct_publish_t *publish, apr_pool_t *p);

#endif
