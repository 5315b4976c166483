/* SPDX-License-Identifier: Apache-2.0 */
/* log_items: what a line of the access log can say of a request's tasks:
 * %{recorded}^CT, and the same with admitted, refused, cancelled and reason;
 * and notes of the request with the same numbers, for mod_lua and others.
 *
 * A request is logged before its tasks are handed over, so this is what the
 * rules will say. Who comes later can still change it: tasks recorded by a
 * collect hook, an admit hook, a full queue.
 * Thread: the request's, while it is logged.
 * Lifetime: strings are the request's, or static. */
#ifndef CT_LOG_ITEMS_H
#define CT_LOG_ITEMS_H

#include "glue.h"

/** Register the items, where mod_log_config is loaded. Thread: start-up. */
void ct_log_items_register(void);

/** Set the notes crosstown-recorded and -admitted, and -refused with -reason
 *  and -cancelled where they would not say 0; none for a request that has
 *  recorded nothing.
 *  @param root  the client's request, being logged */
void ct_log_items_note(request_rec *root);

#endif
