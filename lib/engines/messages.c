/* SPDX-License-Identifier: Apache-2.0 */
/* messages: a message and its bytes are one block, from malloc(), since it is
 * made on one thread and freed on another one. */
#include "messages.h"

#include <stdlib.h>

void ct_messages_clear(ct_messages_t *queue)
{
    queue->first = NULL;
    queue->last = &queue->first;
}

void ct_messages_append(ct_messages_t *queue, ct_message_t *message)
{
    message->next = NULL;
    *queue->last = message;
    queue->last = &message->next;
}

void ct_messages_put_back(ct_messages_t *queue, ct_messages_t *from)
{
    if (from->first) {
        *from->last = queue->first;
        if (!queue->first) {
            queue->last = from->last;
        }
        queue->first = from->first;
        ct_messages_clear(from);
    }
}

ct_message_t *ct_messages_take(ct_messages_t *queue)
{
    ct_message_t *message = queue->first;

    queue->first = message->next;
    if (!queue->first) {
        queue->last = &queue->first;
    }
    return message;
}

ct_message_t *ct_message_make(apr_size_t length)
{
    ct_message_t *message = calloc(1, sizeof(*message) + length);

    if (message) {
        message->length = length;
    }
    return message;
}

void ct_message_free(ct_message_t *message)
{
    free(message->words);
    free(message);
}
