/* SPDX-License-Identifier: Apache-2.0 */
/* sender_inside: a sender, as its two files see it.
 * Thread: members are marked.
 * Lifetime: as in sender.h. */
#ifndef CT_SENDER_INSIDE_H
#define CT_SENDER_INSIDE_H

#include "messages.h"
#include "sender.h"

#include <pthread.h>

struct ct_sender_t {
    ct_sender_settings_t settings;   /* set once */
    pthread_mutex_t lock;
    pthread_cond_t wake;
    pthread_cond_t over;
    ct_messages_t waiting;           /* lock */
    apr_time_t under_way;            /* lock: when the first one of the round
                                        trip was put; 0: there is none */
    int is_closing;                  /* lock */
    int is_left;                     /* lock: nobody waits for the thread */
    int is_over;                     /* lock: the thread has ended */
    ct_sender_numbers_t *numbers;    /* lock */
    ct_sender_numbers_t own_numbers;
    int many;                        /* the thread's: went with the last round
                                        trip, and none had to wait */
    unsigned int failures;           /* the thread's: in a row */
    ct_sender_event_e told;          /* the thread's */
};

/** The thread. @param data  the sender */
void *ct_sender_main(void *data);

/** A message is over, and its end is to be told. Under lock.
 *  @param ended  where it is put */
void ct_sender_end(ct_sender_t *sender, ct_message_t *message,
                   ct_messages_t *ended);

/** Note since when the oldest one waits. Under lock. */
void ct_sender_note_oldest(ct_sender_t *sender);

/** Tell their end. Not under lock. */
void ct_sender_tell_ends(ct_sender_t *sender, ct_messages_t *ended);

#endif
