/* SPDX-License-Identifier: Apache-2.0 */
/* oldest: since when tasks wait, name by name. A part of the inside of a
 * dispatcher, see workers.h.
 *
 * Thread: members and functions are marked as there.
 * Lifetime: the dispatcher's. */
#ifndef CT_OLDEST_H
#define CT_OLDEST_H

#include <stdatomic.h>

#include "clock.h"
#include "dispatcher.h"

/** Who looks at what waits. */
typedef struct ct_looks_t {
    ct_alarm_t alarm;                /* set once; the clock's while set */
    atomic_int armed;                /* atomic: it is set, or rings; seq_cst:
                                        who brings something has its place, and
                                        then looks here; ring() the other way
                                        round */
    _Atomic apr_time_t not_before;   /* atomic: of the clock; it could not be
                                        set; a hint: no order is needed */
} ct_looks_t;

/** Let nobody look yet. */
void ct_oldest_start(ct_dispatcher_t *d);

/** Something waits from now on. Any thread. */
void ct_oldest_want(ct_dispatcher_t *d);

/** Look at all that waits. Takes the lock. @return 0: nothing does */
int ct_oldest_look(ct_dispatcher_t *d, ct_oldest_t *oldest);

/** Nobody looks any more. Nothing waits any more. */
void ct_oldest_end(ct_dispatcher_t *d);

#endif
