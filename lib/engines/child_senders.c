/* SPDX-License-Identifier: Apache-2.0 */
/* child_senders: a message is put under the lock, too: a task that the drain
 * has left behind would find a sender that is being given back. */
#include "child_senders.h"

apr_status_t ct_child_senders_put(ct_child_senders_t *all,
                                  ct_sender_t **sender,
                                  ct_sender_t *(*start)(void *what),
                                  void *what, ct_message_t *message,
                                  int most_away)
{
    apr_status_t rv = APR_EOF;

    pthread_mutex_lock(&all->lock);
    if (!all->has_ended) {
        if (!*sender) {
            *sender = start(what);
        }
        rv = *sender ? ct_sender_put(*sender, message, most_away) : APR_ENOMEM;
    }
    pthread_mutex_unlock(&all->lock);
    return rv;
}

void ct_child_senders_end(ct_child_senders_t *all)
{
    pthread_mutex_lock(&all->lock);
    all->has_ended = 1;
    pthread_mutex_unlock(&all->lock);
}
