/* SPDX-License-Identifier: Apache-2.0 */
/* after: CrosstownAfter: tasks that are asked for after every response of a
 * place, without any script.
 * Thread: the request's.
 * Lifetime: the request's. */
#ifndef CT_AFTER_H
#define CT_AFTER_H

/** Hang in where the final status is known. Thread: start-up. */
void ct_after_register(void);

#endif
