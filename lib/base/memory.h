/* SPDX-License-Identifier: Apache-2.0 */
/* memory: what the processors share, and what the C library keeps.
 * Thread: any.
 * Lifetime: no state. */
#ifndef CT_MEMORY_H
#define CT_MEMORY_H

/** What different processors write to stands on different cache lines; bytes
 *  of one. */
#define CT_MEMORY_LINE 64

/** Give freed memory back to the system, where the C library has a call for
 *  it. Takes milliseconds after a large backlog, and may hold up an malloc()
 *  on another thread meanwhile. */
void ct_memory_give_back(void);

#endif
