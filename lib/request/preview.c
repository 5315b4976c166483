/* SPDX-License-Identifier: Apache-2.0 */
/* preview: what a ledger's rules will say at its end, for who writes a log
 * before that: a count, nothing is changed.
 * Thread: the one that owns the request.
 * Lifetime: no state. */
#include "ledger.h"

#include <string.h>

void ct_ledger_preview(const ct_ledger_t *ledger, const ct_verdict_t *verdict,
                       ct_preview_t *foretold)
{
    const ct_record_t *record;

    memset(foretold, 0, sizeof(*foretold));
    foretold->recorded = ledger->recorded;
    foretold->cancelled = ledger->recorded - ledger->count;
    for (record = ledger->first; record; record = record->next) {
        ct_refusal_e refusal = ct_ledger_refusal(record, verdict);

        foretold->refusals |= refusal;
        ++*(refusal ? &foretold->refused : &foretold->admitted);
    }
}
