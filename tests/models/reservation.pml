/* SPDX-License-Identifier: Apache-2.0 */
/* reservation: ct_dispatcher_reserve() and ct_dispatcher_release() of
 * lib/pool/queue.c. Three requests want 1, 2 and 3 places of a queue of 3, and
 * give them back. There are never more than 3 in use, who is refused has seen
 * them all in use, and all are free in the end. Each step is an exchange: no
 * store is seen late.
 *
 * Broken: TORN, the new number is stored without a look whether the old one is
 * still there; ADD_FIRST, places are added before the look and taken back. */
#define MOST 3
#ifdef TORN
#define IS_STILL(number) true
#else
#define IS_STILL(number) (waiting == number)
#endif
#define LESS(a, b) (a < b -> a : b)

byte waiting;                        /* what the code counts */
byte in_use;                         /* what is so */

inline reserve() {
    atomic { before = waiting; none_left = (in_use == MOST) };
    do
    :: before >= MOST -> break
    :: before < MOST ->
        got = LESS(wanted, MOST - before);
        atomic {
            if
            :: IS_STILL(before) ->
                waiting = before + got; in_use = in_use + got; break
            :: else ->
                got = 0; before = waiting; none_left = (in_use == MOST)
            fi
        }
    od
}

inline add_first() {
    atomic {
        before = waiting;
        waiting = waiting + wanted;
        none_left = (in_use == MOST);
        got = (before >= MOST -> 0 : LESS(wanted, MOST - before));
        in_use = in_use + got
    };
    waiting = waiting - (wanted - got)
}

proctype request(byte wanted) {
    byte before, got;
    bool none_left;

#ifdef ADD_FIRST
    add_first();
#else
    reserve();
#endif
    assert(in_use <= MOST);
    assert(got > 0 || none_left);
    atomic { waiting = waiting - got; in_use = in_use - got }
}

active proctype judge() {
    timeout -> assert(waiting == 0 && in_use == 0)
}

init {
    atomic { run request(1); run request(2); run request(3) }
}
