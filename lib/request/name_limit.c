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

ct_name_limit_t *ct_name_limit_of(const ct_name_limits_t *limits,
                                  const char *name, unsigned int label)
{
    ct_name_limit_t *limit = ct_name_limit_find(limits, name);

    if (!limit && label < limits->others) {
        limit = &limits->all[limits->count + label];
    }
    return limit;
}

apr_uint32_t ct_name_limit_at_once(const ct_name_limit_t *limit)
{
    unsigned int said = limit->says ? atomic_load(&limit->says->at_once) : 0;

    return said ? said : limit->at_once;
}

int ct_name_limit_holds(const ct_name_limit_t *limit)
{
    return limit && (ct_name_limit_at_once(limit) > 0
                     || ct_switches_paused(limit->says));
}

int ct_name_limit_enter(ct_name_limit_t *limit)
{
    unsigned int before;

    if (!limit) {
        return 1;
    }
    before = atomic_fetch_add(&limit->waiting, 1);
    if (limit->queue > 0 && before >= limit->queue) {
        ct_name_limit_leave(limit);
        return 0;
    }
    if (limit->peaks) {
        ct_gauges_raise(&limit->peaks->waiting, before + 1);
    }
    return 1;
}

void ct_name_limit_leave(ct_name_limit_t *limit)
{
    if (limit) {
        atomic_fetch_sub(&limit->waiting, 1);
    }
}
