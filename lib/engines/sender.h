/* SPDX-License-Identifier: Apache-2.0 */
/* sender: a thread that brings messages to an engine, and keeps each one until
 * it is confirmed. It takes whatever waits at once, so that a busy server
 * sends many in one round trip, and an idle one waits for nothing.
 * Thread: any of the process, where nothing else is said.
 * Lifetime: from ct_sender_start() to ct_sender_stop(), in one process. */
#ifndef CT_SENDER_H
#define CT_SENDER_H

#include "messages.h"

#include "apr_errno.h"

typedef struct ct_sender_t ct_sender_t;

/** What is told of a sender, for the log. */
typedef enum {
    CT_SENDER_UP,                    /* it can send again; it could not */
    CT_SENDER_AWAY,                  /* it cannot; tried again */
    CT_SENDER_MEND                   /* nor will it, until somebody mends the
                                        configuration */
} ct_sender_event_e;

/** Numbers since the start, and how it stands. */
typedef struct ct_sender_numbers_t {
    int is_away;
    apr_time_t since;                /* it is or is not; 0: never tried */
    apr_uint64_t waiting;            /* messages that are not over */
    apr_uint64_t bytes;              /* of them */
    apr_time_t oldest;               /* when it was put; 0: none waits */
    apr_uint64_t sent;               /* each time */
    apr_uint64_t repeated;           /* of those: not the first time */
    apr_uint64_t confirmed;
    apr_uint64_t again;              /* how often: not stored, for a while */
    apr_uint64_t mend;
    apr_uint64_t unknown;
    apr_uint64_t refused;
    apr_uint64_t expired;
} ct_sender_numbers_t;

typedef struct ct_sender_settings_t {
    const ct_engine_t *engine;
    void *connection;                /* for its functions */
    int most_jobs;                   /* that wait */
    apr_size_t most_bytes;           /* of them */
    void *context;                   /* of the following */
    /** A message is over: STORED, REFUSED, EXPIRED or LEFT. Thread: the
     *  sender's; for LEFT the one that stops it. */
    void (*done)(void *context, const ct_message_t *message);
    /** Words for the log. Thread: the sender's. */
    void (*tell)(void *context, ct_sender_event_e event, const char *words);
    /** Is the process about to go? Pauses are short then. */
    int (*is_stopping)(void *context);
    ct_sender_numbers_t *numbers;    /* where it counts on, for others to read;
                                        NULL: in memory of its own */
} ct_sender_settings_t;

/** @return NULL: no memory, or no thread can be had */
ct_sender_t *ct_sender_start(const ct_sender_settings_t *settings);

/** Hand a message over; it is freed when done() was told.
 *  @param most_away  so many may wait while the engine is away
 *  @return APR_SUCCESS | APR_ENOSPC too many wait | APR_EOF stopped: it is
 *          still the caller's */
apr_status_t ct_sender_put(ct_sender_t *sender, ct_message_t *message,
                           int most_away);

void ct_sender_numbers(ct_sender_t *sender, ct_sender_numbers_t *numbers);

/** No more is sent. What waits is told done() as LEFT; of what is just being
 *  sent nothing is told if its answer does not come in time.
 *  @param wait  for the thread, microseconds */
void ct_sender_stop(ct_sender_t *sender, apr_interval_time_t wait);

#endif
