/* SPDX-License-Identifier: Apache-2.0 */
/* client_gone: the socket is asked and not the input filters, which would see
 * more: theirs is the time that the client has for its request, and it would
 * run while we wait. What lies unread, such as a body, a next request or the
 * farewell of TLS, must not hide the end behind it: poll() sees that on Linux
 * and FreeBSD. Elsewhere a byte is looked for where the end would be. */
#include "client_gone.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#include "apr_portable.h"

#ifdef POLLRDHUP
static int is_at_its_end(int socket)
{
    struct pollfd end = { socket, POLLRDHUP, 0 };

    return poll(&end, 1, 0) > 0
           && (end.revents & (POLLRDHUP | POLLHUP | POLLERR));
}
#else
static int is_at_its_end(int socket)
{
    char byte;
    ssize_t length = recv(socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT);

    return length == 0
           || (length < 0 && errno != EAGAIN && errno != EWOULDBLOCK
               && errno != EINTR);
}
#endif

int ct_client_has_gone(const request_rec *r)
{
    conn_rec *c = r->connection;
    apr_socket_t *client;
    apr_os_sock_t socket;

    if (c->aborted || c->master) {
        return c->aborted != 0;
    }
    client = ap_get_conn_socket(c);
    return client && apr_os_sock_get(&socket, client) == APR_SUCCESS
           && is_at_its_end(socket);
}
