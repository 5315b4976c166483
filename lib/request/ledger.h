/* SPDX-License-Identifier: Apache-2.0 */
/* ledger: what one request has recorded, in order, and the filter that says
 * which of it may run. Knows statuses and tasks, not threads.
 * Thread: the one that owns the request; no locks.
 * Lifetime: everything lies in the pool of the request that the client sent,
 * also what is recorded from a sub-request or an internal redirect. */
#ifndef CT_LEDGER_H
#define CT_LEDGER_H

#include "name_limit.h"
#include "statuses.h"
#include "task.h"

/** What the place where a task is recorded says about it. Read during
 *  ct_ledger_record() only. */
typedef struct ct_rules_t {
    struct server_rec *server;       /* to log with */
    const ct_statuses_t *no_go;      /* unless the task has words of its own */
    int lasting;                     /* does no_go live as long as the ledger's
                                        pool? */
    int off;                         /* Crosstown Off: record, never run */
    int skip_aborted;                /* CrosstownOnAbort skip */
    unsigned int label;              /* shown to the report, a small number */
} ct_rules_t;

/** One line of the ledger. */
typedef struct ct_record_t {
    struct ct_record_t *next;
    ct_task_t task;
    crosstown_carry_fn_t *carry;     /* or NULL */
    apr_size_t data_size;            /* > 0: task.data is a copy, that long */
    const ct_statuses_t *no_go;
    ct_name_limit_t *name_limit;     /* that it has entered, or NULL */
    unsigned short label;            /* see ct_rules_t */
    unsigned int off : 1;
    unsigned int skip_aborted : 1;
    unsigned int same_thread : 1;
} ct_record_t;

/** Why a task may not run, as bits. A preview knows the first three. */
typedef enum ct_refusal_e {
    CT_REFUSAL_NONE = 0,
    CT_REFUSAL_OFF = 1,              /* NO_GO: Crosstown Off */
    CT_REFUSAL_STATUS = 2,           /* NO_GO: the status words */
    CT_REFUSAL_ABORTED = 4,          /* NO_GO: CrosstownOnAbort skip */
    CT_REFUSAL_ADMIT = 8,            /* NO_GO: a crosstown_admit hook */
    CT_REFUSAL_LIMIT = 16,           /* REJECTED: the limit of its name */
    CT_REFUSAL_QUEUE = 32,           /* REJECTED: no place in the queue */
    CT_REFUSAL_MEMORY = 64,          /* REJECTED: no memory to hand it over */
    CT_REFUSAL_THREAD = 128,         /* REJECTED: no thread to wait for it */
    CT_REFUSAL_PAUSED = 256          /* REJECTED: its name is paused, and too
                                        many such wait */
} ct_refusal_e;

/** The ledger of one request. Read the members, change them through the
 *  functions only. */
typedef struct ct_ledger_t {
    apr_pool_t *pool;
    const ct_report_t *report;
    ct_record_t *first;
    ct_record_t **end;               /* where the next record is linked */
    apr_uint32_t count;
    apr_uint32_t recorded;           /* ever, also what was cancelled since */
    ct_refusal_e refusal;            /* while the report is told an end: why */
    unsigned char closed;            /* nothing can be recorded any more */
    unsigned char logged;            /* a note of whoever made it */
    unsigned char broken_off;        /* another: not all of the response will
                                        be sent */
    unsigned char collected;         /* another: collect hooks were asked */
    struct request_rec *root;        /* another: whose it is */
    struct ct_open_request_t *open;  /* another: where it is known from */
    const ct_statuses_t *location;   /* last set copied from a location */
    const ct_statuses_t *own;        /* last set made from own words, ... */
    const char *own_words;           /* ... and these words */
} ct_ledger_t;

/** What decides at the end of a request. */
typedef struct ct_verdict_t {
    int status;                      /* the final one */
    int aborted;
    const crosstown_response_t *response; /* shown to those who are refused */
    int (*admit)(void *context, const crosstown_task_t *task); /* or NULL;
                                        zero refuses */
    void *context;
} ct_verdict_t;


