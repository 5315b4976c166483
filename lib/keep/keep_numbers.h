/* SPDX-License-Identifier: Apache-2.0 */
/* keep_numbers: what is in the store and how it is doing, for
 * crosstown_numbers.h.
 * Thread: start-up; the hook's is that of a request for a page.
 * Lifetime: no state. */
#ifndef CT_KEEP_NUMBERS_H
#define CT_KEEP_NUMBERS_H

/** Hang in. Thread: start-up. */
void ct_keep_numbers_register(void);

#endif
