/* SPDX-License-Identifier: Apache-2.0 */
/* inbox: ct_queue_bring(), ct_queue_gather() and ct_queue_close() of
 * lib/pool/queue.c. Two threads bring batches, one of them one that comes back
 * (its next part); who has the lock empties the inbox as a whole, now and
 * then, and closes it at last. Each batch that was brought is found once, or
 * refused.
 *
 * Broken: RELAXED_EXCHANGE, a batch is seen before its link; TORN, the inbox
 * is emptied in two steps. */
#define WRITERS 2
#define STORES 10
#define PLACES 4
#include "late.pml"

#define INBOX 0                      /* then the links of batches 1, 2, 3 */
#define NO_MORE 9

byte brought[PLACES], found[PLACES], refused[PLACES];

inline bring(w, batch) {
    top = memory[INBOX];
    did = false;
    brought[batch]++;
    do
    :: did -> break
    :: !did && top == NO_MORE -> refused[batch]++; break
    :: !did && top != NO_MORE ->
        assert(late[w].count < STORES);
        store(w, batch, top, RELAXED);
        atomic {
#ifndef RELAXED_EXCHANGE
            all_seen(w);
#endif
            if
            :: memory[INBOX] == top -> memory[INBOX] = batch; did = true
            :: else -> top = memory[INBOX]
            fi
        }
    od
}

proctype one() {
    byte top, i;
    bool did;

    bring(0, 1);
    found[1] + refused[1] == 1;
    bring(0, 1)
}

proctype other() {
    byte top, i;
    bool did;

    bring(1, 2);
    bring(1, 3)
}

inline unstack() {
    do
    :: batch != 0 ->
        after = memory[batch];
        assert(found[batch] < brought[batch]);
        found[batch]++;
        batch = after
    :: else -> break
    od
}

proctype worker() {
    byte batch, after;

    do
    :: memory[INBOX] != 0 ->
#ifdef TORN
        batch = memory[INBOX];
        memory[INBOX] = 0;
#else
        atomic { batch = memory[INBOX]; memory[INBOX] = 0 }
#endif
        unstack()
    :: atomic { batch = memory[INBOX]; memory[INBOX] = NO_MORE };
        unstack();
        break
    od
}

active proctype judge() {
    byte n;

    timeout ->
        for (n : 1 .. 3) {
            assert(found[n] + refused[n] == brought[n])
        }
}

init {
    atomic {
        run visible(0);
        run visible(1);
        run one();
        run other();
        run worker()
    }
}
