/* SPDX-License-Identifier: Apache-2.0 */
/* amqp_channels: a channel is opened by the first message for its exchange,
 * and again after the broker has closed it, in the mode in which each message
 * is confirmed. */
#include "amqp_inside.h"

#include "apr_strings.h"

#include <stdlib.h>
#include <string.h>

/* @return the number of a new one; 0: no memory */
static int add(ct_amqp_link_t *link, const char *exchange)
{
    ct_amqp_channel_t *channels =
        realloc(link->channels, ((size_t)link->channel_count + 1)
                                * sizeof(*channels));

    if (!channels) {
        return 0;
    }
    link->channels = channels;
    channels = &channels[link->channel_count++];
    memset(channels, 0, sizeof(*channels));
    apr_cpystrn(channels->exchange, exchange, sizeof(channels->exchange));
    return link->channel_count;
}

static int find(const ct_amqp_link_t *link, const char *exchange)
{
    int i;

    for (i = 0; i < link->channel_count; ++i) {
        if (!strcmp(link->channels[i].exchange, exchange)) {
            return i + 1;
        }
    }
    return 0;
}

/* @return 0, and the link is broken: it is not the exchange's fault */
static int was_done(ct_amqp_link_t *link, const char *what)
{
    amqp_rpc_reply_t reply = amqp_get_rpc_reply(link->state);

    if (reply.reply_type == AMQP_RESPONSE_NORMAL) {
        return 1;
    }
    ct_amqp_break(link, what,
                  reply.reply_type != AMQP_RESPONSE_LIBRARY_EXCEPTION
                  ? "the broker has said no"
                  : reply.library_error == AMQP_STATUS_TIMEOUT
                    ? "no answer in time (timeout=)"
                    : amqp_error_string2(reply.library_error));
    return 0;
}

int ct_amqp_channel(ct_amqp_link_t *link, const char *exchange)
{
    int number = find(link, exchange);
    ct_amqp_channel_t *channel;

    number = number ? number : add(link, exchange);
    if (!number) {
        ct_amqp_break(link, "no channel", "no memory");
        return 0;
    }
    channel = &link->channels[number - 1];
    if (!channel->is_open) {
        amqp_channel_open(link->state, (amqp_channel_t)number);
        if (!was_done(link, "channel.open")) {
            return 0;
        }
        amqp_confirm_select(link->state, (amqp_channel_t)number);
        if (!was_done(link, "confirm.select")) {
            return 0;
        }
        channel->is_open = 1;
        channel->published = 0;
    }
    return number;
}
