/* SPDX-License-Identifier: Apache-2.0 */
/* preview: what a ledger's rules will say at its end, for logs that are
 * written before that: a count, nothing is changed. */
#include "ledger.h"

#include <string.h>

void ct_ledger_preview(const ct_ledger_t *ledger, const ct_verdict_t *verdict,
                       ct_preview_t *preview)
{
    const ct_record_t *record;

    memset(preview, 0, sizeof(*preview));
    preview->recorded = ledger->recorded;
    preview->cancelled = ledger->recorded - ledger->count;
    for (record = ledger->first; record; record = record->next) {
        ct_refusal_e refusal = ct_ledger_refusal(record, verdict);

        preview->refusals |= refusal;
        ++*(refusal ? &preview->refused : &preview->admitted);
    }
}