/** What will become of a ledger's tasks, as far as the rules say. */
typedef struct ct_preview_t {
    apr_uint32_t recorded;           /* admitted + refused + cancelled */
    apr_uint32_t admitted;
    apr_uint32_t refused;
    apr_uint32_t cancelled;
    unsigned int refusals;           /* why, all bits together */
} ct_preview_t;

/** Make an empty ledger in p; report must live as long, and is told of views
 *  that have the ledger. */
ct_ledger_t *ct_ledger_make(apr_pool_t *p, const ct_report_t *report);

/**
 * Record a task at the end. Nothing of opts, rules or their strings is kept
 * by reference, but for a no_go that is lasting.
 * @param why  set to a message on APR_EINVAL
 * @return APR_SUCCESS | APR_EINVAL | APR_EOF the ledger is closed
 */
apr_status_t ct_ledger_record(ct_ledger_t *ledger, crosstown_fn_t *fn,
                              void *data, const crosstown_opts_t *opts,
                              const ct_rules_t *rules, apr_time_t now,
                              const char **why);

/**
 * Make the record of a task that is not to be kept in a ledger, for
 * crosstown_submit(): the checks are the same, no_go, same_thread and carry
 * are refused. The record lies where the caller puts it and shares opts->name
 * and data.
 * @return APR_SUCCESS | APR_EINVAL, with a message in why
 */
apr_status_t ct_ledger_single(ct_record_t *record, crosstown_fn_t *fn,
                              void *data, const crosstown_opts_t *opts,
                              struct server_rec *server, apr_time_t now,
                              const char **why);

/**
 * End every record of this name (NULL: all) as CANCELLED.
 * @return how many; 0 once the ledger is closed
 */
int ct_ledger_cancel(ct_ledger_t *ledger, const char *name,
                     const crosstown_response_t *response);

/** Do the rules refuse this record? A pure question: admit is not asked. */
ct_refusal_e ct_ledger_refusal(const ct_record_t *record,
                               const ct_verdict_t *verdict);

/** Count what the rules would refuse; nothing is changed and nobody is told.
 *  Meant for a ledger that is still open. */
void ct_ledger_preview(const ct_ledger_t *ledger, const ct_verdict_t *verdict,
                       ct_preview_t *preview);

/** Close the ledger and end whatever it refuses as NO_GO: words, abort rule,
 *  admit, in this order. What remains may run, in the order recorded. */
void ct_ledger_settle(ct_ledger_t *ledger, const ct_verdict_t *verdict);

/** Close the ledger and end whatever it still holds with this outcome: what is
 *  REJECTED here lacks memory. */
void ct_ledger_end_all(ct_ledger_t *ledger, crosstown_outcome_e outcome,
                       const crosstown_response_t *response);

/** Take the record at *link out and end it; *link is the next one then. */
void ct_ledger_end_at(ct_ledger_t *ledger, ct_record_t **link,
                      crosstown_outcome_e outcome, ct_refusal_e refusal,
                      const crosstown_response_t *response);

/** Take the first record out, to be run. @return NULL: there is none */
const ct_record_t *ct_ledger_take(ct_ledger_t *ledger);

/** How many of its records want a place in the queue.
 *  @param may_inline  may same_thread be honoured? Then those want none. */
apr_uint32_t ct_ledger_places(const ct_ledger_t *ledger, int may_inline);

/** Let each record that wants a place enter the limit of its name, if there
 *  is one; end as REJECTED what cannot. A name of which only so many may run
 *  at once wants a place whatever it asked for. */
void ct_ledger_enter(ct_ledger_t *ledger, const ct_name_limits_t *limits,
                     int may_inline, const crosstown_response_t *response);

/** May only so many of its name run at once, or has it a delay? Then it is for
 *  the pool alone. Of a record that has entered. */
int ct_ledger_for_pool_only(const ct_record_t *record);

/** End as REJECTED what wants a place, but for the first `places` of it.
 *  @param for_pool_only  non-zero: of what is for the pool alone only
 *  @return how many */
apr_uint32_t ct_ledger_reject(ct_ledger_t *ledger, apr_uint32_t places,
                              int may_inline, int for_pool_only,
                              const crosstown_response_t *response);

#endif
