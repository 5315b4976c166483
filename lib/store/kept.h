/* SPDX-License-Identifier: Apache-2.0 */
/* kept: what is kept of a task, in memory; a row of the table `task` in the
 * file.
 * Thread: its owner's.
 * Lifetime: its owner's; nothing it points to is its own. */
#ifndef CT_KEPT_H
#define CT_KEPT_H

#include "apr.h"
#include "apr_time.h"

/** Texts about the request that asked for the task; each may be NULL. */
typedef enum {
    CT_ORIGIN_SERVER,                /* the virtual host's name and port */
    CT_ORIGIN_METHOD,
    CT_ORIGIN_URI,
    CT_ORIGIN_ARGS,
    CT_ORIGIN_HOSTNAME,
    CT_ORIGIN_CLIENT,
    CT_ORIGIN_USER,
    CT_ORIGIN_LOG_ID,
    CT_ORIGIN_TRACEPARENT,
    CT_ORIGIN_UNIQUE_ID,
    CT_ORIGINS
} ct_origin_e;

typedef struct ct_kept_t {
    apr_int64_t id;                  /* of the row; set when it is put */
    int duplicate;                   /* set when it is put: there is a task
                                        with this name and key already, whose
                                        id is in id; nothing was put */
    int owned;                       /* this process is about to run it; else
                                        it waits until somebody takes it */
    int attempt;                     /* starts so far */
    int recovered;                   /* how often its process has died */
    const char *name;                /* of the task */
    const char *token;               /* its id for others */
    const char *unique;              /* key, or NULL */
    apr_time_t created;              /* microseconds since 1970; in the file
                                        and after a take: milliseconds cut */
    apr_time_t not_before;
    apr_time_t expires;              /* 0: never */
    apr_time_t received;             /* the request; 0: there was none */
    int status;                      /* of the response; 0: none */
    const char *type;                /* media type of the payload, or NULL */
    const void *payload;
    apr_size_t length;               /* bytes at payload */
    const void *fields;              /* the payload in another form, or NULL */
    apr_size_t fields_length;
    const char *origin[CT_ORIGINS];
} ct_kept_t;

/** What has become of a task that was put or taken. */
typedef enum {
    CT_ENDING_DONE,                  /* delete it */
    CT_ENDING_WITHDRAWN,             /* it was put in vain and did not run:
                                        delete it, unless who put another one
                                        of its key relies on it: others may
                                        run it then */
    CT_ENDING_BEGUN,                 /* no end: see ct_store_begin() */
    CT_ENDING_RETRY,                 /* it ran, and shall again */
    CT_ENDING_RELEASE,               /* it did not run here: others may */
    CT_ENDING_DEAD                   /* it is not tried again, but kept */
} ct_ending_e;

#endif
