/* SPDX-License-Identifier: Apache-2.0 */
/* unique_status: the keys of unique tasks, for crosstown_numbers.h.
 * Thread: a request's.
 * Lifetime: no state. */
#ifndef CT_UNIQUE_STATUS_H
#define CT_UNIQUE_STATUS_H

/** Hang in. Thread: start-up. */
void ct_unique_status_register(void);

#endif
