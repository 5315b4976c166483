/* SPDX-License-Identifier: Apache-2.0 */
/* server_kept: what modules keep with the server: providers, which go with the
 * configuration, and data that survives it: here each next test finds it.
 * Thread: the test's.
 * Lifetime: see above. */
#include "stage.h"

#include "ap_provider.h"
#include "apr_strings.h"
#include "weak.h"

#include <stdlib.h>

CT_WEAK(ap_register_provider)
CT_WEAK(ap_lookup_provider)
CT_WEAK(ap_retained_data_create)
CT_WEAK(ap_retained_data_get)

#define PROVIDERS "crosstown-testing-providers"

static const char *key_of(apr_pool_t *pool, const char *group,
                          const char *name, const char *version)
{
    return apr_pstrcat(pool, group, "\n", name, "\n", version, NULL);
}

static apr_hash_t *providers(void)
{
    apr_pool_t *pool = ct_stage()->pool;
    void *all = NULL;

    apr_pool_userdata_get(&all, PROVIDERS, pool);
    if (!all) {
        all = apr_hash_make(pool);
        apr_pool_userdata_setn(all, PROVIDERS, NULL, pool);
    }
    return all;
}

apr_status_t ap_register_provider(apr_pool_t *pool, const char *group,
                                  const char *name, const char *version,
                                  const void *provider)
{
    apr_hash_set(providers(), key_of(ct_stage()->pool, group, name, version),
                 APR_HASH_KEY_STRING, provider);
    return APR_SUCCESS;
}

void *ap_lookup_provider(const char *group, const char *name,
                         const char *version)
{
    return apr_hash_get(providers(), key_of(ct_stage()->pool, group, name,
                                            version), APR_HASH_KEY_STRING);
}

/** What is kept under a key. */
typedef struct kept_t {
    struct kept_t *next;
    const char *key;
    void *data;
} kept_t;

static kept_t *all_kept;

void *ap_retained_data_get(const char *key)
{
    const kept_t *kept = all_kept;

    while (kept && strcmp(kept->key, key) != 0) {
        kept = kept->next;
    }
    return kept ? kept->data : NULL;
}

/* From the heap: APR's pools do not outlive a test. */
void *ap_retained_data_create(const char *key, apr_size_t size)
{
    kept_t *kept = calloc(1, sizeof(*kept));
    char *copy = kept ? strdup(key) : NULL;
    void *data = copy ? calloc(1, size) : NULL;

    if (!data) {
        abort();
    }
    kept->next = all_kept;
    kept->key = copy;
    kept->data = data;
    all_kept = kept;
    return data;
}
