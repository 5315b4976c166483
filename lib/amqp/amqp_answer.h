/* SPDX-License-Identifier: Apache-2.0 */
/* amqp_answer: what a broker's reply code means for the jobs.
 * Thread: any.
 * Lifetime: no state. */
#ifndef CT_AMQP_ANSWER_H
#define CT_AMQP_ANSWER_H

#include "engine.h"

/** It has closed the connection.
 *  @param remedy  set to what an administrator can do, or ""
 *  @return AGAIN or MEND */
ct_sent_e ct_amqp_answer_connection(int code, const char **remedy);

/** It has closed the channel of an exchange.
 *  @param remedy  as above
 *  @return REFUSED or UNKNOWN */
ct_sent_e ct_amqp_answer_channel(int code, const char **remedy);

#endif
