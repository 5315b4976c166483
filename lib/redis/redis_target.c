/* SPDX-License-Identifier: Apache-2.0 */
/* redis_target: a thread of the pool writes the job, which is the same
 * whatever becomes of it, and hands it over. */
#include "redis_target.h"

#include "format.h"
#include "hand_over.h"
#include "password_file.h"
#include "redis_address.h"

#include "ap_provider.h"
#include "apr_strings.h"

#include <stdlib.h>

#define TIMEOUT apr_time_from_sec(2)
#define ONCE    3600                 /* seconds */
#define LONGEST_ONCE (7 * 86400)

static const char *const keys[] = {
    "format", "class", "queue", "prefix", "once", "password", NULL
};

/* ---- the work ---- */

/* @return NULL, and wrong is set, or not: no memory */
static ct_message_t *write_job(const crosstown_task_t *task,
                               const crosstown_payload_t *payload,
                               const ct_way_t *way,
                               const char **wrong)
{
    ct_envelope_t envelope;
    ct_commands_t commands;
    ct_message_t *message;

    ct_way_envelope(&envelope, task, payload);
    *wrong = ct_format_write(&way->route, &envelope, &commands, task->pool);
    if (*wrong) {
        return NULL;
    }
    message = ct_message_make(ct_commands_size(&commands));
    if (message) {
        ct_commands_write(&commands, message->bytes);
        message->answers = commands.count;
    }
    return message;
}

static apr_status_t run(const crosstown_task_t *task,
                        const crosstown_payload_t *payload, void *config)
{
    const ct_way_t *way = config;
    const char *wrong;
    ct_message_t *message = write_job(task, payload, way, &wrong);

    return wrong ? ct_hand_over_not(task, way, wrong)
                 : ct_hand_over(task, way, message);
}

/* ---- the configuration ---- */

static const char *read_format(ct_route_t *route, const apr_table_t *said,
                               apr_pool_t *p)
{
    const char *format = apr_table_get(said, "format");
    const char *retries = apr_table_get(said, "retries");
    const char *prefix = apr_table_get(said, "prefix");

    route->format = ct_format_find(format ? format : "stream");
    if (!route->format) {
        return apr_psprintf(p, "format=%s: write %s", format,
                            ct_format_names(CT_BY_REDIS, p));
    }
    route->work = apr_table_get(said, "class");
    route->queue = apr_table_get(said, "queue");
    route->prefix = prefix && !strcmp(prefix, "none") ? "" : prefix;
    route->has_retries = retries != NULL;
    route->retries = retries ? (int)strtol(retries, NULL, 10) : 0;
    return NULL;
}

static const char *read_once(ct_route_t *route, const apr_table_t *said,
                             apr_pool_t *p)
{
    const char *value = apr_table_get(said, "once");
    apr_interval_time_t time;

    route->once = ONCE;
    if (!value) {
        return NULL;
    }
    if (ap_timeout_parameter_parse(value, &time, "s") != APR_SUCCESS
        || time < 0 || time > apr_time_from_sec(LONGEST_ONCE)
        || (time > 0 && time < apr_time_from_sec(1))) {
        return apr_psprintf(p, "once=%s: write a time like 10min or 1h, up to "
                            "7 days, or 0", value);
    }
    route->once = (int)apr_time_sec(time);
    return NULL;
}

static const char *read_address(ct_redis_address_t *address,
                                const crosstown_target_setup_t *setup)
{
    const char *wrong = ct_redis_address_read(address, setup->target,
                                              setup->pool);

    if (!wrong) {
        wrong = ct_password_file_read(&address->password, setup);
    }
    if (wrong) {
        return wrong;
    }
    address->timeout = setup->timeout ? setup->timeout : TIMEOUT;
    ct_redis_address_complete(address, setup->pool);
    return NULL;
}

/* All tasks of an address share its connection. */
static void find_way(ct_way_t *way, ct_redis_address_t *address,
                     const crosstown_target_setup_t *setup)
{
    void *shared = address;

    ct_way_make(way, setup);
    way->to = ct_destination_at(address->key, address->shown, &shared,
                                       setup->pool);
    address = shared;
    address->needs_scripts |= ct_route_has_script(&way->route);
}

static const char *parse(const crosstown_target_setup_t *setup, void **config)
{
    ct_way_t *way = apr_pcalloc(setup->pool, sizeof(*way));
    ct_redis_address_t *address = apr_pcalloc(setup->pool, sizeof(*address));
    const char *wrong = read_address(address, setup);

    if (!wrong) {
        wrong = read_format(&way->route, setup->keys, setup->pool);
    }
    if (!wrong) {
        wrong = read_once(&way->route, setup->keys, setup->pool);
    }
    if (!wrong) {
        wrong = ct_route_complete(&way->route, setup->name, setup->pool);
    }
    if (wrong) {
        return wrong;
    }
    find_way(way, address, setup);
    way->shown = address->shown;
    *config = way;
    return NULL;
}

static const crosstown_target_t redis_target = {
    .size = sizeof(crosstown_target_t), .keys = keys, .parse = parse,
    .run = run, .show = ct_way_show, .fits = ct_way_fits, .fields_as_json = 1
};

void ct_redis_target_register(apr_pool_t *p)
{
    ap_register_provider(p, CROSSTOWN_TARGET_GROUP, "redis",
                         CROSSTOWN_TARGET_VERSION, &redis_target);
    ap_register_provider(p, CROSSTOWN_TARGET_GROUP, "rediss",
                         CROSSTOWN_TARGET_VERSION, &redis_target);
    ap_register_provider(p, CROSSTOWN_TARGET_GROUP, "redis+sentinel",
                         CROSSTOWN_TARGET_VERSION, &redis_target);
}
