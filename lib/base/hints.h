/* SPDX-License-Identifier: Apache-2.0 */
/* hints: what the compiler cannot know, namely which way most tasks go. A
 * server's request has other code in the processor's cache than ours: each
 * line of it that a task needs costs as much as some thirty instructions. So
 * what every task goes through lies together, and what few do is elsewhere.
 * Thread: declarations only.
 * Lifetime: declarations only. */
#ifndef CT_HINTS_H
#define CT_HINTS_H

/** Of a function: every task goes through it. */
#define CT_OFTEN __attribute__((hot))

/** Of a function: some do. It stays a function of its own. */
#define CT_APART __attribute__((noinline))

/** Of a function: next to none does. It lies far away, too. */
#define CT_SELDOM __attribute__((cold, noinline))

/** Of a variable that is seldom written to: every task reads it. */
#ifdef __ELF__
#define CT_OFTEN_READ __attribute__((section(".data.crosstown_often_read")))
#else
#define CT_OFTEN_READ
#endif

/** Of a condition: it seldom holds. */
#define CT_RARE(condition) __builtin_expect(!!(condition), 0)

#endif
