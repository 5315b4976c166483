/* SPDX-License-Identifier: Apache-2.0 */
/* call_order: ct_queue_take() and claim_call() of lib/pool. A request has four
 * tasks, of which the third runs on the request's own thread, which holds no
 * lock; two workers take the others. Though `called` may be seen late, they
 * are called in their order, at most one is between its taking and its call,
 * and all are called.
 *
 * Broken: NO_LOOK, a task is taken whether its predecessor was called or not;
 * EARLY, that it was called is said before it is. */
#define WRITERS 3
#define STORES 4
#define PLACES 1
#include "late.pml"

#define CALLED 0                     /* batch->called */
#define TASKS 4
#define OWN 2                        /* the request's own thread calls it */

bool lock;
byte taken;                          /* under lock */
byte calls;                          /* what is so */
byte between;

inline call(w, index) {
    atomic { assert(between == 0); between++ };
#ifdef EARLY
    store(w, CALLED, index + 1, RELAXED);
#endif
    atomic { assert(calls == index); calls++; between-- };
#ifndef EARLY
    store(w, CALLED, index + 1, RELAXED)
#endif
}

proctype worker(byte w) {
    byte index;

    do
    :: atomic { !lock -> lock = true };
        if
        :: taken == OWN ->           /* that one is not in the queue */
            taken++; lock = false
        :: taken == TASKS -> lock = false; break
#ifdef NO_LOOK
        :: taken != OWN && taken < TASKS ->
#else
        :: taken != OWN && taken < TASKS && memory[CALLED] == taken ->
#endif
            index = taken;
            taken++;
            lock = false;
            call(w, index)
        :: else -> lock = false
        fi
    od
}

proctype request() {
    memory[CALLED] == OWN;
    call(2, OWN)
}

active proctype judge() {
    timeout -> assert(calls == TASKS)
}

init {
    atomic {
        run visible(0);
        run visible(1);
        run visible(2);
        run worker(0);
        run worker(1);
        run request()
    }
}
