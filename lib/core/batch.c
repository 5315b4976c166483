/* SPDX-License-Identifier: Apache-2.0 */
/* batch: see batch.h. The block is laid out as
 *     batch, calls | carried | data, data, ... | response | strings
 * where `carried`, the pool, is there if one of the records may want it, and
 * the data is aligned most. It is measured first, then filled, by the same
 * walk over the records.
 * Thread: the request's while it is made.
 * Lifetime: malloc to free, on whatever thread. */
#include "batch.h"

#include <stdlib.h>
#include <string.h>

#include "faults.h"

/* Data is copied as bytes, but what it is a copy of may be any C object. */
#define ALIGNED(size) (((size) + 15) & ~(apr_size_t)15)

static apr_size_t string_size(const char *s)
{
    return s ? strlen(s) + 1 : 0;
}

static apr_size_t response_strings(const crosstown_response_t *response)
{
    if (!response) {
        return 0;
    }
    return string_size(response->method) + string_size(response->uri)
           + string_size(response->args) + string_size(response->hostname)
           + string_size(response->client_ip) + string_size(response->user)
           + string_size(response->log_id)
           + string_size(response->traceparent)
           + string_size(response->unique_id);
}

/* Tasks of one loop share their name; keep it shared. */
static int same_name(const ct_record_t *record, const ct_record_t *before)
{
    return before && before->task.name == record->task.name;
}

typedef struct {
    apr_size_t data;
    apr_size_t names;
    int carries;
} measure_t;

static measure_t measure(const ct_record_t *first, apr_uint32_t count)
{
    const ct_record_t *record = first;
    const ct_record_t *before = NULL;
    measure_t all = { 0, 0, 0 };

    for (; count > 0; --count, before = record, record = record->next) {
        all.data += ALIGNED(record->data_size);
        all.carries |= record->carry != NULL;
        if (!same_name(record, before)) {
            all.names += string_size(record->task.name);
        }
    }
    return all;
}

/* Only where batch->carries says that it is there. */
static apr_pool_t **place_of_carried(const ct_batch_t *batch)
{
    return (apr_pool_t **)&batch->calls[batch->count];
}

static const char *copy_string(const char *s, char **free_space)
{
    apr_size_t size = string_size(s);
    char *copy = *free_space;

    if (!s) {
        return NULL;
    }
    memcpy(copy, s, size);
    *free_space += size;
    return copy;
}

static void copy_response(crosstown_response_t *copy,
                          const crosstown_response_t *response,
                          char **strings)
{
    *copy = *response;
    copy->method = copy_string(response->method, strings);
    copy->uri = copy_string(response->uri, strings);
    copy->args = copy_string(response->args, strings);
    copy->hostname = copy_string(response->hostname, strings);
    copy->client_ip = copy_string(response->client_ip, strings);
    copy->user = copy_string(response->user, strings);
    copy->log_id = copy_string(response->log_id, strings);
    copy->traceparent = copy_string(response->traceparent, strings);
    copy->unique_id = copy_string(response->unique_id, strings);
}

static void copy_records(ct_call_t *calls, const ct_record_t *first,
                         apr_uint32_t count, char *data, char **strings)
{
    const ct_record_t *record = first;
    const ct_record_t *before = NULL;
    apr_uint32_t i;

    for (i = 0; i < count; ++i, before = record, record = record->next) {
        ct_call_t *call = &calls[i];

        call->task = record->task;
        call->quota = record->quota ? record->quota->number : 0;
        call->label = record->label;
        call->here = 0;
        call->task.name = same_name(record, before)
                          ? calls[i - 1].task.name
                          : copy_string(record->task.name, strings);
        if (record->data_size) {
            memcpy(data, record->task.data, record->data_size);
            call->task.data = data;
            data += ALIGNED(record->data_size);
        }
    }
}

ct_batch_t *ct_batch_make(const crosstown_response_t *response,
                          const ct_record_t *first, apr_uint32_t count)
{
    measure_t all = measure(first, count);
    apr_size_t head = sizeof(ct_batch_t) + count * sizeof(ct_call_t)
                      + (all.carries ? ALIGNED(sizeof(apr_pool_t *)) : 0);
    apr_size_t data = all.data ? ALIGNED(head) : head;
    apr_size_t rest = data + all.data;
    ct_batch_t *batch;
    char *block, *strings;

    block = ct_fault(CT_FAULT_BATCH) ? NULL
            : malloc(rest + (response ? sizeof(*response) : 0) + all.names
                     + response_strings(response));
    if (!block) {
        return NULL;
    }
    batch = (ct_batch_t *)block;
    memset(batch, 0, sizeof(*batch));
    batch->count = batch->left = count;
    if (all.carries) {
        batch->carries = 1;
        *place_of_carried(batch) = NULL;
    }
    strings = block + rest;
    if (response) {
        crosstown_response_t *copy = (crosstown_response_t *)strings;

        strings += sizeof(*copy);
        copy_response(copy, response, &strings);
        batch->response = copy;
    }
    copy_records(batch->calls, first, count, block + data, &strings);
    return batch;
}

apr_status_t ct_batch_carry(ct_batch_t *batch, const ct_record_t *first,
                            struct request_rec *r, apr_pool_t *parent)
{
    const ct_record_t *record = first;
    apr_pool_t **carried = place_of_carried(batch);
    apr_uint32_t i;

    for (i = 0; i < batch->count; ++i, record = record->next) {
        ct_task_t *task = &batch->calls[i].task;

        if (!record->carry) {
            continue;
        }
        if (!*carried) {
            apr_status_t rv = ct_fault(CT_FAULT_CARRY) ? APR_ENOMEM
                              : apr_pool_create(carried, parent);

            if (rv != APR_SUCCESS) {
                return rv;
            }
        }
        task->data = record->carry(r, task->data, *carried);
    }
    return APR_SUCCESS;
}

apr_pool_t *ct_batch_carried(const ct_batch_t *batch)
{
    return batch->carries ? *place_of_carried(batch) : NULL;
}

void ct_batch_free(ct_batch_t *batch)
{
    apr_pool_t *carried = ct_batch_carried(batch);

    if (carried) {
        apr_pool_destroy(carried);
    }
    free(batch);
}
