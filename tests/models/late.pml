/* SPDX-License-Identifier: Apache-2.0 */
/* late: memory in which a store may be seen late. What a process stores stands
 * in a list of its own, in the order of its program, and becomes visible to
 * all in any order, but for what C11 promises:
 *
 *   stores to one place are seen in their order;
 *   one with release is not seen before any store that stands before it;
 *   nor is one behind a fence with release before those in front of it.
 *
 * Whoever stores sees memory only: a model keeps in a variable what a process
 * knows of its own. Loads are done in the order of the program, as acquire has
 * them; a model that wants one early has it earlier. */

#define RELAXED 0
#define RELEASE 1

typedef late_t {
    byte count;                      /* stores so far */
    byte unseen;                     /* of these */
    byte fenced;                     /* those before it come first */
    byte place[STORES];
    byte value[STORES];
    byte before[STORES];             /* so many have to be seen before it */
    bool seen[STORES];
}

byte memory[PLACES];
late_t late[WRITERS];

inline fence(w) {
    late[w].fenced = late[w].count
}

inline store(w, where, what, order) {
    d_step {
        late[w].place[late[w].count] = where;
        late[w].value[late[w].count] = what;
        late[w].before[late[w].count] =
            (order == RELEASE -> late[w].count : late[w].fenced);
        late[w].count++;
        late[w].unseen++
    }
}

/* All that it has stored is seen: before an exchange, or for seq_cst. */
inline all_seen(w) {
    d_step {
        i = 0;
        do
        :: i < late[w].count ->
            if
            :: !late[w].seen[i] ->
                late[w].seen[i] = true;
                memory[late[w].place[i]] = late[w].value[i]
            :: else
            fi;
            i++
        :: else -> break
        od;
        late[w].unseen = 0;
        i = 0
    }
}

/* One for each writer: makes one of its stores visible, any that may be. */
proctype visible(byte w) {
    byte n, i;
    bool may;

end:
    do
    :: atomic { late[w].unseen > 0 ->
            n = 0;
            do
            :: n + 1 < late[w].count -> n++
            :: break
            od;
            may = !late[w].seen[n];
            i = 0;
            do
            :: i < n ->
                may = may && (late[w].seen[i]
                              || (i >= late[w].before[n]
                                  && late[w].place[i] != late[w].place[n]));
                i++
            :: else -> break
            od;
            if
            :: may ->
                late[w].seen[n] = true;
                late[w].unseen--;
                memory[late[w].place[n]] = late[w].value[n]
            :: else
            fi;
            n = 0; i = 0; may = false
        }
    od
}
