/* SPDX-License-Identifier: Apache-2.0 */
/* hand_over: the task is held until the engine has confirmed its job. The
 * engine being away is no failure: the job waits with the sender. If too many
 * do, one that is kept on disk goes back there, and is not said to have been
 * tried; one that is not fails. */
#include "hand_over.h"

/* Until one that went back to the disk is looked at again: the longer it has
 * waited, the less it matters. */
#define SHORTEST_WAIT apr_time_from_sec(1)
#define LONGEST_WAIT  apr_time_from_sec(300)

void ct_way_make(ct_way_t *way, const crosstown_target_setup_t *setup)
{
    const char *keep = apr_table_get(setup->keys, "keep");

    way->is_kept = keep && !strcmp(keep, "disk");
    way->expires = setup->expires;
}

const char *ct_way_show(apr_pool_t *pool, void *config)
{
    return ((const ct_way_t *)config)->shown;
}

const char *ct_way_fits(const crosstown_payload_t *payload, void *config,
                        apr_pool_t *p)
{
    const ct_way_t *way = config;

    return ct_format_fits(way->route.format,
                          payload->data ? payload->data : "", payload->length,
                          p);
}

void ct_way_envelope(ct_envelope_t *envelope, const crosstown_task_t *task,
                     const crosstown_payload_t *payload)
{
    envelope->id = task->id;
    envelope->created = task->recorded;
    envelope->now = apr_time_now();
    envelope->payload = payload->data ? payload->data : "";
    envelope->length = payload->length;
    envelope->type = payload->type;
}

/* It did not get as far as the sender. */
static apr_status_t put_off(const crosstown_task_t *task, const ct_way_t *way,
                            const char *words)
{
    apr_interval_time_t wait = (apr_time_now() - task->recorded) / 8;

    if (!way->is_kept) {
        return crosstown_client_fail(&ct_destination_crosstown, task,
                                     APR_ENOSPC, "%s: %s", way->shown, words);
    }
    wait = wait < SHORTEST_WAIT ? SHORTEST_WAIT
           : wait > LONGEST_WAIT ? LONGEST_WAIT : wait;
    (void)crosstown_client_retry_at(&ct_destination_crosstown, task,
                                    apr_time_now() + wait);
    return crosstown_client_fail(&ct_destination_crosstown, task,
                                 CROSSTOWN_UNTRIED, "%s: %s; it waits on disk",
                                 way->shown, words);
}

static const char *words_of(apr_status_t rv)
{
    return rv == APR_ENOSPC ? "as many jobs wait for it as may wait"
        : rv == APR_EOF ? "the server stops" : "no thread or memory for it";
}

apr_status_t ct_hand_over(const crosstown_task_t *task, const ct_way_t *way,
                          ct_message_t *message)
{
    apr_status_t rv;

    if (!message) {
        return put_off(task, way, words_of(APR_ENOMEM));
    }
    message->expires = way->expires ? task->recorded + way->expires : 0;
    message->task = crosstown_client_hold(&ct_destination_crosstown, task);
    if (!message->task) {
        ct_message_free(message);
        return put_off(task, way, "a task on a request's own thread cannot "
                       "wait for it (CrosstownOverflow inline)");
    }
    rv = ct_destination_send(way->to, message, way->is_kept);
    if (rv != APR_SUCCESS) {
        ct_message_free(message);
        return put_off(task, way, words_of(rv));
    }
    return CROSSTOWN_HELD;
}

apr_status_t ct_hand_over_not(const crosstown_task_t *task,
                              const ct_way_t *way, const char *why)
{
    return crosstown_client_fail(&ct_destination_crosstown, task,
                                 CROSSTOWN_GIVE_UP, "%s: %s", way->shown, why);
}
