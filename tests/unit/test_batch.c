/* SPDX-License-Identifier: Apache-2.0 */
/* batch: everything a task needs is copied; what carry makes lives as long;
 * without memory there is no batch. */
#include "support.h"

#include <sys/mman.h>
#include <unistd.h>

#include "batch.h"
#include "support_calls.h"

/* A sanitizer's malloc() would rather end the program than return NULL. These
 * are called by the sanitizer's library. */
#define VISIBLE __attribute__((visibility("default")))

VISIBLE const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "allocator_may_return_null=1";
}

VISIBLE const char *__tsan_default_options(void);
const char *__tsan_default_options(void)
{
    return "allocator_may_return_null=1";
}

static void *carry_copy(struct request_rec *r, void *data, apr_pool_t *p)
{
    return apr_pstrcat(p, (const char *)r, "/", (const char *)data, NULL);
}

static void *carry_nothing(struct request_rec *r, void *data, apr_pool_t *p)
{
    (void)r;
    (void)data;
    (void)p;
    return NULL;
}

static void records_of(ct_record_t *records, int count)
{
    int i;

    memset(records, 0, count * sizeof(*records));
    for (i = 0; i < count; ++i) {
        records[i].task.fn = deed_run;
        records[i].task.name = "-";
        records[i].next = i + 1 < count ? &records[i + 1] : NULL;
    }
}

static void the_response_is_copied(void **state)
{
    char method[] = "GET", uri[] = "/a", args[] = "b=c", hostname[] = "h",
         client_ip[] = "192.0.2.1", user[] = "u", log_id[] = "L",
         traceparent[] = "00-t", unique_id[] = "U";
    crosstown_response_t response = {
        sizeof(response), (struct server_rec *)state, 207, 1, 1234567890123,
        5, 6, method, uri, args, hostname, client_ip, user, log_id,
        traceparent, unique_id
    };
    const crosstown_response_t *copy;
    ct_record_t records[1];
    ct_batch_t *batch;

    records_of(records, 1);
    batch = ct_batch_make(&response, records, 1);
    memset(&response, 0, sizeof(response));
    method[0] = uri[0] = args[0] = hostname[0] = client_ip[0] = user[0]
        = log_id[0] = traceparent[0] = unique_id[0] = '!';
    copy = batch->response;
    assert_int_equal(copy->size, sizeof(response));
    assert_ptr_equal(copy->server, state);
    assert_int_equal(copy->status, 207);
    assert_int_equal(copy->aborted, 1);
    assert_int_equal(copy->bytes_sent, 1234567890123);
    assert_int_equal(copy->received, 5);
    assert_int_equal(copy->sent, 6);
    assert_string_equal(copy->method, "GET");
    assert_string_equal(copy->uri, "/a");
    assert_string_equal(copy->args, "b=c");
    assert_string_equal(copy->hostname, "h");
    assert_string_equal(copy->client_ip, "192.0.2.1");
    assert_string_equal(copy->user, "u");
    assert_string_equal(copy->log_id, "L");
    assert_string_equal(copy->traceparent, "00-t");
    assert_string_equal(copy->unique_id, "U");
    ct_batch_free(batch);
}

static void what_is_missing_stays_missing(void **state)
{
    crosstown_response_t response;
    ct_record_t records[1];
    ct_batch_t *batch;

    (void)state;
    memset(&response, 0, sizeof(response));
    response.method = "";
    records_of(records, 1);
    batch = ct_batch_make(&response, records, 1);
    assert_string_equal(batch->response->method, "");
    assert_null(batch->response->args);
    assert_null(batch->response->user);
    ct_batch_free(batch);
    batch = ct_batch_make(NULL, records, 1);
    assert_null(batch->response);
    ct_batch_free(batch);
}

static void tasks_are_copied(void **state)
{
    char name[] = "one", other[] = "two";
    ct_record_t records[4];
    ct_batch_t *batch;

    records_of(records, 4);
    records[0].task.name = records[1].task.name = name;
    records[2].task.name = other;
    records[1].task.over = deed_over;
    records[1].task.data = state;
    records[1].task.server = (struct server_rec *)state;
    records[1].task.recorded = 99;
    records[1].label = 64;
    batch = ct_batch_make(NULL, records, 3);     /* not the fourth */
    memset(records, 0, sizeof(records));
    name[0] = other[0] = '!';
    assert_int_equal(batch->count, 3);
    assert_int_equal(batch->left, 3);
    assert_int_equal(batch->taken, 0);
    assert_int_equal(batch->called, 0);
    assert_int_equal(batch->limit, 3);
    assert_int_equal(batch->stands, CT_STANDS_NOWHERE);
    assert_null(ct_batch_carried(batch));
    assert_string_equal(batch->calls[0].task.name, "one");
    assert_ptr_equal(batch->calls[1].task.name, batch->calls[0].task.name);
    assert_string_equal(batch->calls[2].task.name, "two");
    assert_ptr_equal(batch->calls[0].task.fn, deed_run);
    assert_null(batch->calls[0].task.over);
    assert_ptr_equal(batch->calls[1].task.over, deed_over);
    assert_ptr_equal(batch->calls[1].task.data, state);
    assert_ptr_equal(batch->calls[1].task.server, state);
    assert_int_equal(batch->calls[1].task.recorded, 99);
    assert_int_equal(batch->calls[1].label, 64);
    assert_false(batch->calls[0].run_inline || batch->calls[2].run_inline);
    ct_batch_free(batch);
}

