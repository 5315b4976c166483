/* SPDX-License-Identifier: Apache-2.0 */
/* split_off: the struct stands before its batch in one block, so that the heap
 * finds the batch, and whoever has the batch finds the struct, without a
 * pointer in the header of those that never wait. */
#include "split_off.h"

#include <stdlib.h>

#include "call_order.h"
#include "faults.h"

ct_batch_t *ct_split_off_batch(ct_timed_t *timed)
{
    return (ct_batch_t *)((ct_split_off_t *)timed + 1);
}

ct_split_off_t *ct_split_off_of(const ct_batch_t *batch)
{
    return (ct_split_off_t *)batch - 1;
}

ct_batch_t *ct_split_off_make(ct_batch_t *origin, apr_uint32_t index)
{
    ct_split_off_t *own = ct_fault(CT_FAULT_BATCH) ? NULL
                          : calloc(1, sizeof(*own) + sizeof(ct_batch_t)
                                      + sizeof(ct_call_t));
    ct_batch_t *batch;

    if (!own) {
        return NULL;
    }
    own->origin = origin;
    batch = ct_split_off_batch(&own->timed);
    batch->split_off = 1;
    batch->count = batch->limit = batch->left = 1;
    batch->response = origin->response;
    batch->calls[0] = origin->calls[index];
    batch->calls[0].run_inline = 0;
    return batch;
}

apr_uint32_t ct_split_off_attempt(const ct_batch_t *batch)
{
    return batch->split_off ? ct_split_off_of(batch)->attempt : 1;
}

apr_pool_t *ct_split_off_carried(const ct_batch_t *batch)
{
    return ct_batch_carried(batch->split_off ? ct_split_off_of(batch)->origin
                                             : batch);
}

void ct_split_off_free(ct_dispatcher_t *d, ct_batch_t *batch)
{
    if (batch->split_off) {
        ct_call_release(d, ct_split_off_of(batch)->origin, 1);
        free(ct_split_off_of(batch));
    }
    else {
        ct_batch_free(batch);
    }
}
