/* SPDX-License-Identifier: Apache-2.0 */
/* switched: what an administrator says meanwhile, see switches.h, in a
 * dispatcher: switched.c brings it to the workers, paused.c has the tasks of
 * paused names. A part of the inside of a dispatcher, see workers.h.
 *
 * Thread: members and functions are marked as there.
 * Lifetime: the dispatcher's. */
#ifndef CT_SWITCHED_H
#define CT_SWITCHED_H

#include "apr_thread_proc.h"
#include "dispatcher.h"

struct ct_work_t;

/** Tasks of paused names, see paused.c. */
typedef struct ct_paused_t {
    ct_batch_t *first;               /* lock */
    ct_batch_t *last;                /* lock */
    apr_uint32_t count;              /* lock */
} ct_paused_t;

/** Who waits for what an administrator says, see switched.c. */
typedef struct ct_switched_t {
    apr_thread_t *thread;            /* set once; NULL: nobody */
    unsigned int seen;               /* set once: changes before it began */
} ct_switched_t;

/** Is the name of a task paused? */
int ct_paused_is(const ct_dispatcher_t *d, const ct_batch_t *batch,
                 apr_uint32_t index);

/** Let a task that was taken be called when its name is resumed. Not under
 *  lock; work has no batch afterwards, and its task may be over.
 *  @return 0: it cannot wait: *why, or CT_REFUSAL_NONE: it is to be STOPPED */
int ct_paused_put(ct_dispatcher_t *d, struct ct_work_t *work,
                  ct_refusal_e *why);

/** Names have been resumed, perhaps. Under lock. */
void ct_paused_look_again(ct_dispatcher_t *d);

/** Keep none any more. Under lock. @return those that were, linked; to be told
 *  their end */
ct_batch_t *ct_paused_stop(ct_dispatcher_t *d);

/** Begin to wait for what is said.
 *  @return APR_SUCCESS | what APR says: no thread */
apr_status_t ct_switched_start(ct_dispatcher_t *d);

/** Join its thread, once the dispatcher is closed. */
void ct_switched_stop(ct_dispatcher_t *d);

#endif
