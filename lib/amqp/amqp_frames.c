/* SPDX-License-Identifier: Apache-2.0 */
/* amqp_frames: the library's calls for returned messages wait without a limit,
 * so frames are taken one by one, each within its time. What comes back comes
 * before its confirm and does not say its number: it is known by its
 * message_id. */
#include "amqp_inside.h"

#include "amqp_answer.h"
#include "publish.h"

#include "apr_strings.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define FULL "not taken (nack): a queue is full (x-overflow=reject-publish)," \
             " or the broker has failed"
#define HOW_ROUTED "; declare the queue (its worker may do that) and bind " \
                   "it, or look at queue= and exchange="

void ct_amqp_say(ct_amqp_link_t *link, const char *format, ...)
{
    va_list arguments;

    if (link->words) {
        va_start(arguments, format);
        apr_vsnprintf(link->words, CT_ENGINE_WORDS, format, arguments);
        va_end(arguments);
    }
}

void ct_amqp_break(ct_amqp_link_t *link, const char *what, const char *why)
{
    if (!link->is_broken) {
        link->is_broken = 1;
        ct_amqp_say(link, "%s: %s", what, why);
    }
}

struct timeval ct_amqp_time(apr_interval_time_t time)
{
    struct timeval result;

    time = time > 0 ? time : 0;
    result.tv_sec = (time_t)apr_time_sec(time);
    result.tv_usec = (suseconds_t)apr_time_usec(time);
    return result;
}

static void refuse(ct_message_t *message, const char *words)
{
    message->sent = CT_SENT_REFUSED;
    free(message->words);
    message->words = strdup(words);
}

/* ---- confirms ---- */

#define NUMBER_BITS 48

static int is_on(const ct_message_t *message, int channel)
{
    return message->sent == CT_SENT_PENDING
           && message->tag >> NUMBER_BITS == (apr_uint64_t)channel;
}

apr_uint64_t ct_amqp_tag(int channel, apr_uint64_t number)
{
    return (apr_uint64_t)channel << NUMBER_BITS | number;
}

/* @param multiple  and all before; of number 0: all that there are */
static void confirm(ct_amqp_link_t *link, int channel, apr_uint64_t number,
                    int multiple, int is_taken)
{
    apr_uint64_t tag = ct_amqp_tag(channel, number);
    ct_message_t *message;

    for (message = link->first; message; message = message->next) {
        if (!is_on(message, channel)
            || !(message->tag == tag
                 || (multiple && (number == 0 || message->tag < tag)))) {
            continue;
        }
        if (is_taken) {
            message->sent = CT_SENT_STORED;
        }
        else {
            refuse(message, FULL);
        }
    }
}

/* ---- what comes back ---- */

static void note_return(ct_amqp_link_t *link, const amqp_basic_return_t *back)
{
    apr_snprintf(link->returned, sizeof(link->returned), "%d %.*s%s",
                 back->reply_code, (int)back->reply_text.len,
                 (const char *)back->reply_text.bytes, HOW_ROUTED);
}

/* The properties behind it. */
static void match_return(ct_amqp_link_t *link, int channel,
                         const amqp_basic_properties_t *properties)
{
    ct_message_t *message;
    ct_publish_t publish;

    for (message = link->first; *link->returned && message;
         message = message->next) {
        const char *id;

        ct_publish_read(&publish, message->bytes, message->length);
        id = publish.texts[CT_PUBLISH_ID];
        if (is_on(message, channel)
            && properties->message_id.len == strlen(id)
            && !memcmp(properties->message_id.bytes, id, strlen(id))) {
            refuse(message, link->returned);
            break;
        }
    }
    link->returned[0] = '\0';
}

/* ---- what is closed ---- */

static void close_channel(ct_amqp_link_t *link, int channel,
                          const amqp_channel_close_t *closed)
{
    amqp_channel_close_ok_t answer = { 0 };
    ct_message_t *message;
    const char *remedy;
    char words[CT_ENGINE_WORDS];
    ct_sent_e how = ct_amqp_answer_channel(closed->reply_code, &remedy);

    apr_snprintf(words, sizeof(words), "%.*s%s%s",
                 (int)closed->reply_text.len,
                 (const char *)closed->reply_text.bytes, *remedy ? "; " : "",
                 remedy);
    if (channel >= 1 && channel <= link->channel_count) {
        link->channels[channel - 1].is_open = 0;
    }
    if (amqp_send_method(link->state, (amqp_channel_t)channel,
                         AMQP_CHANNEL_CLOSE_OK_METHOD, &answer) < 0) {
        ct_amqp_break(link, "the broker has closed a channel", words);
    }
    for (message = link->first; message; message = message->next) {
        if (!is_on(message, channel)) {
            continue;
        }
        if (how == CT_SENT_REFUSED) {
            refuse(message, words);
        }
        else {
            message->sent = how;
            ct_amqp_say(link, "the broker has closed a channel: %s", words);
        }
    }
}

static void close_connection(ct_amqp_link_t *link,
                             const amqp_connection_close_t *closed)
{
    amqp_connection_close_ok_t answer = { 0 };
    char words[CT_ENGINE_WORDS];

    apr_snprintf(words, sizeof(words), "%.*s", (int)closed->reply_text.len,
                 (const char *)closed->reply_text.bytes);
    ct_amqp_break(link, "the broker has closed the connection", words);
    (void)amqp_send_method(link->state, 0, AMQP_CONNECTION_CLOSE_OK_METHOD,
                           &answer);
}

/* ---- frames ---- */

static void take_method(ct_amqp_link_t *link, int channel,
                        const amqp_method_t *method)
{
    const amqp_basic_ack_t *ack = method->decoded;
    const amqp_basic_nack_t *nack = method->decoded;

    switch (method->id) {
    case AMQP_BASIC_ACK_METHOD:
        confirm(link, channel, ack->delivery_tag, ack->multiple, 1);
        break;
    case AMQP_BASIC_NACK_METHOD:
        confirm(link, channel, nack->delivery_tag, nack->multiple, 0);
        break;
    case AMQP_BASIC_RETURN_METHOD:
        note_return(link, method->decoded);
        break;
    case AMQP_CHANNEL_CLOSE_METHOD:
        close_channel(link, channel, method->decoded);
        break;
    case AMQP_CONNECTION_CLOSE_METHOD:
        close_connection(link, method->decoded);
        break;
    case AMQP_CONNECTION_BLOCKED_METHOD:
        link->is_blocked = 1;
        break;
    case AMQP_CONNECTION_UNBLOCKED_METHOD:
        link->is_blocked = 0;
        break;
    default:
        break;
    }
}

int ct_amqp_take_frame(ct_amqp_link_t *link, apr_interval_time_t wait)
{
    struct timeval limit = ct_amqp_time(wait);
    amqp_frame_t frame;
    int status;

    if (link->is_broken) {
        return 0;
    }
    status = amqp_simple_wait_frame_noblock(link->state, &frame, &limit);
    if (status == AMQP_STATUS_TIMEOUT) {
        return 0;
    }
    if (status != AMQP_STATUS_OK) {
        ct_amqp_break(link, "connection lost", amqp_error_string2(status));
        return 0;
    }
    if (frame.frame_type == AMQP_FRAME_METHOD) {
        take_method(link, frame.channel, &frame.payload.method);
    }
    else if (frame.frame_type == AMQP_FRAME_HEADER) {
        match_return(link, frame.channel, frame.payload.properties.decoded);
    }
    amqp_maybe_release_buffers(link->state);
    return !link->is_broken;
}
