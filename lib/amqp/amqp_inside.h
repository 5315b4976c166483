/* SPDX-License-Identifier: Apache-2.0 */
/* amqp_inside: a link, as its files see it.
 * Thread: the sender's.
 * Lifetime: as in amqp_link.h. */
#ifndef CT_AMQP_INSIDE_H
#define CT_AMQP_INSIDE_H

#include "amqp_address.h"
#include "engine.h"
#include "rabbitmq.h"

#define CT_AMQP_EXCHANGE 256         /* the longest name and its zero byte */

/** A channel has one exchange, since an exchange that is not there costs the
 *  channel, and everything on it that is not confirmed. Its number is its
 *  place in the list, from 1. */
typedef struct ct_amqp_channel_t {
    char exchange[CT_AMQP_EXCHANGE];
    int is_open;
    apr_uint64_t published;          /* by it, since it was opened */
} ct_amqp_channel_t;

typedef struct ct_amqp_link_t {
    const ct_amqp_address_t *address;
    amqp_connection_state_t state;   /* NULL: there is no connection */
    int is_broken;                   /* it cannot be used any more */
    int is_blocked;                  /* by an alarm of the broker */
    ct_amqp_channel_t *channels;     /* malloc()ed */
    int channel_count;
    ct_message_t *first;             /* those that are being sent */
    int pending;                     /* of them, when they were last looked
                                        at */
    char *words;                     /* about a failure; or NULL */
    char returned[CT_ENGINE_WORDS];  /* why a message comes back, whose
                                        properties follow; "": none does */
} ct_amqp_link_t;

/** Connect, and log in. @return STORED: ready | AGAIN | MEND, and words */
ct_sent_e ct_amqp_open(ct_amqp_link_t *link);

/** The number of the open channel of an exchange.
 *  @return 0: there is none, and the link is broken */
int ct_amqp_channel(ct_amqp_link_t *link, const char *exchange);

/** What a message that was published has as its tag. */
apr_uint64_t ct_amqp_tag(int channel, apr_uint64_t number);

/** Take one frame from the broker.
 *  @param wait  for it, microseconds
 *  @return 0: there is none, or the link is broken */
int ct_amqp_take_frame(ct_amqp_link_t *link, apr_interval_time_t wait);

/** The link can be used no more; words say why. */
void ct_amqp_break(ct_amqp_link_t *link, const char *what, const char *why);

/** Words for a failure, if anybody wants them. */
void ct_amqp_say(ct_amqp_link_t *link, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/** The microseconds as the library wants them. */
struct timeval ct_amqp_time(apr_interval_time_t time);

#endif
