/* SPDX-License-Identifier: Apache-2.0 */
/* client_gone: see client_gone.h. The socket is asked and not the input
 * filters, which would see more: theirs is the time that the client has for
 * its request, and it would run while we wait. */
#include "client_gone.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#include "apr_portable.h"
#include "http_ssl.h"

/* Elsewhere the end of what a client sends over TLS is not seen. */
#ifndef POLLRDHUP
#define POLLRDHUP 0
#endif

/* Nothing unread, and nothing to come. */
static int is_at_its_end(int socket)
{
    char byte;
    ssize_t length = recv(socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT);

    return length == 0
           || (length < 0 && errno != EAGAIN && errno != EWOULDBLOCK
               && errno != EINTR);
}

/* What is unread before the end is the farewell of TLS; an answer that waits
 * for a next request is not worth keeping. */
static int is_hung_up(int socket)
{
    struct pollfd end = { socket, POLLRDHUP, 0 };

    return poll(&end, 1, 0) > 0
           && (end.revents & (POLLRDHUP | POLLHUP | POLLERR));
}

int ct_client_has_gone(const request_rec *r)
{
    conn_rec *c = r->connection;
    apr_socket_t *client;
    apr_os_sock_t socket;

    if (c->aborted || c->master) {
        return c->aborted;
    }
    client = ap_get_conn_socket(c);
    if (!client || apr_os_sock_get(&socket, client) != APR_SUCCESS) {
        return 0;
    }
    return ap_ssl_conn_is_ssl(c) ? is_hung_up(socket) : is_at_its_end(socket);
}
