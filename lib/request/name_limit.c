/* SPDX-License-Identifier: Apache-2.0 */
/* name_limit: which limit a name has, and who waits under it. A few names are
 * compared one by one; who waits is counted without a lock, since a request
 * enters before it has one. */
#include "name_limit.h"

#include <string.h>

ct_name_limit_t *ct_name_limit_find(const ct_name_limits_t *limits,
                                    const char *name)
{
    unsigned int i;

    for (i = 0; i < limits->count; ++i) {
        if (strcmp(limits->all[i].name, name) == 0) {
            return &limits->all[i];
        }
    }
    return NULL;
}

int ct_name_limit_enter(ct_name_limit_t *limit)
{
    if (limit && atomic_fetch_add(&limit->waiting, 1) >= limit->queue
        && limit->queue > 0) {
        ct_name_limit_leave(limit);
        return 0;
    }
    return 1;
}

void ct_name_limit_leave(ct_name_limit_t *limit)
{
    if (limit) {
        atomic_fetch_sub(&limit->waiting, 1);
    }
}
