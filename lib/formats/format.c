/* SPDX-License-Identifier: Apache-2.0 */
/* format: a wrong envelope ends some workers, so envelopes are made of
 * constants, and what is put into them was looked at before: names when the
 * configuration is read, the payload when a task is asked for and, since the
 * configuration may be another one by then, when it is sent. */
#include "format.h"

#include "format_writers.h"
#include "json.h"
#include "once.h"

#include "apr_lib.h"
#include "apr_strings.h"

#include <stdarg.h>
#include <string.h>

#define LONGEST_NAME 200

static const ct_format_t formats[] = {
    { "stream", NULL, "", "who reads the stream", 0, 1, 0, ct_write_stream,
      NULL },
    { "sidekiq", "default", "", NULL, 1, 0, 0, ct_write_sidekiq, NULL },
    { "activejob", "default", "", NULL, 1, 0, 0, ct_write_activejob, NULL },
    { "celery", "celery", "", "the task's own code", 1, 0, 0,
      ct_write_celery, ct_publish_celery },
    { "rq", "default", "rq:", NULL, 1, 0, 0, ct_write_rq, NULL },
    { "bullmq", NULL, "bull:", NULL, 0, 0, 1, ct_write_bullmq, NULL },
    { "laravel", "default", NULL, NULL, 1, 0, 0, ct_write_laravel, NULL },
    { "message", NULL, "", "who reads the queue", 0, 1, 0, NULL,
      ct_publish_message },
};

#define FORMATS (sizeof(formats) / sizeof(formats[0]))

const ct_format_t *ct_format_find(const char *name)
{
    apr_size_t i;

    for (i = 0; i < FORMATS; ++i) {
        if (!strcmp(formats[i].name, name)) {
            return &formats[i];
        }
    }
    return NULL;
}

static int goes_by(const ct_format_t *format, ct_carrier_e carrier)
{
    return carrier == CT_BY_AMQP ? format->publish != NULL
                                 : format->write != NULL;
}

const char *ct_format_names(ct_carrier_e carrier, apr_pool_t *p)
{
    const char *names = "";
    const char *last = NULL;
    apr_size_t i;

    for (i = 0; i < FORMATS; ++i) {
        if (goes_by(&formats[i], carrier)) {
            names = !last ? "" : apr_pstrcat(p, names, *names ? ", " : "",
                                             last, NULL);
            last = formats[i].name;
        }
    }
    return apr_pstrcat(p, names, " or ", last, NULL);
}

/* ---- the route ---- */

static const char *check_name(const char *key, const char *name,
                              const char *signs, apr_pool_t *p)
{
    const char *at = name;

    while (apr_isalnum(*at) || (*at && strchr(signs, *at))) {
        ++at;
    }
    return *at || !*name || at - name > LONGEST_NAME
        ? apr_psprintf(p, "%s=%s: write 1 to %d letters, digits or any of %s",
                       key, name, LONGEST_NAME, signs)
        : NULL;
}

static const char *check_names(const ct_route_t *route, apr_pool_t *p)
{
    const char *queue_signs = route->format->is_script ? "._-" : "._:@-";
    const char *wrong = check_name("class", route->work, "._:@\\-", p);

    if (!wrong) {
        wrong = check_name("queue", route->queue, queue_signs, p);
    }
    if (!wrong && *route->exchange) {
        wrong = check_name("exchange", route->exchange, "._:@-", p);
    }
    if (!wrong && *route->prefix) {
        wrong = check_name("prefix", route->prefix, "._:@-{}", p);
    }
    return wrong;
}

/* Of what may stand in a name only the backslash means something in JSON. */
static const char *in_json(apr_pool_t *p, const char *name)
{
    char *text = apr_palloc(p, 2 * strlen(name) + 1);
    char *to = text;

    for (; *name; ++name) {
        if (*name == '\\') {
            *to++ = '\\';
        }
        *to++ = *name;
    }
    *to = '\0';
    return text;
}

const char *ct_route_complete(ct_route_t *route, const char *task,
                              apr_pool_t *p)
{
    const ct_format_t *format = route->format;

    if (!goes_by(format, route->carrier)) {
        return apr_psprintf(p, "format=%s goes by %s:// alone; write %s here",
                            format->name, format->write ? "redis" : "amqp",
                            ct_format_names(route->carrier, p));
    }
    if (!route->work && format->needs_class) {
        return apr_psprintf(p, "format=%s needs class=, by which the worker "
                            "knows what to do", format->name);
    }
    if (!route->prefix && !format->prefix) {
        return apr_psprintf(p, "format=%s needs prefix=, that of the "
                            "application's keys (appname_database_), or "
                            "prefix=none", format->name);
    }
    if (route->has_retries && format->retries) {
        return apr_psprintf(p, "format=%s has no retries=: %s sees to that",
                            format->name, format->retries);
    }
    route->work = route->work ? route->work : task;
    route->queue = route->queue ? route->queue
                   : format->queue ? format->queue : task;
    route->prefix = route->prefix ? route->prefix : format->prefix;
    route->exchange = route->exchange ? route->exchange : "";
    route->sha = ct_once_sha(p, format->is_script);
    route->work_in_json = in_json(p, route->work);
    return check_names(route, p);
}

