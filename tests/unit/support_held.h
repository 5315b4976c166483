/* SPDX-License-Identifier: Apache-2.0 */
/* support_held: deeds that ask to be held. */
#ifndef SUPPORT_HELD_H
#define SUPPORT_HELD_H

#include "support_again.h"

#include "held.h"

/** What a deed does that asks to be held. */
typedef struct holder_t {
    ct_dispatcher_t *d;
    crosstown_held_t *held;          /* what it got; set before START */
    int finishes;                    /* before its function returns */
    apr_status_t result;             /* with this */
    gate_t returns;                  /* opened when it has got it */
} holder_t;

#define HOLDER(d) { d, NULL, 0, APR_SUCCESS, GATE_INIT }

deed_t deed_that_holds(const char *name, holder_t *holder);

/** Push it, and wait until its function has got what is to be finished. */
void push_held(ct_dispatcher_t *d, apr_pool_t *p, journal_t *journal,
               deed_t *deed);

#endif
