/* SPDX-License-Identifier: Apache-2.0 */
/* record: the exported functions, and where a request keeps its ledger.
 * Thread: the one that owns the request; submit: any of the child.
 * Lifetime: the ledger lies in the pool of the request that the client
 * sent. */
#ifndef CT_RECORD_H
#define CT_RECORD_H

#include "glue.h"
#include "ledger.h"

/** Export the optional functions. Thread: register_hooks. */
void ct_record_export(void);

/** The ledger of a request that the client sent; NULL: it has none. */
ct_ledger_t *ct_record_ledger(const request_rec *root);

/** Note that the request is being logged: its response is over.
 *  @return does it have a ledger? */
int ct_record_logged(request_rec *root);

/** Make an empty ledger, unless it has one: tasks may be recorded yet. */
void ct_record_expect(request_rec *root);

/** Was it noted? */
int ct_record_is_logged(const request_rec *root);

#endif
