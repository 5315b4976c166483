/* SPDX-License-Identifier: Apache-2.0 */
/* messages: one after the other.
 * Thread: one at a time.
 * Lifetime: a message's, until it is freed. */
#ifndef CT_MESSAGES_H
#define CT_MESSAGES_H

#include "engine.h"

/** A list that knows its end. */
typedef struct ct_messages_t {
    ct_message_t *first;
    ct_message_t **last;
} ct_messages_t;

/** A message of so many bytes, to be filled in. @return NULL: no memory */
ct_message_t *ct_message_make(apr_size_t length);
void ct_message_free(ct_message_t *message);

/** None yet. */
void ct_messages_clear(ct_messages_t *queue);

void ct_messages_append(ct_messages_t *queue, ct_message_t *message);

/** In front of what is there. @param from  empty then */
void ct_messages_put_back(ct_messages_t *queue, ct_messages_t *from);

/** The first one, which is there. */
ct_message_t *ct_messages_take(ct_messages_t *queue);

#endif
