/* SPDX-License-Identifier: Apache-2.0 */
/* shown_task: each member is written and read by itself, relaxed: that all are
 * of one task is seen to by the entry's state. */
#include "shown_task.h"

#include <string.h>

#include "active_tasks.h"
#include "apr_strings.h"
#include "name_ids.h"
#include "shared_text.h"

static void write_text(ct_counter_t *words, apr_size_t size, const char *text)
{
    ct_shared_text_write(words, size, text ? text : "-");
}

/* Most tasks are not described: then it is one word. */
static void describe(ct_counter_t *words, const char *text)
{
    if (text) {
        ct_shared_text_write(words, CT_SCOREBOARD_DESCRIBED_SIZE, text);
    }
    else {
        atomic_store_explicit(words, 0, memory_order_relaxed);
    }
}

void ct_shown_task_write(ct_entry_t *entry, const ct_active_t *active,
                         const crosstown_task_t *task)
{
    const crosstown_response_t *response = task->response;

    atomic_store_explicit(&entry->started, active->started,
                          memory_order_relaxed);
    atomic_store_explicit(&entry->status, response ? response->status : 0,
                          memory_order_relaxed);
    atomic_store_explicit(&entry->name, active->name, memory_order_relaxed);
    atomic_store_explicit(&entry->attempt, task->attempt,
                          memory_order_relaxed);
    write_text(entry->uri, sizeof(entry->uri),
               response ? response->uri : NULL);
    write_text(entry->log_id, sizeof(entry->log_id),
               response ? response->log_id : NULL);
    write_text(entry->client, sizeof(entry->client),
               response ? response->client_ip : NULL);
    write_text(entry->traceparent, sizeof(entry->traceparent),
               response ? response->traceparent : NULL);
    atomic_store_explicit(&entry->server, response ? response->server : NULL,
                          memory_order_relaxed);
    atomic_store_explicit(&entry->thread, active->thread,
                          memory_order_relaxed);
    atomic_store_explicit(&entry->fn, active->fn, memory_order_relaxed);
    describe(entry->target, active->target);
    describe(entry->by, active->by);
}

static void copy_words(ct_counter_t *to, ct_counter_t *from, apr_size_t size)
{
    apr_size_t i;

    for (i = 0; i < size / sizeof(*to); ++i) {
        atomic_store_explicit(&to[i], atomic_load_explicit(
                                  &from[i], memory_order_relaxed),
                              memory_order_relaxed);
    }
}

#define COPY(member) \
    atomic_store_explicit(&entry->member, atomic_load_explicit( \
                              &other->member, memory_order_relaxed), \
                          memory_order_relaxed)
#define COPY_WORDS(member) \
    copy_words(entry->member, other->member, sizeof(entry->member))

void ct_shown_task_copy(ct_entry_t *entry, ct_entry_t *other)
{
    COPY(started);
    COPY(status);
    COPY(name);
    COPY(attempt);
    atomic_store_explicit(&entry->thread, 0, memory_order_relaxed);
    COPY(server);
    COPY(fn);
    COPY_WORDS(uri);
    COPY_WORDS(log_id);
    COPY_WORDS(client);
    COPY_WORDS(traceparent);
    COPY_WORDS(target);
    COPY_WORDS(by);
}

void ct_shown_task_read(ct_entry_t *entry, ct_shown_t *shown)
{
    shown->started = atomic_load_explicit(&entry->started,
                                          memory_order_relaxed);
    shown->status = atomic_load_explicit(&entry->status,
                                         memory_order_relaxed);
    shown->pid = (pid_t)atomic_load_explicit(&entry->pid,
                                             memory_order_relaxed);
    shown->thread = atomic_load_explicit(&entry->thread,
                                         memory_order_relaxed);
    shown->attempt = atomic_load_explicit(&entry->attempt,
                                          memory_order_relaxed);
    ct_shared_text_read(entry->uri, shown->uri, sizeof(shown->uri));
    shown->server = atomic_load_explicit(&entry->server,
                                         memory_order_relaxed);
    ct_shared_text_read(entry->log_id, shown->log_id, sizeof(shown->log_id));
    ct_shared_text_read(entry->client, shown->client, sizeof(shown->client));
    ct_shared_text_read(entry->traceparent, shown->traceparent,
              sizeof(shown->traceparent));
    shown->fn = atomic_load_explicit(&entry->fn, memory_order_relaxed);
    ct_shared_text_read(entry->target, shown->target, sizeof(shown->target));
    ct_shared_text_read(entry->by, shown->by, sizeof(shown->by));
    shown->number = atomic_load_explicit(&entry->name, memory_order_relaxed);
    if (!ct_name_ids_text(shown->number, shown->name)) {
        apr_cpystrn(shown->name, "-", sizeof(shown->name));
    }
}

/* "-" is none. */
static const char *copy_text(apr_pool_t *p, const char *text)
{
    return !*text || strcmp(text, "-") == 0 ? NULL : apr_pstrdup(p, text);
}

void ct_shown_task_keep(const ct_shown_t *shown, ct_snapshot_task_t *task,
                        apr_pool_t *p)
{
    task->pid = shown->pid;
    task->name = apr_pstrdup(p, shown->name);
    task->number = shown->number;
    task->uri = apr_pstrdup(p, shown->uri);
    task->status = shown->status;
    task->attempt = shown->attempt;
    task->started = shown->started;
    task->thread = shown->thread;
    task->log_id = copy_text(p, shown->log_id);
    task->client = copy_text(p, shown->client);
    task->server = shown->server;
    task->fn = shown->fn;
    task->target = copy_text(p, shown->target);
    task->by = copy_text(p, shown->by);
}
