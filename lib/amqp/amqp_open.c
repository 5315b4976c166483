/* SPDX-License-Identifier: Apache-2.0 */
/* amqp_open: connect, by TLS or not, and log in. The broker is told that we
 * want to know of its alarms, which the library does not do by itself. A name
 * is looked up without a limit of time, which is why only a sender's thread
 * comes here. */
#include "amqp_inside.h"

#include "amqp_answer.h"

#define HEARTBEAT 10                 /* seconds */

static amqp_socket_t *make_socket(ct_amqp_link_t *link)
{
    const ct_amqp_address_t *address = link->address;
    amqp_socket_t *socket;
    int status;

    if (!address->is_tls) {
        return amqp_tcp_socket_new(link->state);
    }
    socket = amqp_ssl_socket_new(link->state);
    if (!socket) {
        return NULL;
    }
    amqp_ssl_socket_set_verify_peer(socket, 1);
    amqp_ssl_socket_set_verify_hostname(socket, 1);
    (void)amqp_ssl_socket_set_ssl_versions(socket, AMQP_TLSv1_2,
                                           AMQP_TLSvLATEST);
    status = amqp_ssl_socket_set_cacert(socket, address->ca);
    if (status != AMQP_STATUS_OK) {
        ct_amqp_say(link, "ca=%s: %s; can the children read it?", address->ca,
                    amqp_error_string2(status));
        return NULL;
    }
    return socket;
}

/* ---- what the library says ---- */

static ct_sent_e judge(ct_amqp_link_t *link, int status)
{
    switch (status) {
    case AMQP_STATUS_TIMEOUT:
        ct_amqp_say(link, "no answer in time (timeout=)");
        return CT_SENT_AGAIN;
    case AMQP_STATUS_SSL_PEER_VERIFY_FAILED:
        ct_amqp_say(link, "nobody in ca=%s answers for its certificate",
                    link->address->ca);
        return CT_SENT_MEND;
    case AMQP_STATUS_SSL_HOSTNAME_VERIFY_FAILED:
        ct_amqp_say(link, "its certificate is not for %s",
                    link->address->host);
        return CT_SENT_MEND;
    case AMQP_STATUS_INCOMPATIBLE_AMQP_VERSION:
    case AMQP_STATUS_BROKER_UNSUPPORTED_SASL_METHOD:
        ct_amqp_say(link, "%s: it needs AMQP 0-9-1 and PLAIN",
                    amqp_error_string2(status));
        return CT_SENT_MEND;
    default:
        ct_amqp_say(link, "%s", amqp_error_string2(status));
        return CT_SENT_AGAIN;
    }
}

/* What the broker says instead. */
static ct_sent_e judge_answer(ct_amqp_link_t *link,
                              const amqp_rpc_reply_t *reply)
{
    const amqp_connection_close_t *closed = reply->reply.decoded;
    const char *remedy;
    ct_sent_e how;

    if (reply->reply_type != AMQP_RESPONSE_SERVER_EXCEPTION
        || reply->reply.id != AMQP_CONNECTION_CLOSE_METHOD) {
        return judge(link, reply->library_error);
    }
    how = ct_amqp_answer_connection(closed->reply_code, &remedy);
    ct_amqp_say(link, "%.*s%s%s", (int)closed->reply_text.len,
                (const char *)closed->reply_text.bytes, *remedy ? "; " : "",
                remedy);
    return how;
}

/* ---- what we say ---- */

static amqp_table_entry_t can(const char *what)
{
    amqp_table_entry_t entry;

    entry.key = amqp_cstring_bytes(what);
    entry.value.kind = AMQP_FIELD_KIND_BOOLEAN;
    entry.value.value.boolean = 1;
    return entry;
}

static amqp_rpc_reply_t log_in(ct_amqp_link_t *link)
{
    const ct_amqp_address_t *address = link->address;
    amqp_table_entry_t abilities[] = {
        can("connection.blocked"), can("publisher_confirms"),
        can("basic.nack"),
    };
    amqp_table_entry_t properties[2];
    amqp_table_t table;

    properties[0].key = amqp_cstring_bytes("capabilities");
    properties[0].value.kind = AMQP_FIELD_KIND_TABLE;
    properties[0].value.value.table.num_entries = 3;
    properties[0].value.value.table.entries = abilities;
    properties[1].key = amqp_cstring_bytes("connection_name");
    properties[1].value.kind = AMQP_FIELD_KIND_UTF8;
    properties[1].value.value.bytes = amqp_cstring_bytes("mod_crosstown_amqp");
    table.num_entries = 2;
    table.entries = properties;
    return amqp_login_with_properties(
        link->state, address->vhost, AMQP_DEFAULT_MAX_CHANNELS,
        AMQP_DEFAULT_FRAME_SIZE, HEARTBEAT, &table, AMQP_SASL_METHOD_PLAIN,
        address->user, address->password);
}

ct_sent_e ct_amqp_open(ct_amqp_link_t *link)
{
    const ct_amqp_address_t *address = link->address;
    struct timeval limit = ct_amqp_time(address->timeout);
    amqp_rpc_reply_t reply;
    amqp_socket_t *socket;
    int status;

    ct_amqp_say(link, "no memory");
    link->state = amqp_new_connection();
    socket = link->state ? make_socket(link) : NULL;
    if (!socket) {
        return CT_SENT_AGAIN;
    }
    status = amqp_set_handshake_timeout(link->state, &limit);
    if (status == AMQP_STATUS_OK) {
        status = amqp_set_rpc_timeout(link->state, &limit);
    }
    if (status == AMQP_STATUS_OK) {
        status = amqp_socket_open_noblock(socket, address->host, address->port,
                                          &limit);
    }
    if (status != AMQP_STATUS_OK) {
        return judge(link, status);
    }
    reply = log_in(link);
    if (reply.reply_type != AMQP_RESPONSE_NORMAL) {
        return judge_answer(link, &reply);
    }
    ct_amqp_say(link, "%s", "");
    return CT_SENT_STORED;
}
