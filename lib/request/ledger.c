/* SPDX-License-Identifier: Apache-2.0 */
/* ledger: records are linked, never moved; consecutive tasks share their set
 * of statuses and their name, so that a hundred tasks of one loop cost a
 * hundred records and nothing else. */
#include "ledger.h"

#include <string.h>

#include "apr_strings.h"
#include "options.h"

ct_ledger_t *ct_ledger_make(apr_pool_t *p, const ct_report_t *report)
{
    ct_ledger_t *ledger = apr_pcalloc(p, sizeof(*ledger));

    ledger->pool = p;
    ledger->report = report;
    ledger->end = &ledger->first;
    return ledger;
}

/* The location's set may lie in a sub-request's pool (.htaccess): keep a copy
 * by value, shared with the record before where it is the same. */
static const ct_statuses_t *keep_location(ct_ledger_t *ledger,
                                          const ct_statuses_t *no_go)
{
    if (!ledger->location
        || memcmp(ledger->location, no_go, sizeof(*no_go)) != 0) {
        ledger->location = apr_pmemdup(ledger->pool, no_go, sizeof(*no_go));
    }
    return ledger->location;
}

static const ct_statuses_t *keep_own(ct_ledger_t *ledger, const char *words,
                                     const char **why)
{
    ct_statuses_t set;
    const char *message;

    if (ledger->own && strcmp(ledger->own_words, words) == 0) {
        return ledger->own;
    }
    message = ct_statuses_parse(&set, words, ledger->pool);
    if (message) {
        *why = apr_pstrcat(ledger->pool, "no_go: ", message, NULL);
        return NULL;
    }
    ledger->own = apr_pmemdup(ledger->pool, &set, sizeof(set));
    ledger->own_words = apr_pstrdup(ledger->pool, words);
    return ledger->own;
}

static const char *keep_name(ct_ledger_t *ledger, const char *name,
                             const ct_record_t *before)
{
    if (!name) {
        return "-";
    }
    if (before && strcmp(before->task.name, name) == 0) {
        return before->task.name;
    }
    return apr_pstrdup(ledger->pool, name);
}

static const ct_record_t *last_of(const ct_ledger_t *ledger)
{
    if (!ledger->first) {
        return NULL;
    }
    return (const ct_record_t *)((const char *)ledger->end
                                 - APR_OFFSETOF(ct_record_t, next));
}

static const ct_statuses_t *keep_no_go(ct_ledger_t *ledger,
                                       const crosstown_opts_t *opts,
                                       const ct_rules_t *rules,
                                       const char **why)
{
    if (opts->no_go) {
        return keep_own(ledger, opts->no_go, why);
    }
    return rules->lasting ? rules->no_go
                          : keep_location(ledger, rules->no_go);
}

/* Read options that make sense. @return NULL: they do not */
static const crosstown_opts_t *read_valid(crosstown_opts_t *room,
                                          crosstown_fn_t *fn, const void *data,
                                          const crosstown_opts_t *opts,
                                          const char **why)
{
    if (!fn) {
        *why = "no function was given";
        return NULL;
    }
    return ct_options_read(room, opts, data, why);
}

/* What needs no ledger. */
static void fill(ct_record_t *record, crosstown_fn_t *fn, void *data,
                 const crosstown_opts_t *opts, struct server_rec *server,
                 apr_time_t now)
{
    memset(record, 0, sizeof(*record));
    record->task.fn = fn;
    record->task.over = opts->over;
    record->task.data = data;
    record->task.server = server;
    record->task.recorded = now;
    record->task.number = ct_task_id_next();
    record->task.delay = opts->delay;
    record->data_size = opts->data_size;
}

apr_status_t ct_ledger_record(ct_ledger_t *ledger, crosstown_fn_t *fn,
                              void *data, const crosstown_opts_t *opts,
                              const ct_rules_t *rules, apr_time_t now,
                              const char **why)
{
    crosstown_opts_t room;
    const crosstown_opts_t *known = read_valid(&room, fn, data, opts, why);
    const ct_statuses_t *no_go = known ? keep_no_go(ledger, known, rules, why)
                                       : NULL;
    ct_record_t *record;

    if (!no_go) {
        return APR_EINVAL;
    }
    if (ledger->closed) {
        return APR_EOF;
    }
    if (known->data_size) {
        data = apr_pmemdup(ledger->pool, data, known->data_size);
    }
    record = apr_palloc(ledger->pool, sizeof(*record));
    fill(record, fn, data, known, rules->server, now);
    record->task.name = keep_name(ledger, known->name, last_of(ledger));
    record->carry = known->carry;
    record->no_go = no_go;
    record->label = (unsigned short)rules->label;
    record->off = rules->off != 0;
    record->skip_aborted = rules->skip_aborted != 0;
    record->same_thread = known->same_thread != 0;
    *ledger->end = record;
    ledger->end = &record->next;
    ++ledger->count;
    ++ledger->recorded;
    return APR_SUCCESS;
}

