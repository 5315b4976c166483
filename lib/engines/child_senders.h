/* SPDX-License-Identifier: Apache-2.0 */
/* child_senders: the senders of a child. Each is started by its first message:
 * most children of prefork never have one. After the end none is started, and
 * nothing is put any more.
 * Thread: any of the process.
 * Lifetime: the process; set up anew in each child. */
#ifndef CT_CHILD_SENDERS_H
#define CT_CHILD_SENDERS_H

#include "sender.h"

#include <pthread.h>

typedef struct ct_child_senders_t {
    pthread_mutex_t lock;
    int has_ended;                   /* lock */
} ct_child_senders_t;

#define CT_CHILD_SENDERS_INIT { PTHREAD_MUTEX_INITIALIZER, 0 }

/** Hand a message to a sender.
 *  @param sender  where the sender stands; NULL there: start it
 *  @param start   makes one, one at a time for all senders; NULL: none can be
 *                 had now
 *  @return as ct_sender_put() | APR_EOF the end has come | APR_ENOMEM none can
 *          be had: the message is still the caller's */
apr_status_t ct_child_senders_put(ct_child_senders_t *all,
                                  ct_sender_t **sender,
                                  ct_sender_t *(*start)(void *what),
                                  void *what, ct_message_t *message,
                                  int most_away);

/** Nothing is put afterwards, so that all senders may be stopped. */
void ct_child_senders_end(ct_child_senders_t *all);

#endif
