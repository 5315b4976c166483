/* SPDX-License-Identifier: Apache-2.0 */
/* amqp_link: a message that is not confirmed in time is not sent again as long
 * as its connection lives: the broker may be slow, or stand still because of
 * an alarm, and would store both. Heartbeats tell whether it lives; they end a
 * call that cannot write, too. They are answered inside the library's calls
 * only, so an idle link is looked at now and then.
 *
 * A few messages are under way at a time: what the broker does not read has to
 * fit into the kernel's buffers, since a call that writes has no limit but the
 * heartbeats. */
#include "amqp_link.h"

#include "amqp_inside.h"

#include "publish.h"

#include "apr_strings.h"

#include <stdlib.h>
#include <string.h>

#define WINDOW (64 * 1024)           /* bytes under way */
#define FOR_STORED 2                 /* delivery_mode: persistent */
#define GOODBYE apr_time_from_msec(200)

void *ct_amqp_link_make(const void *address)
{
    ct_amqp_link_t *link = calloc(1, sizeof(*link));

    if (link) {
        link->address = address;
    }
    return link;
}

void ct_amqp_link_free(void *connection)
{
    ct_amqp_link_t *link = connection;

    free(link->channels);
    free(link);
}

/* Without a word the broker would log that it was left. */
static void close_link(void *connection)
{
    ct_amqp_link_t *link = connection;
    struct timeval limit = ct_amqp_time(GOODBYE);
    int i;

    if (!link->state) {
        return;
    }
    if (!link->is_broken && link->pending == 0
        && amqp_set_rpc_timeout(link->state, &limit) == AMQP_STATUS_OK) {
        (void)amqp_connection_close(link->state, AMQP_REPLY_SUCCESS);
    }
    (void)amqp_destroy_connection(link->state);
    link->state = NULL;
    link->is_broken = link->is_blocked = link->pending = 0;
    link->returned[0] = '\0';
    for (i = 0; i < link->channel_count; ++i) {
        link->channels[i].is_open = 0;
    }
}

static ct_sent_e open_link(void *connection, char *words)
{
    ct_amqp_link_t *link = connection;

    link->words = words;
    return ct_amqp_open(link);
}

/* Confirms are not looked for here as long as there are some to come. */
static int is_open(void *connection)
{
    ct_amqp_link_t *link = connection;

    if (!link->state || link->is_broken) {
        return 0;
    }
    link->first = NULL;
    link->words = NULL;
    while (link->pending == 0 && ct_amqp_take_frame(link, 0)) {
        continue;
    }
    return !link->is_broken;
}

static void idle(void *connection)
{
    if (!is_open(connection)) {
        close_link(connection);
    }
}

/* ---- messages ---- */

static amqp_bytes_t bytes_of(const char *text)
{
    return amqp_cstring_bytes(text);
}

/* @param flag  of the property, set if it is said */
static amqp_bytes_t say(amqp_basic_properties_t *properties,
                        const ct_publish_t *publish, ct_publish_text_e which,
                        amqp_flags_t flag)
{
    if (*publish->texts[which]) {
        properties->_flags |= flag;
    }
    return bytes_of(publish->texts[which]);
}

/* @param headers  room for them */
static void make_properties(amqp_basic_properties_t *properties,
                            const ct_publish_t *publish,
                            amqp_table_entry_t *headers)
{
    int i;

    memset(properties, 0, sizeof(*properties));
    properties->_flags = AMQP_BASIC_DELIVERY_MODE_FLAG
                         | AMQP_BASIC_TIMESTAMP_FLAG;
    properties->delivery_mode = FOR_STORED;
    properties->timestamp = (uint64_t)apr_atoi64(
        publish->texts[CT_PUBLISH_TIME]);
    properties->message_id = say(properties, publish, CT_PUBLISH_ID,
                                 AMQP_BASIC_MESSAGE_ID_FLAG);
    properties->correlation_id = say(properties, publish,
                                     CT_PUBLISH_CORRELATION,
                                     AMQP_BASIC_CORRELATION_ID_FLAG);
    properties->type = say(properties, publish, CT_PUBLISH_NAME,
                           AMQP_BASIC_TYPE_FLAG);
    properties->content_type = say(properties, publish, CT_PUBLISH_TYPE,
                                   AMQP_BASIC_CONTENT_TYPE_FLAG);
    properties->content_encoding = say(properties, publish,
                                       CT_PUBLISH_ENCODING,
                                       AMQP_BASIC_CONTENT_ENCODING_FLAG);
    for (i = 0; i < publish->header_count; ++i) {
        headers[i].key = bytes_of(publish->headers[2 * i]);
        headers[i].value.kind = AMQP_FIELD_KIND_UTF8;
        headers[i].value.value.bytes = bytes_of(publish->headers[2 * i + 1]);
    }
    if (publish->header_count > 0) {
        properties->_flags |= AMQP_BASIC_HEADERS_FLAG;
        properties->headers.num_entries = publish->header_count;
        properties->headers.entries = headers;
    }
}

