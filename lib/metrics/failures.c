/* SPDX-License-Identifier: Apache-2.0 */
/* failures: several may fail at once, and one writes; the others leave it at
 * that: theirs is no later one. Whoever was killed while it wrote is not
 * waited for. */
#include "failures.h"

#include "apr_strings.h"
#include "name_ids.h"
#include "shared_text.h"

/* Nobody writes for longer. */
#define WRITING APR_USEC_PER_SEC

static ct_name_t *find(unsigned int number)
{
    return number < CT_SNAPSHOT_NAMES
           ? &ct_scoreboard_shared()->names[number] : NULL;
}

void ct_failures_note(const char *name, const char *words)
{
    ct_name_t *known = find(ct_name_ids_find(name));
    apr_time_t now = apr_time_now();
    apr_int64_t since;

    if (!known) {
        return;
    }
    since = atomic_load(&known->failing);
    if ((since && now - since < WRITING && now >= since)
        || !atomic_compare_exchange_strong(&known->failing, &since, now)) {
        return;
    }
    ct_shared_text_write(known->words, sizeof(known->words), words);
    atomic_store(&known->failed, now);
    atomic_store(&known->failing, 0);
}

void ct_failures_read(ct_snapshot_name_t *name, apr_pool_t *p)
{
    ct_name_t *known = find(name->number);
    char words[CT_SNAPSHOT_WORDS_SIZE];

    name->failed = known ? atomic_load(&known->failed) : 0;
    if (name->failed) {
        ct_shared_text_read(known->words, words, sizeof(words));
        name->words = apr_pstrdup(p, words);
    }
}
