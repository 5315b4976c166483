/* SPDX-License-Identifier: Apache-2.0 */
/* format_writers: what the formats are made of, inside this room.
 * Thread: any.
 * Lifetime: one job's. */
#ifndef CT_FORMAT_WRITERS_H
#define CT_FORMAT_WRITERS_H

#include "format.h"
#include "publish.h"

/** A job on its way into commands. */
typedef struct ct_letter_t {
    apr_pool_t *pool;
    const ct_route_t *route;
    const ct_envelope_t *envelope;
    const char *id;                  /* as a UUID */
    const char *work;                /* class=, as it stands in JSON */
    const char *data;                /* the payload as one JSON value */
    const char *all;                 /* as a JSON array of arguments */
    const char *arguments;           /* the same where some can be named,
                                        too: the array, */
    const char *named;               /* and the object */
} ct_letter_t;

struct ct_format_t {
    const char *name;
    const char *queue;               /* if none is said; NULL: the task's
                                        name */
    const char *prefix;              /* the same; NULL: one has to be said */
    const char *retries;             /* NULL: the worker tries again; else who
                                        says so, and not the job */
    int needs_class;                 /* class= has to be said */
    int takes_bytes;                 /* any payload; all others take JSON */
    int is_script;                   /* its one command calls a script of its
                                        own, which sees to the marker */
    /** As Redis commands; NULL: not by Redis. */
    void (*write)(const ct_letter_t *letter, ct_commands_t *commands);
    /** As an AMQP message, whose exchange, key and time are there; NULL: not
     *  by AMQP. */
    void (*publish)(const ct_letter_t *letter, ct_publish_t *publish);
};

void ct_write_stream(const ct_letter_t *letter, ct_commands_t *commands);
void ct_write_sidekiq(const ct_letter_t *letter, ct_commands_t *commands);
void ct_write_activejob(const ct_letter_t *letter, ct_commands_t *commands);
void ct_write_celery(const ct_letter_t *letter, ct_commands_t *commands);
void ct_write_rq(const ct_letter_t *letter, ct_commands_t *commands);
void ct_write_bullmq(const ct_letter_t *letter, ct_commands_t *commands);
void ct_write_laravel(const ct_letter_t *letter, ct_commands_t *commands);
void ct_publish_celery(const ct_letter_t *letter, ct_publish_t *publish);
void ct_publish_message(const ct_letter_t *letter, ct_publish_t *publish);

/** A key: the route's prefix and these texts, the last of which is NULL. */
const char *ct_letter_key(const ct_letter_t *letter, ...)
    __attribute__((sentinel));

/** 32 digits as a UUID. */
const char *ct_letter_uuid(apr_pool_t *p, const char *digits);

/** Seconds since 1970 with six digits of a fraction. */
const char *ct_letter_seconds(apr_pool_t *p, apr_time_t time);

#endif
