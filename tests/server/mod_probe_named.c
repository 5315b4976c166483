/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Named tasks, as a C module asks for them. Their payload is the script's tag.
 * mod_crosstown_tasks may be there or not.
 *
 * Thread: the request's.
 * Lifetime: nothing is kept beyond the call.
 */
#include "mod_probe.h"

#include <pthread.h>
#include <signal.h>
#include <string.h>

#include "http_protocol.h"
#include "crosstown_tasks.h"

static void *fail_late(void *held)
{
    crosstown_client_finish(&probe_crosstown, held, APR_EGENERAL, "no answer");
    return NULL;
}

static apr_status_t fail_on_another_thread(const crosstown_task_t *task)
{
    crosstown_held_t *held = crosstown_client_hold(&probe_crosstown, task);
    pthread_t thread;
    sigset_t all, before;

    ap_assert(held);
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    ap_assert(pthread_create(&thread, NULL, fail_late, held) == 0);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_detach(thread);
    return CROSSTOWN_HELD;
}

/* The function behind `CrosstownTask probe_named module`. What it is about
 * says what it does: "again" fails twice, "late" too, on another thread when
 * it has returned, "crash" takes its process along. */
static apr_status_t run(const crosstown_task_t *task,
                        const crosstown_payload_t *payload, void *data)
{
    probe_line_t line;

    probe_line_begin(&line, "named_run");
    probe_line_add(&line, "tag", payload->data);
    probe_line_add(&line, "task", task->name);
    probe_line_add(&line, "id", task->id);
    probe_line_add(&line, "uri", task->response ? task->response->uri : "-");
    probe_line_number(&line, "count", (apr_int64_t)task->attempt);
    probe_line_end(&line);
    if (!strncmp(payload->data, "crash", 5)) {
        raise(SIGKILL);
    }
    if (!strncmp(payload->data, "again", 5) && task->attempt < 3) {
        return crosstown_client_fail(
            &probe_crosstown, task,
            crosstown_client_retry_at(&probe_crosstown, task, apr_time_now()),
            "not yet");
    }
    if (!strncmp(payload->data, "late", 4) && task->attempt < 3) {
        return fail_on_another_thread(task);
    }
    return APR_SUCCESS;
}

int probe_named_provide(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp)
{
    crosstown_tasks_t tasks;

    crosstown_tasks_load(&tasks);
    (void)crosstown_tasks_provide(&tasks, "probe_named", run, NULL);
    return OK;
}

static void note(const probe_script_t *script, const char *event,
                 const char *name, apr_status_t rv)
{
    probe_line_t line;

    probe_line_begin(&line, event);
    probe_line_add(&line, "tag", script->order.tag);
    probe_line_add(&line, "task", name);
    probe_line_result(&line, "answer", rv);
    probe_line_end(&line);
}

static void set_payload(const probe_script_t *script,
                        crosstown_payload_t *payload)
{
    payload->data = script->order.tag;
    payload->length = strlen(script->order.tag);
    payload->type = "text/plain";
}

void probe_do_named(probe_script_t *script, const char *value)
{
    crosstown_named_opts_t opts = CROSSTOWN_NAMED_OPTS_INIT;
    crosstown_payload_t payload = CROSSTOWN_PAYLOAD_INIT;
    crosstown_tasks_t tasks;

    crosstown_tasks_load(&tasks);
    set_payload(script, &payload);
    opts.no_go = script->opts.no_go;
    note(script, "named", value,
         crosstown_tasks_defer(&tasks, script->r, value, &payload, &opts));
}

void probe_do_submit_named(probe_script_t *script, const char *value)
{
    crosstown_payload_t payload = CROSSTOWN_PAYLOAD_INIT;
    crosstown_tasks_t tasks;

    crosstown_tasks_load(&tasks);
    set_payload(script, &payload);
    note(script, "submit_named", value,
         crosstown_tasks_submit(&tasks, script->r->server, value, &payload,
                                NULL));
}

void probe_do_flush(probe_script_t *script, const char *value)
{
    ap_rputs("begun\n", script->r);
    ap_rflush(script->r);
}
