/* SPDX-License-Identifier: Apache-2.0 */
/* destination: one address, its sender in this child, and how jobs end there.
 * Thread: any of a child, where nothing else is said.
 * Lifetime: the configuration's; the sender, the child's. */
#ifndef CT_DESTINATION_H
#define CT_DESTINATION_H

#include "destination_glue.h"

#include "sender.h"

typedef struct ct_destination_t ct_destination_t;

/** The destination of this address, the same for all tasks that go there.
 *  @param key      the same for the same address; copied
 *  @param shown    for people, without a password; copied
 *  @param address  as the kind's make() takes it, of a new destination; set to
 *                  that of the one that is there
 *  Thread: the one that reads the configuration. */
ct_destination_t *ct_destination_at(const char *key, const char *shown,
                                    void **address, apr_pool_t *p);

/** Send a job, whose task is held and is finished when its end is known.
 *  @param is_kept  it is on disk, too: fewer wait while the engine is away
 *  @return APR_SUCCESS | APR_ENOSPC too many wait | APR_EOF stopped |
 *          APR_ENOMEM no thread can be had: the message is still the
 *          caller's */
apr_status_t ct_destination_send(ct_destination_t *destination,
                                 ct_message_t *message, int is_kept);

/** Hang in. Thread: start-up. */
void ct_destination_register(void);

#endif
