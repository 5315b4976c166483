/* SPDX-License-Identifier: Apache-2.0 */
/* switches: what an administrator says to all processes while they run, in
 * memory that they share: names that are paused, other numbers than the
 * configured ones.
 * Thread: any, of any of the processes.
 * Lifetime: the memory is somebody else's; it starts as zeroes, which say
 * nothing. */
#ifndef CT_SWITCHES_H
#define CT_SWITCHES_H

#include <stdatomic.h>

/** Names are told apart by a small number. */
#define CT_SWITCHES_NAMES 65

/** What is said of a name. Here and below seq_cst, though a switch stands
 *  alone: who waits sees what was said before `changes` rose. */
typedef struct ct_name_switch_t {
    atomic_uint paused;              /* non-zero: its tasks are not called */
    atomic_uint at_once;             /* 0: as configured */
} ct_name_switch_t;

/** All that is said. */
typedef struct ct_switches_t {
    atomic_uint changes;             /* who waits looks at it */
    atomic_uint threads;             /* of a process; 0: as configured */
    atomic_uint draining;            /* non-zero: nothing more is let in */
    ct_name_switch_t names[CT_SWITCHES_NAMES];
} ct_switches_t;

/** What ct_switches_wait() is to be told; to be read before one looks at
 *  anything else. */
unsigned int ct_switches_changes(const ct_switches_t *switches);

/** Something was written: let all who wait look. */
void ct_switches_changed(ct_switches_t *switches);

/** Wait until something is written.
 *  @param changes  from ct_switches_changes(): what was written since then is
 *                  not waited for */
void ct_switches_wait(ct_switches_t *switches, unsigned int changes);

/** Is a name paused? @param name  NULL is legal: no */
static inline int ct_switches_paused(const ct_name_switch_t *name)
{
    return name && atomic_load(&name->paused) != 0;
}

#endif
