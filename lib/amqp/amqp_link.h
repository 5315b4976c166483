/* SPDX-License-Identifier: Apache-2.0 */
/* amqp_link: the connection of one sender to one broker.
 * Thread: the sender's; made before it starts.
 * Lifetime: malloc()ed, the process's. */
#ifndef CT_AMQP_LINK_H
#define CT_AMQP_LINK_H

#include "engine.h"

/** What a sender does with a link. */
extern const ct_engine_t ct_amqp_engine;

/** @param address  a ct_amqp_address_t
 *  @return NULL: no memory */
void *ct_amqp_link_make(const void *address);
void ct_amqp_link_free(void *connection);

#endif
