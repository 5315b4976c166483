/* SPDX-License-Identifier: Apache-2.0 */
/* bell: ct_put_wait() and ct_put_tell_all() of lib/store/put.c. Who waits
 * notes how often the bell has rung, looks whether he is told, and sleeps if
 * it has not rung since, which the kernel compares. Who tells says so to each,
 * and rings once. So nobody sleeps on who has been told.
 *
 * Broken: EARLY, it rings before all are told; BEHIND, who waits looks first
 * whether he is told. */
#define PUTS 2

byte bell;
bool told[PUTS], asleep[PUTS];
byte back;

inline ring() {
    bell++;
    atomic { asleep[0] = false; asleep[1] = false }
}

proctype waiter(byte me) {
    byte rung;

    do
    ::
#ifndef BEHIND
        rung = bell;
#endif
        if
        :: told[me] -> break
        :: else
        fi;
#ifdef BEHIND
        rung = bell;
#endif
        if
        :: atomic { bell == rung -> asleep[me] = true }; !asleep[me]
        :: bell != rung
        fi
    od;
    back++
}

proctype writer() {
    told[0] = true;
#ifdef EARLY
    ring();
#endif
    told[1] = true;
#ifndef EARLY
    ring()
#endif
}

init {
    atomic { run waiter(0); run waiter(1); run writer() }
    timeout;
    assert(back == PUTS)
}
