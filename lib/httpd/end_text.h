/* SPDX-License-Identifier: Apache-2.0 */
/* end_text: an end of a task in words, and the request by which others know
 * it, for every line of the error log that says so.
 * Thread: any.
 * Lifetime: a room is the caller's; no memory is taken. */
#ifndef CT_END_TEXT_H
#define CT_END_TEXT_H

#include "glue.h"
#include "ledger.h"

/** What an end was, as all who write about it see it. */
typedef struct ct_end_t {
    const crosstown_task_t *task;
    server_rec *server;              /* to log with */
    request_rec *root;               /* NULL: not told on its request's
                                        thread */
    crosstown_outcome_e outcome;
    ct_refusal_e refusal;            /* NO_GO, REJECTED: why; RAN: why it is
                                        not tried again, as it asked for */
    apr_status_t result;             /* RAN: what the function returned */
} ct_end_t;

/** Enough for each of the functions below. */
#define CT_END_TEXT_SIZE 320

/** "ran", "refused by CrosstownNoGo: status 404", "rejected: ...".
 *  @return room, or static */
const char *ct_end_text_say(const ct_end_t *end, char room[CT_END_TEXT_SIZE]);

/** " (not tried again: no memory)", of a failure that asked for it; or "".
 *  @return room, or static */
const char *ct_end_text_not_again(const ct_end_t *end,
                                  char room[CT_END_TEXT_SIZE]);

/** " at attempt 2", or "" for the first one. @return room, or static */
const char *ct_end_text_attempt(unsigned int attempt,
                                char room[CT_END_TEXT_SIZE]);

/** "2.5 s", the time until then; "0.0 s" if it has passed. @return room */
const char *ct_end_text_until(apr_time_t when, char room[CT_END_TEXT_SIZE]);

/** A CrosstownLimit as it is written; room is filled. */
const char *ct_end_text_limit(const char *name, char room[CT_END_TEXT_SIZE]);

/** "log id X, host H, client C, traceparent T": what is known of it; NULL or
 *  "-" is not. @return room */
const char *ct_end_text_ids(char room[CT_END_TEXT_SIZE], const char *log_id,
                            const server_rec *host, const char *client,
                            const char *traceparent);

/** The same for a response. */
const char *ct_end_text_request(const crosstown_response_t *response,
                                char room[CT_END_TEXT_SIZE]);

#endif
