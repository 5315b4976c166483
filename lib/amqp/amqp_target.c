/* SPDX-License-Identifier: Apache-2.0 */
/* amqp_target: a thread of the pool makes the message, which is the same
 * whatever becomes of it, and hands it over. Nothing is declared here: a queue
 * that is there with other arguments than ours would cost the channel, and who
 * consumes it knows what it is to be like. */
#include "amqp_target.h"

#include "amqp_address.h"
#include "format.h"
#include "hand_over.h"
#include "password_file.h"

#include "ap_provider.h"
#include "apr_file_info.h"
#include "apr_strings.h"

#define TIMEOUT apr_time_from_sec(2)
#define CA      "/etc/ssl/certs/ca-certificates.crt"

static const char *const keys[] = {
    "format", "class", "queue", "exchange", "password", "ca", NULL
};

/* ---- the work ---- */

/* @return NULL, and wrong is set, or not: no memory */
static ct_message_t *write_job(const crosstown_task_t *task,
                               const crosstown_payload_t *payload,
                               const ct_way_t *way,
                               const char **wrong)
{
    ct_envelope_t envelope;
    ct_publish_t publish;
    ct_message_t *message;

    ct_way_envelope(&envelope, task, payload);
    *wrong = ct_format_publish(&way->route, &envelope, &publish,
                               task->pool);
    if (*wrong) {
        return NULL;
    }
    message = ct_message_make(ct_publish_size(&publish));
    if (message) {
        ct_publish_write(&publish, message->bytes);
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

static const char *read_format(ct_route_t *route,
                               const crosstown_target_setup_t *setup)
{
    const char *format = apr_table_get(setup->keys, "format");

    route->carrier = CT_BY_AMQP;
    route->format = ct_format_find(format ? format : "message");
    if (!route->format) {
        return apr_psprintf(setup->pool, "format=%s: write %s", format,
                            ct_format_names(CT_BY_AMQP, setup->pool));
    }
    route->work = apr_table_get(setup->keys, "class");
    route->queue = apr_table_get(setup->keys, "queue");
    route->exchange = apr_table_get(setup->keys, "exchange");
    return ct_route_complete(route, setup->name, setup->pool);
}

static const char *read_ca(ct_amqp_address_t *address,
                           const crosstown_target_setup_t *setup)
{
    const char *ca = apr_table_get(setup->keys, "ca");
    apr_finfo_t about;
    char words[128];
    apr_status_t rv;

    if (!address->is_tls) {
        return ca ? "ca= is for amqps://" : NULL;
    }
    address->ca = ca ? ca : CA;
    rv = apr_stat(&about, address->ca, APR_FINFO_TYPE, setup->temp);
    return rv == APR_SUCCESS ? NULL
        : apr_psprintf(setup->pool, "ca=%s: %s; write the file of the "
                       "authorities that are to be believed", address->ca,
                       apr_strerror(rv, words, sizeof(words)));
}

static const char *read_address(ct_amqp_address_t *address,
                                const crosstown_target_setup_t *setup)
{
    const char *wrong = ct_amqp_address_read(address, setup->target,
                                             setup->pool);

    if (!wrong) {
        wrong = ct_password_file_read(&address->password, setup);
    }
    if (!wrong) {
        wrong = read_ca(address, setup);
    }
    if (!wrong) {
        address->timeout = setup->timeout ? setup->timeout : TIMEOUT;
        ct_amqp_address_complete(address, setup->pool);
    }
    return wrong;
}

static const char *parse(const crosstown_target_setup_t *setup, void **config)
{
    ct_way_t *way = apr_pcalloc(setup->pool, sizeof(*way));
    ct_amqp_address_t *address = apr_pcalloc(setup->pool, sizeof(*address));
    const char *wrong = read_address(address, setup);
    void *shared = address;

    if (!wrong) {
        wrong = read_format(&way->route, setup);
    }
    if (wrong) {
        return wrong;
    }
    ct_way_make(way, setup);
    way->shown = address->shown;
    way->to = ct_destination_at(address->key, address->shown, &shared,
                                setup->pool);
    *config = way;
    return NULL;
}

static const crosstown_target_t amqp_target = {
    .size = sizeof(crosstown_target_t), .keys = keys, .parse = parse,
    .run = run, .show = ct_way_show, .fits = ct_way_fits, .fields_as_json = 1
};

void ct_amqp_target_register(apr_pool_t *p)
{
    ap_register_provider(p, CROSSTOWN_TARGET_GROUP, "amqp",
                         CROSSTOWN_TARGET_VERSION, &amqp_target);
    ap_register_provider(p, CROSSTOWN_TARGET_GROUP, "amqps",
                         CROSSTOWN_TARGET_VERSION, &amqp_target);
}
