/* SPDX-License-Identifier: Apache-2.0 */
/* support_chaos: threads that are held up by chance, just before they take a
 * lock, let go of one, wake somebody, or let the next task of a request go; so
 * that what is possible happens within seconds, and memory that runs out.
 *
 * Only ever before such a call, never behind it: a thread that has let the
 * next task go must reach its own function undisturbed, or the order of the
 * functions' first lines would say nothing about the order of the calls. */
#ifndef SUPPORT_CHAOS_H
#define SUPPORT_CHAOS_H

#include <stdint.h>

/** 0..below-1 */
unsigned int chance(uint64_t *luck, unsigned int below);

/** One in how many calls is held up, on every thread; 0, the start: none. */
void chaos_set(unsigned int one_in);

/** Hold the calling thread up, perhaps. */
void chaos_pause(void);

/** The same for a call that is about to fail; longer, so that others can do
 *  something while its caller still hopes. */
void chaos_fail_late(void);

/** How often a worker has begun to sleep until it is called or a time is over,
 *  so far. */
int timed_waits_begun(void);

/* A thread that lets go of a mutex which it does not have aborts the program,
 * always. */

/** Does malloc() fail on the calling thread, from now on? Sanitizers have a
 *  malloc() of their own: with them it never does. */
void memory_refuse(int refuse);

#endif
