/* SPDX-License-Identifier: Apache-2.0 */
/* micro_lines: what it costs a processor to read what another one has just
 * written, and to write what that has read, a cache line each. Whoever hands
 * a task over pays both: where one producer and one runner do nothing else,
 * this is most of what is measured, and on a virtual machine it may be five
 * times as much a minute later. The lines are linked in no order, so that the
 * processor cannot read ahead. */
#include "micro.h"

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

#define LINES 1024

typedef struct line_t {
    struct line_t *next;
    int64_t written;
    char apart[48];
} line_t;

static line_t lines[LINES] __attribute__((aligned(64)));
static int turn;                     /* atomic: even the writer's */
static int rounds;
static int64_t reading, writing;     /* nanoseconds, in all */

static void wait_for_turn(int wanted)
{
    while (__atomic_load_n(&turn, __ATOMIC_ACQUIRE) != wanted) {
        sched_yield();
    }
}

static void *read_all(void *nothing)
{
    int i;

    for (i = 0; i < rounds; ++i) {
        const line_t *line = lines;
        int64_t before;

        wait_for_turn(2 * i + 1);
        before = micro_now();
        while (line) {
            micro_insist(line->written == i, "a line is old");
            line = line->next;
        }
        reading += micro_now() - before;
        __atomic_store_n(&turn, 2 * i + 2, __ATOMIC_RELEASE);
    }
    return nothing;
}

static void write_all(int round)
{
    int64_t before = micro_now();
    line_t *line;

    for (line = lines; line; line = line->next) {
        line->written = round;
    }
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    writing += micro_now() - before;
}

/* A ring through all of them (Sattolo), cut open before the first. */
static void link_in_no_order(void)
{
    int order[LINES];
    int i;

    for (i = 0; i < LINES; ++i) {
        order[i] = i;
    }
    for (i = LINES - 1; i > 1; --i) {
        int other = 1 + rand() % i;
        int kept = order[i];

        order[i] = order[other];
        order[other] = kept;
    }
    for (i = 0; i + 1 < LINES; ++i) {
        lines[order[i]].next = &lines[order[i + 1]];
    }
}

void micro_lines(const contender_t *c, char **arguments)
{
    pthread_t reader;
    int i;

    rounds = atoi(arguments[0]);
    link_in_no_order();
    micro_insist(pthread_create(&reader, NULL, read_all, NULL) == 0,
                 "no thread");
    for (i = 0; i < rounds; ++i) {
        wait_for_turn(2 * i);
        write_all(i);
        __atomic_store_n(&turn, 2 * i + 1, __ATOMIC_RELEASE);
    }
    pthread_join(reader, NULL);
    printf("ns_to_read %.1f\nns_to_write %.1f\n",
           (double)reading / rounds / LINES, (double)writing / rounds / LINES);
}
