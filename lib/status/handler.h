/* SPDX-License-Identifier: Apache-2.0 */
/* handler: the handler `crosstown-status`, which shows the snapshot to people
 * and to programs.
 * Thread: start-up; the handler is called by the request's thread.
 * Lifetime: a page and what it was read from belong to the request. */
#ifndef CT_HANDLER_H
#define CT_HANDLER_H

/** Register the handler. Thread: start-up. */
void ct_status_register(void);

#endif
