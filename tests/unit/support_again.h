/* SPDX-License-Identifier: Apache-2.0 */
/* support_again: deeds that ask to be called again, and tasks with a delay. */
#ifndef SUPPORT_AGAIN_H
#define SUPPORT_AGAIN_H

#include "support.h"

/** What a deed does with its task: it asks to be called again until it has
 *  been called so often, each time after `pause`. */
typedef struct again_t {
    unsigned int times;
    apr_interval_time_t pause;
    apr_status_t last;               /* what the last attempt returns */
    unsigned int attempts;           /* seen */
    char id[CT_TASK_ID_SIZE];        /* of the first attempt */
    int wrong;                       /* attempts with another number or id */
} again_t;

#define AGAIN(times, pause) { times, pause, APR_SUCCESS, 0, "", 0 }

/** The deed. */
deed_t deed_of(const char *name, again_t *again);

/** push_plan(), one of them with a delay. */
apr_status_t push_delayed(ct_dispatcher_t *d, apr_pool_t *p,
                          journal_t *journal, deed_t *deeds, const char *plan,
                          apr_uint32_t which, apr_interval_time_t delay);

/** Wait until so many tasks wait for their time. @return 0: they do not */
int later_reached(ct_dispatcher_t *d, unsigned int count);

#endif
