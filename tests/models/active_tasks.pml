/* SPDX-License-Identifier: Apache-2.0 */
/* active_tasks: lib/metrics/active_tasks.c. A thread shows two tasks one after
 * the other and leaves its entry, or is killed and cleared away; a thread of
 * another process takes it and shows a third one. A reader that finds the
 * state unchanged has read one task, with the process that runs it, and not
 * parts of two. A task that is described while it runs is shown anew,
 * as a second one.
 *
 * Broken: NO_FENCE, what is shown is written without the fence;
 * PROCESS_RELAXED, so is the process; CLEAR_AT_ONCE, the process of what is
 * shown is cleared away; NO_READER_FENCE, the state is read again too early. */
#define WRITERS 2
#define STORES 13
#define PLACES 4
#include "late.pml"

#define STATE 0
#define PROCESS 1
#define URI 2
#define NAME 3

/* Of a state, modulo 4. */
#define FREE 0
#define HELD 1
#define SHOWN 2

#ifdef PROCESS_RELAXED
#define PROCESS_ORDER RELAXED
#else
#define PROCESS_ORDER RELEASE
#endif

byte task_of[24];                    /* by state: what was shown */
byte process_of[24];
byte left;                           /* the state, when the first has gone */

inline begin(w, task, process) {
#ifndef NO_FENCE
    fence(w);
#endif
    store(w, URI, task, RELAXED);
    store(w, NAME, task, RELAXED);
    state = state + SHOWN - HELD;
    task_of[state] = task;
    process_of[state] = process;
    store(w, STATE, state, RELEASE)
}

inline end(w) {
    state = state + 4 - SHOWN + HELD;
    store(w, STATE, state, RELEASE)
}

inline leave(w) {
    store(w, PROCESS, 0, PROCESS_ORDER);
    state = state + 4 - HELD;
    store(w, STATE, state, RELEASE)
}

/* A process has been waited for: all that it stored is seen. */
inline clear(w) {
    all_seen(w);
#ifndef CLEAR_AT_ONCE
    if
    :: state % 4 == SHOWN ->
        state = state + 4 - SHOWN + HELD;
        store(w, STATE, state, RELEASE)
    :: else
    fi;
#endif
    store(w, PROCESS, 0, PROCESS_ORDER);
    state = state + 4 - state % 4;
    store(w, STATE, state, RELEASE)
}

/* Nobody else wants it just then, or is too late. */
inline take(w, process) {
    state = state + HELD;
    store(w, STATE, state, RELEASE);
    store(w, PROCESS, process, PROCESS_ORDER)
}

proctype one() {
    byte state, i;

    take(0, 1);
    begin(0, 1, 1);
    end(0);
    begin(0, 2, 1);
    if
    :: end(0); leave(0)
    :: clear(0)
    fi;
    left = state
}

proctype other() {
    byte state;

    left > 0 && memory[STATE] == left;
    state = left;
    take(1, 2);
    begin(1, 3, 2)
}

proctype reader() {
    byte state, again, process, uri, name;

    state = memory[STATE];
    if
    :: state % 4 == SHOWN ->
#ifdef NO_READER_FENCE
        again = memory[STATE];
#endif
        process = memory[PROCESS];
        uri = memory[URI];
        name = memory[NAME];
#ifndef NO_READER_FENCE
        again = memory[STATE];
#endif
        if
        :: again == state ->
            assert(uri == task_of[state] && name == task_of[state]
                   && process == process_of[state])
        :: else
        fi
    :: else
    fi
}

init {
    atomic {
        run visible(0);
        run visible(1);
        run one();
        run other();
        run reader()
    }
}
