/* SPDX-License-Identifier: Apache-2.0 */
/* batch: the block is laid out as
 *     batch, calls | carried | data, data, ... | response | strings
 * where `carried`, the pool, is there if one of the records may want it, and
 * the data is aligned most. It is measured first, then filled, by the same
 * walk over the records. */
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

/* Where a response has its strings. */
static const unsigned short strings_at[] = {
    APR_OFFSETOF(crosstown_response_t, method),
    APR_OFFSETOF(crosstown_response_t, uri),
    APR_OFFSETOF(crosstown_response_t, args),
    APR_OFFSETOF(crosstown_response_t, hostname),
    APR_OFFSETOF(crosstown_response_t, client_ip),
    APR_OFFSETOF(crosstown_response_t, user),
    APR_OFFSETOF(crosstown_response_t, log_id),
    APR_OFFSETOF(crosstown_response_t, traceparent),
    APR_OFFSETOF(crosstown_response_t, unique_id)
};

#define STRINGS (sizeof(strings_at) / sizeof(strings_at[0]))

/* Of these; 0: NULL. */
typedef struct {
    apr_size_t sizes[STRINGS];
    apr_size_t all;
} strings_t;

static const char **string_of(crosstown_response_t *response, unsigned int i)
{
    return (const char **)((char *)response + strings_at[i]);
}

/* Adds to strings->all. */
static void measure_strings(strings_t *strings,
                            const crosstown_response_t *response)
{
    unsigned int i;

    for (i = 0; i < STRINGS; ++i) {
        const char *s = *string_of((crosstown_response_t *)response, i);

        strings->sizes[i] = string_size(s);
        strings->all += strings->sizes[i];
    }
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
                          const strings_t *strings, char **free_space)
{
    unsigned int i;

    *copy = *response;
    for (i = 0; i < STRINGS; ++i) {
        apr_size_t size = strings->sizes[i];

        if (size > 0) {
            const char **s = string_of(copy, i);

            *s = memcpy(*free_space, *s, size);
            *free_space += size;
        }
    }
}

static void copy_records(ct_call_t *calls, const ct_record_t *first,
                         apr_uint32_t count, char *data, char **free_space)
{
    const ct_record_t *record = first;
    const ct_record_t *before = NULL;
    apr_uint32_t i;

    for (i = 0; i < count; ++i, before = record, record = record->next) {
        ct_call_t *call = &calls[i];

        call->task = record->task;
        call->name_limit = record->name_limit ? record->name_limit->number : 0;
        call->label = record->label;
        call->run_inline = 0;
        call->task.name = same_name(record, before)
                          ? calls[i - 1].task.name
                          : copy_string(record->task.name, free_space);
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
    strings_t strings;
    ct_batch_t *batch;
    char *block, *free_space;

    strings.all = 0;
    if (response) {
        measure_strings(&strings, response);
    }
    block = ct_fault(CT_FAULT_BATCH) ? NULL
            : malloc(rest + (response ? sizeof(*response) : 0) + all.names
                     + strings.all);
    if (!block) {
        return NULL;
    }
    batch = (ct_batch_t *)block;
    memset(batch, 0, sizeof(*batch));
    batch->count = batch->limit = batch->left = count;
    if (all.carries) {
        batch->carries = 1;
        *place_of_carried(batch) = NULL;
    }
    free_space = block + rest;
    if (response) {
        crosstown_response_t *copy = (crosstown_response_t *)free_space;

        free_space += sizeof(*copy);
        copy_response(copy, response, &strings, &free_space);
        batch->response = copy;
    }
    copy_records(batch->calls, first, count, block + data, &free_space);
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
