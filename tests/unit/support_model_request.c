/* SPDX-License-Identifier: Apache-2.0 */
/* support_model: requests are made and handed over. See support_model.h. */
#include "support_model.h"

#include <stdlib.h>
#include <string.h>

#include "support_chaos.h"

static void choose(model_task_t *task, uint64_t *luck, int depth)
{
    static const deed_e deeds[] = { DO_NOTHING, DO_NOTHING, DO_SPIN, DO_SPIN,
                                    DO_YIELD, DO_NAP, DO_SUBMIT };

    task->deed = deeds[chance(luck, sizeof(deeds) / sizeof(*deeds))];
    if (task->deed == DO_SUBMIT && depth == 0) {
        task->deed = DO_NOTHING;
    }
    task->spin = chance(luck, 2000);
    task->result = chance(luck, 3) ? APR_SUCCESS : APR_EGENERAL;
    task->same_thread = chance(luck, 5) == 0;
    task->again = chance(luck, 4) ? 0 : 1 + chance(luck, 3);
    task->delayed = chance(luck, 8) == 0;
    task->pause = chance(luck, 300);
}

request_t *model_request(model_t *model, uint64_t luck, int count, int depth)
{
    request_t *request = calloc(1, sizeof(*request));
    int i, none_same_thread = depth == 0 || chance(&luck, 2);

    request->model = model;
    request->count = count;
    request->response.size = sizeof(request->response);
    request->response.status = MODEL_STATUS;
    request->response.method = request->response.uri = "-";
    request->response.client_ip = "127.0.0.1";
    request->response.sent = apr_time_now();
    for (i = 0; i < count; ++i) {
        request->tasks[i].request = request;
        choose(&request->tasks[i], &luck, depth);
        request->tasks[i].same_thread &= !none_same_thread;
        request->tasks[i].delayed &= !request->tasks[i].same_thread
                                     && !model->none_later;
        request->tasks[i].again *= !model->none_later;
    }
    request->luck = luck;
    pthread_mutex_lock(&model->lock);
    request->next = model->requests;
    model->requests = request;
    pthread_mutex_unlock(&model->lock);
    return request;
}

/* Records and data lie on the stack: both are copied or carried. */
static void write_records(request_t *request, ct_record_t *records,
                          model_payload_t *payloads)
{
    int i;

    memset(records, 0, request->count * sizeof(*records));
    for (i = 0; i < request->count; ++i) {
        ct_record_t *record = &records[i];

        payloads[i].task = &request->tasks[i];
        payloads[i].same = &request->tasks[i];
        record->next = i + 1 < request->count ? record + 1 : NULL;
        record->task.fn = model_run;
        record->task.over = model_over;
        record->task.data = &payloads[i];
        record->task.name = "stress";
        record->task.recorded = (apr_time_t)(uintptr_t)&request->tasks[i];
        record->task.delay = request->tasks[i].delayed
                             ? 1 + request->tasks[i].pause : 0;
        record->same_thread = request->tasks[i].same_thread;
        if (chance(&request->luck, 2)) {
            record->data_size = sizeof(*payloads);
        }
        else {
            record->carry = model_carry;
        }
    }
}

/* Those that lack one come first. */
static void mark_places(request_t *request, apr_uint32_t places)
{
    int i;

    for (i = request->count; i-- > 0 && places > 0;) {
        if (!request->tasks[i].same_thread) {
            request->tasks[i].place = 1;
            --places;
        }
    }
}

static void give_places_back(request_t *request, apr_uint32_t places)
{
    int i;

    for (i = 0; i < request->count; ++i) {
        request->tasks[i].place = 0;
    }
    MODEL_COUNT(request->model->held, -(int)places);
    ct_dispatcher_release(request->model->d, places);
}

/* What was taken for a thread that has not yet called it is not in the queue
 * any more; what is to be called again finds a place above the bound; and at
 * the end the whole queue is taken before it is told. */
static apr_uint32_t reserve(request_t *request, apr_uint32_t wanted)
{
    model_t *model = request->model;
    int stopping = MODEL_READ(model->stopping);
    apr_uint32_t places = wanted ? ct_dispatcher_reserve(model->d, wanted) : 0;
    int held = MODEL_COUNT(model->held, (int)places);
    apr_uint32_t most = model->settings.queue_max
                        + 2 * (model->settings.threads_max
                               + MODEL_OWN_THREADS);

    if (places > wanted) {
        model_complain(model, request->tasks, "more places than wanted");
    }
    if (!stopping && held > (int)most && !MODEL_READ(model->stopping)) {
        model_complain(model, request->tasks, "the queue holds more tasks "
                       "than it may");
    }
    return places;
}

/* @return NULL: no memory, and what was reserved is given back */
static ct_batch_t *pack(request_t *request, apr_uint32_t places)
{
    struct {
        ct_record_t records[MODEL_TASKS];
        model_payload_t payloads[MODEL_TASKS];
    } paper;
    model_t *model = request->model;
    ct_batch_t *batch;
    apr_status_t rv = APR_SUCCESS;

    write_records(request, paper.records, paper.payloads);
    memory_refuse(model->faults && chance(&request->luck, 8) == 0);
    batch = ct_batch_make(&request->response, paper.records, request->count);
    memory_refuse(0);
    if (batch) {
        rv = ct_batch_carry(batch, paper.records, NULL,
                            ct_dispatcher_pool(model->d));
    }
    if (batch && rv != APR_SUCCESS) {
        ct_batch_free(batch);
        batch = NULL;
    }
    if (!batch) {
        if (!model->faults) {
            model_complain(model, request->tasks, "no batch could be made");
        }
        give_places_back(request, places);
    }
    return batch;
}