static void publish_message(ct_amqp_link_t *link, ct_message_t *message)
{
    amqp_table_entry_t headers[CT_PUBLISH_HEADERS];
    amqp_basic_properties_t properties;
    ct_publish_t publish;
    amqp_bytes_t body;
    int number;
    int status;

    ct_publish_read(&publish, message->bytes, message->length);
    number = ct_amqp_channel(link, publish.texts[CT_PUBLISH_EXCHANGE]);
    if (!number) {
        message->sent = CT_SENT_AGAIN;
        return;
    }
    make_properties(&properties, &publish, headers);
    body.len = publish.length;
    body.bytes = (char *)publish.body;
    status = amqp_basic_publish(
        link->state, (amqp_channel_t)number,
        bytes_of(publish.texts[CT_PUBLISH_EXCHANGE]),
        bytes_of(publish.texts[CT_PUBLISH_KEY]), 1, 0, &properties, body);
    message->sent = CT_SENT_PENDING;
    message->tag = ct_amqp_tag(number,
                               ++link->channels[number - 1].published);
    if (status != AMQP_STATUS_OK) {
        ct_amqp_break(link, "not sent", amqp_error_string2(status));
    }
}

static apr_size_t bytes_under_way(ct_amqp_link_t *link)
{
    const ct_message_t *message;
    apr_size_t bytes = 0;

    link->pending = 0;
    for (message = link->first; message; message = message->next) {
        if (message->sent == CT_SENT_PENDING) {
            bytes += message->length;
            ++link->pending;
        }
    }
    return bytes;
}

/* Until not more bytes than that are under way; each confirm gives the next
 * one its time. @return whether that is so */
static int wait_for_confirms(ct_amqp_link_t *link, apr_size_t most)
{
    apr_time_t end = apr_time_now() + link->address->timeout;
    int pending;

    while (bytes_under_way(link) > most && !link->is_broken) {
        pending = link->pending;
        if (!ct_amqp_take_frame(link, end - apr_time_now())
            && apr_time_now() >= end) {
            return 0;
        }
        (void)bytes_under_way(link);
        if (link->pending < pending) {
            end = apr_time_now() + link->address->timeout;
        }
    }
    return !link->is_broken;
}

static void send_messages(void *connection, ct_message_t *first, char *words)
{
    ct_amqp_link_t *link = connection;
    ct_message_t *message;
    int has_room = 1;

    link->first = first;
    link->words = words;
    for (message = first; message && has_room; message = message->next) {
        if (message->sent != CT_SENT_PENDING) {
            has_room = wait_for_confirms(link, message->length < WINDOW
                                         ? WINDOW - message->length : 0);
            if (has_room) {
                publish_message(link, message);
            }
        }
    }
    if (!wait_for_confirms(link, 0) && !link->is_broken) {
        ct_amqp_say(link, link->is_blocked
                    ? "it takes none because of an alarm: look at its memory "
                      "and its disk" : "not confirmed in time (timeout=)");
    }
    for (message = first; message && link->is_broken;
         message = message->next) {
        if (message->sent == CT_SENT_PENDING) {
            message->sent = CT_SENT_UNKNOWN;
        }
    }
    (void)bytes_under_way(link);
    link->first = NULL;
}

const ct_engine_t ct_amqp_engine = {
    open_link, is_open, send_messages, close_link, idle
};