int ct_route_has_script(const ct_route_t *route)
{
    return route->once > 0 || route->format->is_script;
}

/* ---- the payload ---- */

static const char *read_payload(const ct_format_t *format, ct_json_t *json,
                                const char *payload, apr_size_t length,
                                apr_pool_t *p)
{
    apr_size_t column;
    const char *expected;

    if (length > CT_FORMAT_LONGEST) {
        return apr_psprintf(p, "it has %" APR_SIZE_T_FMT " bytes; %d are as "
                            "many as there may be", length, CT_FORMAT_LONGEST);
    }
    if (format->takes_bytes || length == 0) {
        return NULL;
    }
    expected = ct_json_read(json, payload, length, &column);
    return expected
        ? apr_psprintf(p, "format=%s takes JSON: column %" APR_SIZE_T_FMT
                       ": expected %s", format->name, column, expected)
        : NULL;
}

const char *ct_format_fits(const ct_format_t *format, const char *payload,
                           apr_size_t length, apr_pool_t *p)
{
    ct_json_t json;

    return read_payload(format, &json, payload, length, p);
}

/* A JSON array is the arguments. An object is the named arguments where there
 * are such, and one argument elsewhere, as is anything else. */
static void map_payload(ct_letter_t *letter, const ct_json_t *json)
{
    int is_array = json->kind == CT_JSON_ARRAY;
    int is_object = json->kind == CT_JSON_OBJECT;

    letter->data = apr_pstrmemdup(letter->pool, json->text, json->length);
    letter->all = is_array ? letter->data
                  : apr_pstrcat(letter->pool, "[", letter->data, "]", NULL);
    letter->arguments = is_object ? "[]" : letter->all;
    letter->named = is_object ? letter->data : "{}";
}

/* @return NULL, or what is wrong with the payload */
static const char *make_letter(ct_letter_t *letter, const ct_route_t *route,
                               const ct_envelope_t *envelope, apr_pool_t *p)
{
    const ct_letter_t empty = { p, route, envelope,
                                ct_letter_uuid(p, envelope->id),
                                route->work_in_json, "{}", "[]", "[]", "{}" };
    ct_json_t json = { CT_JSON_OTHER, "", 0 };
    const char *wrong = read_payload(route->format, &json, envelope->payload,
                                     envelope->length, p);

    *letter = empty;
    if (!wrong && !route->format->takes_bytes && envelope->length > 0) {
        map_payload(letter, &json);
    }
    return wrong;
}

const char *ct_format_write(const ct_route_t *route,
                            const ct_envelope_t *envelope,
                            ct_commands_t *commands, apr_pool_t *p)
{
    const ct_format_t *format = route->format;
    ct_letter_t letter;
    ct_commands_t inner;
    const char *wrong = make_letter(&letter, route, envelope, p);

    if (wrong) {
        return wrong;
    }
    ct_commands_init(commands, p);
    if (format->is_script) {
        format->write(&letter, commands);
        return NULL;
    }
    ct_commands_init(&inner, p);
    format->write(&letter, &inner);
    ct_once_wrap(commands, &inner, route->sha, envelope->id, route->once);
    return NULL;
}

const char *ct_format_publish(const ct_route_t *route,
                              const ct_envelope_t *envelope,
                              ct_publish_t *publish, apr_pool_t *p)
{
    ct_letter_t letter;
    const char *wrong = make_letter(&letter, route, envelope, p);

    if (!wrong) {
        ct_publish_init(publish);
        publish->texts[CT_PUBLISH_EXCHANGE] = route->exchange;
        publish->texts[CT_PUBLISH_KEY] = route->queue;
        publish->texts[CT_PUBLISH_TIME] = apr_psprintf(
            p, "%" APR_TIME_T_FMT, apr_time_sec(envelope->created));
        route->format->publish(&letter, publish);
    }
    return wrong;
}

/* ---- for the writers ---- */

const char *ct_letter_key(const ct_letter_t *letter, ...)
{
    const char *key = letter->route->prefix;
    const char *part;
    va_list parts;

    va_start(parts, letter);
    while ((part = va_arg(parts, const char *)) != NULL) {
        key = apr_pstrcat(letter->pool, key, part, NULL);
    }
    va_end(parts);
    return key;
}

/* By hand, as numbers are in commands.c. */
const char *ct_letter_uuid(apr_pool_t *p, const char *digits)
{
    static const int parts[] = { 8, 4, 4, 4, 12 };
    char *uuid = apr_palloc(p, 37);
    char *to = uuid;
    int i;

    for (i = 0; i < 5; ++i) {
        memcpy(to, digits, (apr_size_t)parts[i]);
        digits += parts[i];
        to += parts[i];
        *to++ = '-';
    }
    *--to = '\0';
    return uuid;
}

const char *ct_letter_seconds(apr_pool_t *p, apr_time_t time)
{
    return apr_psprintf(p, "%" APR_TIME_T_FMT ".%06d", apr_time_sec(time),
                        (int)apr_time_usec(time));
}