/* Any C object may be copied, whatever stands before it. */
static void data_is_copied_and_aligned(void **state)
{
    static const apr_size_t sizes[] = { 1, 15, 16, 17, 0, 1000, 3 };
    enum { COUNT = sizeof(sizes) / sizeof(sizes[0]) };
    crosstown_response_t response;
    ct_record_t records[COUNT];
    unsigned char *data[COUNT];
    ct_batch_t *batch;
    apr_size_t j;
    int i;

    memset(&response, 0, sizeof(response));
    response.uri = "/odd";
    records_of(records, COUNT);
    for (i = 0; i < COUNT; ++i) {
        data[i] = apr_palloc(*state, 1000);
        memset(data[i], i + 1, 1000);
        records[i].task.data = data[i];
        records[i].data_size = sizes[i];
    }
    batch = ct_batch_make(&response, records, COUNT);
    for (i = 0; i < COUNT; ++i) {
        const unsigned char *copy = batch->calls[i].task.data;

        if (sizes[i] == 0) {
            assert_ptr_equal(copy, data[i]);
            continue;
        }
        assert_ptr_not_equal(copy, data[i]);
        assert_int_equal((uintptr_t)copy % 16, 0);
        memset(data[i], 0, 1000);
        for (j = 0; j < sizes[i]; ++j) {
            assert_int_equal(copy[j], i + 1);
        }
    }
    assert_string_equal(batch->response->uri, "/odd");
    ct_batch_free(batch);
}

static void no_memory_no_batch(void **state)
{
    ct_record_t records[2];

    records_of(records, 2);
    records[1].task.data = state;
    records[1].data_size = APR_SIZE_MAX / 2;
    assert_null(ct_batch_make(NULL, records, 2));
}

static void who_wants_it_carries(void **state)
{
    struct request_rec *r = (struct request_rec *)"request";
    ct_record_t records[4];
    ct_batch_t *batch;
    apr_pool_t *parent;

    apr_pool_create(&parent, *state);
    records_of(records, 4);
    records[0].task.data = records[1].task.data = "first";
    records[2].task.data = "third";
    records[3].task.data = "fourth";
    records[1].carry = carry_copy;
    records[2].carry = carry_nothing;
    records[3].carry = carry_copy;
    batch = ct_batch_make(NULL, records, 4);
    assert_int_equal(ct_batch_carry(batch, records, r, parent), APR_SUCCESS);
    assert_ptr_equal(batch->calls[0].task.data, records[0].task.data);
    assert_string_equal(batch->calls[1].task.data, "request/first");
    assert_null(batch->calls[2].task.data);
    assert_string_equal(batch->calls[3].task.data, "request/fourth");
    assert_ptr_equal(apr_pool_parent_get(ct_batch_carried(batch)), parent);
    ct_batch_free(batch);
    apr_pool_destroy(parent);
}

static apr_status_t count_up(void *data)
{
    ++*(int *)data;
    return APR_SUCCESS;
}

static void carried_memory_goes_with_the_batch(void **state)
{
    ct_record_t records[1];
    ct_batch_t *batch;
    int gone = 0;

    records_of(records, 1);
    records[0].carry = carry_nothing;
    batch = ct_batch_make(NULL, records, 1);
    assert_int_equal(ct_batch_carry(batch, records, NULL, *state),
                     APR_SUCCESS);
    apr_pool_cleanup_register(ct_batch_carried(batch), &gone, count_up,
                              apr_pool_cleanup_null);
    assert_int_equal(gone, 0);
    ct_batch_free(batch);
    assert_int_equal(gone, 1);
}

static void without_carry_no_pool_is_made(void **state)
{
    ct_record_t records[2];
    ct_batch_t *batch;

    records_of(records, 2);
    batch = ct_batch_make(NULL, records, 2);
    pools_refuse(1);
    assert_int_equal(ct_batch_carry(batch, records, NULL, *state),
                     APR_SUCCESS);
    assert_null(ct_batch_carried(batch));
    ct_batch_free(batch);
}

static void without_a_pool_nothing_is_carried(void **state)
{
    ct_record_t records[2];
    ct_batch_t *batch;

    records_of(records, 2);
    records[0].carry = records[1].carry = carry_copy;
    records[0].task.data = "kept";
    batch = ct_batch_make(NULL, records, 2);
    pools_refuse(1);
    assert_int_equal(ct_batch_carry(batch, records, NULL, *state),
                     APR_ENOMEM);
    assert_string_equal(batch->calls[0].task.data, "kept");
    ct_batch_free(batch);
}

/* Behind its zero nothing can be read. */
static void a_string_ends_where_it_ends(void **state)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    char *pages = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char *name = pages + page - sizeof("at the edge");
    crosstown_response_t response;
    ct_record_t record;
    ct_batch_t *batch;

    (void)state;
    memset(&response, 0, sizeof(response));
    assert_true(pages != MAP_FAILED);
    assert_int_equal(mprotect(pages + page, page, PROT_NONE), 0);
    memcpy(name, "at the edge", sizeof("at the edge"));
    records_of(&record, 1);
    record.task.name = name;
    response.uri = name;
    batch = ct_batch_make(&response, &record, 1);
    munmap(pages, 2 * page);
    assert_string_equal(batch->calls[0].task.name, "at the edge");
    assert_string_equal(batch->response->uri, "at the edge");
    ct_batch_free(batch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_pool(the_response_is_copied),
        with_pool(what_is_missing_stays_missing),
        with_pool(a_string_ends_where_it_ends),
        with_pool(tasks_are_copied),
        with_pool(data_is_copied_and_aligned),
        with_pool(no_memory_no_batch),
        with_pool(who_wants_it_carries),
        with_pool(carried_memory_goes_with_the_batch),
        with_pool(without_carry_no_pool_is_made),
        with_pool(without_a_pool_nothing_is_carried),
    };

    return run_group("batch", tests);
}
