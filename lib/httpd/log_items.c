/* SPDX-License-Identifier: Apache-2.0 */
/* log_items: what the rules will say is worked out from the open ledger when
 * it is asked for, since a request is logged before its tasks are decided
 * upon. */
#include "log_items.h"

#include "apr_strings.h"
#include "ledger.h"
#include "mod_log_config.h"
#include "record.h"
#include "request.h"

/* mod_log_config knows tags of one character, and of two behind a '^'. */
static char tag[] = "^CT";

/* Words for bits of ct_refusal_e: of several tasks, several. */
static const char *reason(unsigned int refusals)
{
    static const char *const words[] = {
        "-", "off", "status", "off,status", "aborted", "off,aborted",
        "status,aborted", "off,status,aborted"
    };

    return words[refusals];
}

/* @return 0: nothing was recorded */
static int preview_of(const request_rec *root, ct_preview_t *preview)
{
    const ct_ledger_t *ledger = ct_record_ledger(root);
    ct_verdict_t verdict = { 0 };

    if (!ledger || ledger->closed || ledger->recorded == 0) {
        return 0;
    }
    verdict.status = ct_request_status(root);
    verdict.aborted = ct_request_is_aborted(root);
    ct_ledger_preview(ledger, &verdict, preview);
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
    ct_preview_t preview;

    if (!preview_of(ct_request_root(r), &preview)) {
        return "-";
    }
    if (!strcmp(word, "recorded")) {
        return number(r->pool, preview.recorded);
    }
    if (!strcmp(word, "admitted")) {
        return number(r->pool, preview.admitted);
    }
    if (!strcmp(word, "refused")) {
        return number(r->pool, preview.refused);
    }
    if (!strcmp(word, "cancelled")) {
        return number(r->pool, preview.cancelled);
    }
    return !strcmp(word, "reason") ? reason(preview.refusals)
                                   : "?";
}

/* A note costs a few per cent of a request with one task: none says 0. */
static void note(request_rec *r, const ct_preview_t *preview)
{
    apr_table_addn(r->notes, "crosstown-recorded",
                   number(r->pool, preview->recorded));
    apr_table_addn(r->notes, "crosstown-admitted",
                   number(r->pool, preview->admitted));
    if (preview->cancelled > 0) {
        apr_table_addn(r->notes, "crosstown-cancelled",
                       number(r->pool, preview->cancelled));
    }
    if (preview->refused > 0) {
        apr_table_addn(r->notes, "crosstown-refused",
                       number(r->pool, preview->refused));
        apr_table_addn(r->notes, "crosstown-reason",
                       reason(preview->refusals));
    }
}

/* After an internal redirect some look at the first request, some at the
 * last. Apart from what every request goes through, which needs no stack this
 * way. */
__attribute__((noinline))
void ct_log_items_note(request_rec *root)
{
    ct_preview_t preview;
    request_rec *last = root;

    if (!preview_of(root, &preview)) {
        return;
    }
    while (last->next) {
        last = last->next;
    }
    note(root, &preview);
    if (last != root) {
        note(last, &preview);
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
