/* SPDX-License-Identifier: Apache-2.0 */
/* faults: places where a test build can be told to fail, so that each way out
 * is walked once. In a build for use they are the constant 0 and vanish.
 * Thread: any of the child.
 * Lifetime: declarations only; tests/faults/faults.c has the state. */
#ifndef CT_FAULTS_H
#define CT_FAULTS_H

typedef enum {
    CT_FAULT_THREAD,                 /* no thread can be made */
    CT_FAULT_BATCH,                  /* no memory for a batch */
    CT_FAULT_CARRY,                  /* no pool for carried data */
    CT_FAULT_SCRATCH,                /* no pool for a worker */
    CT_FAULT_CLOCK,                  /* the clock is an hour back */
    CT_FAULT_LOCK,                   /* who has the lock is held up */
    CT_FAULTS
} ct_fault_e;

#ifdef CROSSTOWN_FAULTS

/** Is this the time to fail? */
int ct_fault(ct_fault_e point);

/** Let consumers set faults, by an optional function. Thread: start-up. */
void ct_faults_export(void);

#else

#define ct_fault(point) 0
#define ct_faults_export() ((void)0)

#endif

#endif
