/* SPDX-License-Identifier: Apache-2.0 */
/* places: which records of a ledger want a place in the queue, and what
 * becomes of those that find none. What may run only so many times at once
 * is for the pool alone, whatever it asked for: there it can be kept until
 * it may run, and a request's thread must not wait for that. So is what has a
 * delay. */
#include "ledger.h"

static unsigned int wants_place(const ct_record_t *record, int may_inline)
{
    return !(may_inline && record->same_thread);
}

int ct_ledger_for_pool_only(const ct_record_t *record)
{
    return record->task.delay > 0
           || ct_name_limit_holds(record->name_limit);
}

apr_uint32_t ct_ledger_places(const ct_ledger_t *ledger, int may_inline)
{
    const ct_record_t *record;
    apr_uint32_t places = 0;

    for (record = ledger->first; record; record = record->next) {
        places += wants_place(record, may_inline);
    }
    return places;
}

void ct_ledger_enter(ct_ledger_t *ledger, const ct_name_limits_t *limits,
                     int may_inline, const crosstown_response_t *response)
{
    ct_record_t **link = &ledger->first;

    while (limits->count + limits->others > 0 && *link) {
        ct_record_t *record = *link;
        ct_name_limit_t *limit = ct_name_limit_of(limits, record->task.name,
                                                  record->label);

        if (ct_name_limit_holds(limit)) {
            record->same_thread = 0;
        }
        if (!wants_place(record, may_inline)) {
            limit = NULL;
        }
        if (ct_name_limit_enter(limit)) {
            record->name_limit = limit;
            link = &record->next;
        }
        else {
            ct_ledger_end_at(ledger, link, CROSSTOWN_REJECTED,
                             CT_REFUSAL_LIMIT, response);
        }
    }
}

apr_uint32_t ct_ledger_reject(ct_ledger_t *ledger, apr_uint32_t places,
                              int may_inline, int for_pool_only,
                              const crosstown_response_t *response)
{
    ct_record_t **link = &ledger->first;
    apr_uint32_t rejected = 0;

    while (*link) {
        if (!wants_place(*link, may_inline)
            || (for_pool_only && !ct_ledger_for_pool_only(*link))) {
            link = &(*link)->next;
        }
        else if (places > 0) {
            --places;
            link = &(*link)->next;
        }
        else {
            ct_ledger_end_at(ledger, link, CROSSTOWN_REJECTED,
                             CT_REFUSAL_QUEUE, response);
            ++rejected;
        }
    }
    return rejected;
}
