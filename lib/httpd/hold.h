/* SPDX-License-Identifier: Apache-2.0 */
/* hold: crosstown_hold() and what belongs to it, for consumers.
 * Thread: start-up.
 * Lifetime: no state beyond one child's. */
#ifndef CT_HOLD_H
#define CT_HOLD_H

/** Export them. */
void ct_hold_export(void);

#endif
