/* SPDX-License-Identifier: Apache-2.0 */
/* faults: the state behind lib/base/faults.h. Part of test builds only.
 * Thread: any.
 * Lifetime: statics. */
#include <stdatomic.h>
#include <string.h>

#include "apr_general.h"
#include "faults.h" /* of lib/base */
#include "fault_points.h"

static const char *const names[CT_FAULTS] = {
    "thread", "batch", "carry", "scratch", "clock", "lock"
};

static struct {
    atomic_uint passed;
    atomic_uint from;                /* 0: never */
    atomic_uint times;
    atomic_int failed;
} points[CT_FAULTS];

int ct_fault(ct_fault_e point)
{
    unsigned int from = atomic_load(&points[point].from);
    unsigned int passing;

    if (from == 0) {
        return 0;
    }
    passing = atomic_fetch_add(&points[point].passed, 1) + 1;
    if (passing < from
        || passing - from >= atomic_load(&points[point].times)) {
        return 0;
    }
    atomic_fetch_add(&points[point].failed, 1);
    return 1;
}

static int crosstown_fault(const char *name, unsigned int nth,
                           unsigned int times)
{
    int point;

    for (point = 0; point < CT_FAULTS; ++point) {
        if (!strcmp(names[point], name)) {
            atomic_store(&points[point].from, 0);
            atomic_store(&points[point].passed, 0);
            atomic_store(&points[point].times, times);
            atomic_store(&points[point].from, nth);
            return atomic_exchange(&points[point].failed, 0);
        }
    }
    return -1;
}

void ct_faults_export(void)
{
    APR_REGISTER_OPTIONAL_FN(crosstown_fault);
}
