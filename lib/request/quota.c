/* SPDX-License-Identifier: Apache-2.0 */
/* quota: see quota.h. */
#include "quota.h"

#include <string.h>

ct_quota_t *ct_quota_find(const ct_quotas_t *quotas, const char *name)
{
    unsigned int i;

    for (i = 0; i < quotas->count; ++i) {
        if (strcmp(quotas->all[i].name, name) == 0) {
            return &quotas->all[i];
        }
    }
    return NULL;
}

int ct_quota_enter(ct_quota_t *quota)
{
    if (quota && atomic_fetch_add(&quota->waiting, 1) >= quota->queue
        && quota->queue > 0) {
        ct_quota_leave(quota);
        return 0;
    }
    return 1;
}

void ct_quota_leave(ct_quota_t *quota)
{
    if (quota) {
        atomic_fetch_sub(&quota->waiting, 1);
    }
}
