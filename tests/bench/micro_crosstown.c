/* SPDX-License-Identifier: Apache-2.0 */
/* micro_crosstown: the dispatcher, by its public side only: a place, a block
 * for the request's tasks, one hand-over. */
#include "micro.h"

#include <stdlib.h>
#include <string.h>

#include "dispatcher.h"

#define QUEUE 4000000

static ct_dispatcher_t *dispatcher;

static apr_time_t now(void)
{
    return micro_now() / 1000;
}

static apr_interval_time_t time_left(void)
{
    return -1;
}

static void tell_nobody(void *context, struct server_rec *server,
                        const crosstown_task_t *task,
                        crosstown_outcome_e outcome, apr_status_t result)
{
    micro_insist(outcome == CROSSTOWN_RAN, "a task did not run");
}

static void start(int most, int there)
{
    ct_dispatcher_settings_t settings;

    memset(&settings, 0, sizeof(settings));
    settings.threads_min = there > 0 ? (apr_uint32_t)there : 1;
    settings.threads_max = (apr_uint32_t)most;
    settings.queue_max = QUEUE;
    settings.linger = 10 * APR_USEC_PER_SEC;
    settings.patience = APR_USEC_PER_SEC / 10;
    settings.now = now;
    settings.time_left = time_left;
    settings.report.end = tell_nobody;
    micro_insist(ct_dispatcher_make(&dispatcher, &settings) == APR_SUCCESS,
                 "no dispatcher");
}

static apr_status_t run(const crosstown_task_t *task, void *data)
{
    micro_run(data);
    return APR_SUCCESS;
}

static void fill(ct_record_t *record, void *data)
{
    memset(record, 0, sizeof(*record));
    record->task.fn = run;
    record->task.data = data;
    record->task.name = "-";
}

static void hand_over(const crosstown_response_t *response,
                      const ct_record_t *first, int count)
{
    apr_uint32_t wanted = (apr_uint32_t)count;
    ct_batch_t *batch;

    micro_insist(ct_dispatcher_reserve(dispatcher, wanted) == wanted,
                 "the queue is full");
    batch = ct_batch_make(response, first, wanted);
    micro_insist(batch != NULL, "no memory");
    micro_insist(ct_dispatcher_push(dispatcher, batch) == APR_SUCCESS,
                 "the dispatcher refuses a batch");
}

/* A request has its records in memory of its own. */
static void *producer(int at_once)
{
    ct_record_t *records = malloc((size_t)at_once * sizeof(*records));
    int i;

    micro_insist(records != NULL, "no memory");
    for (i = 0; i < at_once; ++i) {
        fill(&records[i], NULL);
    }
    return records;
}

static void push(void *kept, micro_task_t *tasks, int count)
{
    ct_record_t *records = kept;
    int i;

    for (i = 0; i < count; ++i) {
        fill(&records[i], &tasks[i]);
        records[i].next = i + 1 < count ? &records[i + 1] : NULL;
    }
    hand_over(NULL, records, count);
}

static apr_status_t run_parcel(const crosstown_task_t *task, void *data)
{
    const micro_task_t *wanted;

    memcpy(&wanted, data, sizeof(wanted));
    micro_run(wanted);
    return APR_SUCCESS;
}

/* Its 16 bytes begin with which task it is. */
static void push_parcel(void *kept, const micro_task_t *task,
                        const micro_parcel_t *parcel)
{
    char data[sizeof(parcel->data)];
    ct_record_t record;

    memcpy(data, parcel->data, sizeof(data));
    memcpy(data, &task, sizeof(task));
    fill(&record, data);
    record.task.fn = run_parcel;
    record.data_size = sizeof(data);
    hand_over(parcel->response, &record, 1);
}

const contender_t micro_crosstown = {
    "crosstown", start, producer, push, push_parcel, NULL
};