apr_status_t ct_ledger_single(ct_record_t *record, crosstown_fn_t *fn,
                              void *data, const crosstown_opts_t *opts,
                              struct server_rec *server, apr_time_t now,
                              const char **why)
{
    crosstown_opts_t room;
    const crosstown_opts_t *known = read_valid(&room, fn, data, opts, why);

    if (!known) {
        return APR_EINVAL;
    }
    if (known->no_go || known->same_thread || known->carry) {
        *why = "no_go, same_thread and carry need a response to follow; "
               "use crosstown_defer()";
        return APR_EINVAL;
    }
    fill(record, fn, data, known, server, now);
    record->task.name = known->name ? known->name : "-";
    return APR_SUCCESS;
}

/* What it calls may end others of this ledger meanwhile. */
static void end_record(ct_ledger_t *ledger, const ct_record_t *record,
                       crosstown_outcome_e outcome, ct_refusal_e refusal,
                       const crosstown_response_t *response)
{
    ct_refusal_e before = ledger->refusal;
    ct_task_view_t view;

    ct_name_limit_leave(record->name_limit);
    ct_task_view(&view, &record->task, response, ledger->pool);
    view.ledger = ledger;
    ledger->refusal = refusal;
    ct_task_end(&record->task, &view, outcome, APR_SUCCESS, ledger->report);
    ledger->refusal = before;
}

/* Take the record at *link out; *link is the next one then. */
static ct_record_t *unlink_record(ct_ledger_t *ledger, ct_record_t **link)
{
    ct_record_t *record = *link;

    *link = record->next;
    if (!*link) {
        ledger->end = link;
    }
    --ledger->count;
    return record;
}

/* `over` and the done hooks are a consumer's code: it may record and cancel
 * meanwhile. So the cancelled ones are first taken out, then told. */
int ct_ledger_cancel(ct_ledger_t *ledger, const char *name,
                     const crosstown_response_t *response)
{
    ct_record_t **link = &ledger->first;
    ct_record_t *taken = NULL;
    ct_record_t **taken_end = &taken;
    int cancelled = 0;

    if (ledger->closed) {
        return 0;
    }
    while (*link) {
        if (name && strcmp((*link)->task.name, name) != 0) {
            link = &(*link)->next;
            continue;
        }
        *taken_end = unlink_record(ledger, link);
        taken_end = &(*taken_end)->next;
        *taken_end = NULL;
        ++cancelled;
    }
    for (; taken; taken = taken->next) {
        end_record(ledger, taken, CROSSTOWN_CANCELLED, CT_REFUSAL_NONE,
                   response);
    }
    return cancelled;
}

ct_refusal_e ct_ledger_refusal(const ct_record_t *record,
                               const ct_verdict_t *verdict)
{
    if (record->off) {
        return CT_REFUSAL_OFF;
    }
    if (ct_statuses_has(record->no_go, verdict->status)) {
        return CT_REFUSAL_STATUS;
    }
    return record->skip_aborted && verdict->aborted ? CT_REFUSAL_ABORTED
                                                    : CT_REFUSAL_NONE;
}

static ct_refusal_e decide(const ct_ledger_t *ledger,
                           const ct_record_t *record,
                           const ct_verdict_t *verdict)
{
    ct_refusal_e refusal = ct_ledger_refusal(record, verdict);
    ct_task_view_t view;

    if (refusal != CT_REFUSAL_NONE || !verdict->admit) {
        return refusal;
    }
    ct_task_view(&view, &record->task, verdict->response, ledger->pool);
    return verdict->admit(verdict->context, &view.task) ? CT_REFUSAL_NONE
                                                   : CT_REFUSAL_ADMIT;
}

void ct_ledger_settle(ct_ledger_t *ledger, const ct_verdict_t *verdict)
{
    ct_record_t **link = &ledger->first;

    ledger->closed = 1;
    while (*link) {
        ct_refusal_e refusal = decide(ledger, *link, verdict);

        if (refusal == CT_REFUSAL_NONE) {
            link = &(*link)->next;
        }
        else {
            end_record(ledger, unlink_record(ledger, link), CROSSTOWN_NO_GO,
                       refusal, verdict->response);
        }
    }
}

void ct_ledger_end_all(ct_ledger_t *ledger, crosstown_outcome_e outcome,
                       const crosstown_response_t *response)
{
    ct_refusal_e refusal = outcome == CROSSTOWN_REJECTED ? CT_REFUSAL_MEMORY
                                                         : CT_REFUSAL_NONE;

    ledger->closed = 1;
    while (ledger->first) {
        end_record(ledger, unlink_record(ledger, &ledger->first), outcome,
                   refusal, response);
    }
}

const ct_record_t *ct_ledger_take(ct_ledger_t *ledger)
{
    return ledger->first ? unlink_record(ledger, &ledger->first) : NULL;
}

void ct_ledger_end_at(ct_ledger_t *ledger, ct_record_t **link,
                      crosstown_outcome_e outcome, ct_refusal_e refusal,
                      const crosstown_response_t *response)
{
    end_record(ledger, unlink_record(ledger, link), outcome, refusal,
               response);
}
