/* SPDX-License-Identifier: Apache-2.0 */
/* log_items: see log_items.h. */
#include "log_items.h"

#include "apr_strings.h"
#include "ledger.h"
#include "mod_log_config.h"
#include "record.h"
#include "request.h"

/* mod_log_config knows tags of one character, and of two behind a '^'. */
static char tag[] = "^CT";

const char *ct_log_items_reason(unsigned int refusals)
{
    static const char *const words[] = {
        "-", "off", "status", "off,status", "aborted", "off,aborted",
        "status,aborted", "off,status,aborted"
    };

    return words[refusals];
}

/* @return 0: nothing was recorded */
static int foretell(const request_rec *root, ct_preview_t *foretold)
{
    const ct_ledger_t *ledger = ct_record_ledger(root);
    ct_verdict_t verdict = { 0 };

    if (!ledger || ledger->closed || ledger->recorded == 0) {
        return 0;
    }
    verdict.status = ct_request_status(root);
    verdict.aborted = ct_request_is_aborted(root);
    ct_ledger_preview(ledger, &verdict, foretold);
    return 1;
}

/* Most requests have a few tasks. */
static const char *number(apr_pool_t *p, apr_uint32_t value)
{
    static const char *const small[] = {
        "0", "1", "2", "3", "4", "5", "6", "7", "8", "9"
    };

    return value < sizeof(small) / sizeof(small[0])
           ? small[value] : apr_psprintf(p, "%u", (unsigned)value);
}

static const char *item(request_rec *r, char *word)
{
    ct_preview_t foretold;

    if (!foretell(ct_request_root(r), &foretold)) {
        return "-";
    }
    if (!strcmp(word, "recorded")) {
        return number(r->pool, foretold.recorded);
    }
    if (!strcmp(word, "admitted")) {
        return number(r->pool, foretold.admitted);
    }
    if (!strcmp(word, "refused")) {
        return number(r->pool, foretold.refused);
    }
    if (!strcmp(word, "cancelled")) {
        return number(r->pool, foretold.cancelled);
    }
    return !strcmp(word, "reason") ? ct_log_items_reason(foretold.refusals)
                                   : "?";
}

/* A note costs a few per cent of a request with one task: none says 0. */
static void note(request_rec *r, const ct_preview_t *foretold)
{
    apr_table_addn(r->notes, "crosstown-recorded",
                   number(r->pool, foretold->recorded));
    apr_table_addn(r->notes, "crosstown-admitted",
                   number(r->pool, foretold->admitted));
    if (foretold->cancelled > 0) {
        apr_table_addn(r->notes, "crosstown-cancelled",
                       number(r->pool, foretold->cancelled));
    }
    if (foretold->refused > 0) {
        apr_table_addn(r->notes, "crosstown-refused",
                       number(r->pool, foretold->refused));
        apr_table_addn(r->notes, "crosstown-reason",
                       ct_log_items_reason(foretold->refusals));
    }
}

/* After an internal redirect some look at the first request, some at the
 * last. Apart from what every request goes through, which needs no stack this
 * way. */
__attribute__((noinline))
void ct_log_items_note(request_rec *root)
{
    ct_preview_t foretold;
    request_rec *last = root;

    if (!foretell(root, &foretold)) {
        return;
    }
    while (last->next) {
        last = last->next;
    }
    note(root, &foretold);
    if (last != root) {
        note(last, &foretold);
    }
}

static int pre_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp)
{
    APR_OPTIONAL_FN_TYPE(ap_register_log_handler) *add =
        APR_RETRIEVE_OPTIONAL_FN(ap_register_log_handler);

    if (add) {
        add(pconf, tag, item, 1);
    }
    return OK;
}

void ct_log_items_register(void)
{
    ap_hook_pre_config(pre_config, NULL, NULL, APR_HOOK_MIDDLE);
}
