/* SPDX-License-Identifier: Apache-2.0 */
/* unique_status: on the page only once a task had a key; for machines always,
 * since who draws a line wants its zeros. */
#include "unique_status.h"

#include "unique.h"

#include "http_protocol.h"
#include "mod_status.h"

static void put_line(request_rec *r, const char *key, unsigned int number)
{
    ap_rprintf(r, "CrosstownUnique%s: %u\n", key, number);
}

static int show(request_rec *r, int flags)
{
    ct_unique_numbers_t numbers;

    if (!ct_unique_count(&numbers)) {
        return OK;
    }
    if (flags & AP_STATUS_SHORT) {
        put_line(r, "Held", numbers.keys.held);
        put_line(r, "MostHeld", numbers.keys.most);
        put_line(r, "Duplicates", numbers.duplicates);
        put_line(r, "Refused", numbers.refused);
    }
    else if (numbers.keys.most > 0) {
        ap_rprintf(r, "<p>Unique tasks: %u keys are held, at most %u at once "
                   "(room for %u). Dropped as duplicates: %u; refused for "
                   "lack of room: %u.</p>\n", numbers.keys.held,
                   numbers.keys.most, numbers.keys.room, numbers.duplicates,
                   numbers.refused);
    }
    return OK;
}

/* Behind what mod_crosstown says of all tasks. */
void ct_unique_status_register(void)
{
    APR_OPTIONAL_HOOK(ap, status_hook, show, NULL, NULL, APR_HOOK_LAST);
}
