/* SPDX-License-Identifier: Apache-2.0 */
/* micro_apr: apr_thread_pool, one push for each task. */
#include "micro.h"

#include <string.h>

#include "apr_strings.h"
#include "apr_thread_mutex.h"
#include "apr_thread_pool.h"

static apr_pool_t *pool;
static apr_thread_pool_t *threads;

static void start(int most, int there)
{
    apr_thread_mutex_t *mutex;
    apr_allocator_t *allocator;

    apr_allocator_create(&allocator);
    apr_pool_create_unmanaged_ex(&pool, NULL, allocator);
    apr_allocator_owner_set(allocator, pool);
    apr_thread_mutex_create(&mutex, APR_THREAD_MUTEX_DEFAULT, pool);
    apr_allocator_mutex_set(allocator, mutex);
    micro_insist(apr_thread_pool_create(&threads, (apr_size_t)there,
                                        (apr_size_t)most, pool)
                 == APR_SUCCESS, "no apr_thread_pool");
}

static void *producer(int at_once)
{
    return NULL;
}

static void *APR_THREAD_FUNC run(apr_thread_t *thread, void *data)
{
    micro_run(data);
    return NULL;
}

static void push(void *nothing, micro_task_t *tasks, int count)
{
    int i;

    for (i = 0; i < count; ++i) {
        micro_insist(apr_thread_pool_push(threads, run, &tasks[i],
                                          APR_THREAD_TASK_PRIORITY_NORMAL,
                                          NULL) == APR_SUCCESS,
                     "apr_thread_pool refuses a task");
    }
}

/* A pool for each task, as the server's programmers would have it. */
typedef struct {
    apr_pool_t *pool;
    const micro_task_t *task;
    micro_parcel_t parcel;
} packet_t;

static void *APR_THREAD_FUNC run_packet(apr_thread_t *thread, void *data)
{
    packet_t *packet = data;

    micro_run(packet->task);
    apr_pool_destroy(packet->pool);
    return NULL;
}

static void push_parcel(void *nothing, const micro_task_t *task,
                        const micro_parcel_t *parcel)
{
    crosstown_response_t *response;
    packet_t *packet;
    apr_pool_t *own;

    apr_pool_create(&own, pool);
    packet = apr_palloc(own, sizeof(*packet));
    response = apr_pmemdup(own, parcel->response, sizeof(*response));
    response->method = apr_pstrdup(own, response->method);
    response->uri = apr_pstrdup(own, response->uri);
    response->args = apr_pstrdup(own, response->args);
    response->hostname = apr_pstrdup(own, response->hostname);
    response->client_ip = apr_pstrdup(own, response->client_ip);
    packet->pool = own;
    packet->task = task;
    packet->parcel = *parcel;
    packet->parcel.response = response;
    micro_insist(apr_thread_pool_push(threads, run_packet, packet,
                                      APR_THREAD_TASK_PRIORITY_NORMAL, NULL)
                 == APR_SUCCESS, "apr_thread_pool refuses a task");
}

const contender_t micro_apr = {
    "apr", start, producer, push, push_parcel, NULL
};
