/* SPDX-License-Identifier: Apache-2.0 */
/* support_pusher: pushes that do not return before somebody lets them, since
 * the thread they make is held. */
#ifndef SUPPORT_PUSHER_H
#define SUPPORT_PUSHER_H

#include "support.h"

/** A push on a thread of its own. */
typedef struct pusher_t {
    ct_dispatcher_t *d;
    ct_batch_t *batch;
    apr_status_t rv;                 /* after pusher_join() */
    pthread_t thread;
} pusher_t;

/** Push a batch that has its places in the queue. */
void pusher_start(pusher_t *pusher, ct_dispatcher_t *d, ct_batch_t *batch);

/** Wait until it has returned. @return what it returned */
apr_status_t pusher_join(pusher_t *pusher);

/** Three tasks, at most two threads, and none is called for the third. */
typedef struct sleeper_t {
    journal_t *journal;
    ct_dispatcher_t *d;
    gate_t leave;                    /* for "a" */
    gate_t reached;                  /* the second thread is being made */
    gate_t go;                       /* to be opened by the test */
    deed_t deeds[3];
    pusher_t pusher;                 /* of "b"; to be joined by the test */
} sleeper_t;

/**
 * While a thread is being made for "b", the worker of "a" runs "b" as well and
 * falls asleep. Then "c" is pushed, and left to the thread that is to come.
 * @param fails  is that thread not to be made?
 */
void sleeper_prepare(sleeper_t *sleeper, apr_pool_t *p, int fails);

#endif
