/* SPDX-License-Identifier: Apache-2.0 */
/* hand_over: from a task that runs to the sender of its destination.
 * Thread: where nothing else is said, one of the pool's.
 * Lifetime: a way's, the configuration's. */
#ifndef CT_HAND_OVER_H
#define CT_HAND_OVER_H

#include "destination.h"

#include "format.h"

/** Where jobs of a task go, and in which form: what a target knows of it. */
typedef struct ct_way_t {
    ct_route_t route;
    ct_destination_t *to;
    const char *shown;               /* the address, without its password */
    int is_kept;                     /* keep=disk */
    apr_interval_time_t expires;     /* 0: never */
} ct_way_t;

/** Fill in what a CrosstownTask says; `to`, `shown` and `route` are the
 *  caller's.
 *  Thread: the one that reads the configuration. */
void ct_way_make(ct_way_t *way, const crosstown_target_setup_t *setup);

/** A target's show(). @param config  its way */
const char *ct_way_show(apr_pool_t *pool, void *config);

/** A target's fits(). @param config  its way */
const char *ct_way_fits(const crosstown_payload_t *payload, void *config,
                        apr_pool_t *p);

/** The job of a task; the tag is its id, where the caller has no other.
 *  @param envelope  filled in; points to the task's texts and the payload's */
void ct_way_envelope(ct_envelope_t *envelope, const crosstown_task_t *task,
                     const crosstown_payload_t *payload);

/** Hold the task, and hand its job to the sender.
 *  @param message  NULL: there was no memory for it
 *  @return what a target's run() returns */
apr_status_t ct_hand_over(const crosstown_task_t *task, const ct_way_t *way,
                          ct_message_t *message);

/** There is no job, and there never will be. @return as above */
apr_status_t ct_hand_over_not(const crosstown_task_t *task,
                              const ct_way_t *way, const char *why);

#endif
