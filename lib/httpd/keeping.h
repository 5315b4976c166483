/* SPDX-License-Identifier: Apache-2.0 */
/* keeping: what modules are told that keep tasks beyond their process.
 * Thread: as crosstown_keep.h says.
 * Lifetime: no state. */
#ifndef CT_KEEPING_H
#define CT_KEEPING_H

/** Export the functions. Thread: start-up. */
void ct_keeping_export(void);

#endif
