/* SPDX-License-Identifier: Apache-2.0 */
/* destination_numbers: what the senders of all children count, for the status
 * page.
 * Thread: as each function says.
 * Lifetime: memory that all children share, of one configuration. */
#ifndef CT_DESTINATION_NUMBERS_H
#define CT_DESTINATION_NUMBERS_H

#include "destination_glue.h"

#include "sender.h"

/** Room for so many addresses. Thread: the parent, before it forks. */
void ct_destination_numbers_make(apr_pool_t *pconf, int addresses);

/** A place to count in, for this child's sender of that address; what another
 *  child has counted there goes on. Any thread. @return NULL: there is none */
ct_sender_numbers_t *ct_destination_numbers_take(int address);

/** It is not used any more. Any thread. */
void ct_destination_numbers_give(ct_sender_numbers_t *numbers);

/** Another row of a table for an address. Thread: a request's. */
void ct_destination_numbers_add(apr_array_header_t *tables, int address,
                          const char *shown);

#endif