/* Before the dispatcher knows of it: its tasks may be over at once. */
static void expect(request_t *request, int count)
{
    MODEL_WRITE(request->given, count ? GIVEN : GIVEN_NOT);
    MODEL_COUNT(request->model->expected, count ? count : -request->count);
}

static void attend(request_t *request, ct_batch_t *batch, int lacking,
                   apr_pool_t *scratch)
{
    int i;

    for (i = 0; i < request->count; ++i) {
        model_task_t *task = &request->tasks[i];

        if (!task->same_thread && lacking > 0) {
            task->same_thread = 1;
            --lacking;
        }
        batch->calls[i].run_inline = task->same_thread;
    }
    request->attended = 1;
    expect(request, request->count);
    ct_dispatcher_attend(request->model->d, batch, scratch);
}

static void push(request_t *request, ct_batch_t *batch, apr_uint32_t places,
                 apr_pool_t *scratch)
{
    ct_dispatcher_t *d = request->model->d;
    int refuse = chance(&request->luck, 2) != 0;   /* it runs from here on */
    apr_status_t rv;

    expect(request, request->count);
    rv = ct_dispatcher_push(d, batch);
    if (rv == APR_EOF) {
        give_places_back(request, places);
        ct_dispatcher_end_batch(d, batch, CROSSTOWN_STOPPED, scratch);
    }
    else if (rv == APR_EAGAIN && refuse) {
        ct_dispatcher_refuse(d, scratch);
    }
    else if (rv == APR_EAGAIN) {
        ct_dispatcher_stand_in(d, scratch);
    }
    if (rv == APR_EAGAIN && !request->model->faults) {
        model_complain(request->model, request->tasks, "no thread was to be "
                       "had though nothing was in the way");
    }
}

/* Who has to wait for a place cannot count on company; and what is delayed
 * never does without one. */
static void do_not_meet(request_t *request)
{
    int i;

    for (i = 0; i < request->count; ++i) {
        request->tasks[i].delayed = 0;
        if (request->tasks[i].deed == DO_MEET) {
            request->tasks[i].deed = DO_YIELD;
        }
    }
}

static int count_inline(const request_t *request)
{
    int count = 0;
    int i;

    for (i = 0; i < request->count; ++i) {
        count += request->tasks[i].same_thread;
    }
    return count;
}

/* What lacks a place is rejected by the ledger, which is no part of this: the
 * request is as if it had never recorded it. */
static void do_without(request_t *request, int lacking)
{
    int i, kept = 0;

    for (i = request->count; i-- > 0 && lacking > 0;) {
        if (!request->tasks[i].same_thread) {
            request->tasks[i].request = NULL;
            --lacking;
        }
    }
    for (i = 0; i < request->count; ++i) {
        if (request->tasks[i].request) {
            request->tasks[kept++] = request->tasks[i];
        }
    }
    request->count = kept;
}

void model_hand_over(request_t *request, apr_pool_t *scratch)
{
    model_t *model = request->model;
    apr_uint32_t wanted = request->count - count_inline(request);
    apr_uint32_t places = reserve(request, wanted);
    int lacking = (int)(wanted - places);
    int same_thread = count_inline(request);
    ct_batch_t *batch;

    if (lacking) {
        do_not_meet(request);
    }
    if (lacking && !model->inline_overflow) {
        do_without(request, lacking);
        lacking = 0;
    }
    mark_places(request, places);
    batch = request->count ? pack(request, places) : NULL;
    if (batch && (same_thread || lacking)) {
        attend(request, batch, lacking, scratch);
    }
    else if (batch) {
        push(request, batch, places, scratch);
    }
}

/* As crosstown_submit() does: from any thread, so without a stand-in. */
void model_submit(request_t *request, apr_pool_t *parent)
{
    ct_dispatcher_t *d = request->model->d;
    apr_uint32_t places = reserve(request, 1);
    ct_batch_t *batch = places ? pack(request, places) : NULL;
    apr_pool_t *scratch;
    apr_uint64_t number;
    apr_status_t rv;

    if (!batch) {
        return;
    }
    request->tasks[0].place = 1;
    expect(request, 1);
    number = batch->calls[0].task.number = ct_task_id_next();
    rv = ct_dispatcher_push(d, batch);
    if (rv == APR_EOF || (rv == APR_EAGAIN
                          && ct_dispatcher_take_back(d, number))) {
        expect(request, 0);
        ct_batch_free(batch);
        give_places_back(request, places);
    }
    if (rv == APR_EAGAIN
        && apr_pool_create(&scratch, parent) == APR_SUCCESS) {
        ct_dispatcher_refuse(d, scratch);
        apr_pool_destroy(scratch);
    }
}
