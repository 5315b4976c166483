/* SPDX-License-Identifier: Apache-2.0 */
/* wake: ct_workers_want() of lib/pool/workers.c and unlock_and_park() of
 * idle.c. Who brings a task takes no lock where somebody searches, or nobody
 * can be called; who ceases to search, or can be called from now on, looks
 * into the inbox once more. So nothing is left behind while all are parked:
 * two bring a task each, two workers run them.
 *
 * Broken: LATE, what is brought is seen after the look at who searches, as
 * release and acquire would allow; NO_LOOK, who parks does not look. */
#define WORKERS 2
#define RUNNING 0
#define SEARCHING 1
#define IDLE 2

byte inbox, available;               /* tasks */
byte searching, callable = WORKERS;
byte is[WORKERS] = IDLE;
byte ran;
bool lock;

#define TAKE_LOCK atomic { !lock -> lock = true }
#define GATHER atomic { available = available + inbox; inbox = 0 }

/* Under lock. `takes`: the caller takes one itself. */
inline plan(takes) {
    if
    :: searching == 0 ->
        if
        :: available <= takes -> GATHER
        :: else
        fi;
        if
        :: available > takes && is[0] == IDLE ->
            is[0] = SEARCHING; callable--; searching++
        :: available > takes && is[0] != IDLE && is[1] == IDLE ->
            is[1] = SEARCHING; callable--; searching++
        :: else
        fi
    :: else
    fi
}

inline bring() {
    inbox++
}

proctype bringer() {
    bool needed;

#ifndef LATE
    bring();
#endif
    needed = (searching == 0);
    needed = needed && callable > 0;
#ifdef LATE
    bring();
#endif
    if
    :: needed -> TAKE_LOCK; plan(0); lock = false
    :: else
    fi
}

proctype worker(byte me) {
    TAKE_LOCK;
    goto park;
work:
    if
    :: available == 0 -> GATHER
    :: else
    fi;
    if
    :: available > 0 ->
        plan(1);
        available--;
        lock = false;
        ran++;
        TAKE_LOCK;
        goto work
    :: else
    fi;
    if
    :: searching == 0 ->             /* one round */
        is[me] = SEARCHING; searching++;
        lock = false;
        TAKE_LOCK;
        GATHER;
        if
        :: available > 0 -> searching--; is[me] = RUNNING; goto work
        :: else
        fi;
        is[me] = IDLE; callable++; searching--
    :: else ->
        is[me] = IDLE; callable++
    fi;
park:
#ifndef NO_LOOK
    GATHER;
    if
    :: available > 0 && is[me] == IDLE ->
        is[me] = SEARCHING; callable--; searching++
    :: else
    fi;
#endif
    lock = false;
end:
    atomic { is[me] != IDLE && !lock -> lock = true };
    searching--; is[me] = RUNNING;
    goto work
}

active proctype judge() {
    timeout -> assert(ran == 2 && inbox == 0 && available == 0)
}

init {
    atomic {
        run bringer();
        run bringer();
        run worker(0);
        run worker(1)
    }
}
