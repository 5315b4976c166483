/* SPDX-License-Identifier: Apache-2.0 */
/* fcgi: a connection for each request: PHP-FPM closes it anyway, and a worker
 * of it that nobody uses is not held by us. */
#include "fcgi.h"

#include "fcgi_head.h"

#include "apr_lib.h"
#include "apr_strings.h"
#include "tasks_glue.h"
#include "util_fcgi.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#define HEAD_MOST  8192              /* bytes of the answer's head */
#define LINE       900
#define RECEIVED   8192              /* bytes at a time */
#define CROWDED    apr_time_from_msec(5) /* between two tries to get in */

/** A request under way. */
typedef struct {
    const ct_fcgi_request_t *request;
    int fd;
    int ended;
    apr_size_t filled;               /* of head */
    apr_size_t line_filled;
    apr_size_t taken;                /* of bytes */
    apr_size_t come;
    /* The others need not begin as zeroes. */
    char head[HEAD_MOST + 1];        /* of the answer, up to its empty line */
    char line[LINE + 1];             /* of stderr */
    char bytes[RECEIVED];            /* what has come */
} ask_t;

/* ---- the connection ---- */

static apr_status_t wait_for(const ask_t *ask, short events)
{
    struct pollfd fd = { ask->fd, events, 0 };

    for (;;) {
        apr_interval_time_t left = ask->request->until - apr_time_now();
        int ready = left > 0 ? poll(&fd, 1, (int)apr_time_as_msec(left) + 1)
                             : 0;

        if (ready > 0) {
            return APR_SUCCESS;
        }
        if (ready == 0) {
            return APR_TIMEUP;
        }
        if (errno != EINTR) {
            return errno;
        }
    }
}

static apr_status_t wait_for_connection(const ask_t *ask)
{
    apr_status_t rv = wait_for(ask, POLLOUT);
    socklen_t size = sizeof(int);
    int error = 0;

    if (rv == APR_SUCCESS
        && getsockopt(ask->fd, SOL_SOCKET, SO_ERROR, &error, &size)) {
        error = errno;
    }
    return rv == APR_SUCCESS ? error : rv;
}

/* While too many wait at a Unix socket it says EAGAIN, and nothing tells when
 * there is room. */
static apr_status_t connect_to(ask_t *ask)
{
    const ct_fcgi_request_t *request = ask->request;

    ask->fd = socket(request->address->sa_family,
                     SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (ask->fd < 0) {
        return errno;
    }
    while (connect(ask->fd, request->address, request->address_length)) {
        if (errno == EINPROGRESS) {
            return wait_for_connection(ask);
        }
        if (errno != EAGAIN) {
            return errno;
        }
        if (apr_time_now() >= request->until) {
            return APR_TIMEUP;
        }
        apr_sleep(CROWDED);
    }
    return APR_SUCCESS;
}

static apr_status_t send_request(const ask_t *ask)
{
    apr_size_t length;
    const char *at = ct_fcgi_bytes(ask->request, &length);

    while (length > 0) {
        ssize_t count = send(ask->fd, at, length, MSG_NOSIGNAL);

        if (count >= 0) {
            at += count;
            length -= (apr_size_t)count;
        }
        else if (errno == EAGAIN) {
            apr_status_t rv = wait_for(ask, POLLOUT);

            if (rv != APR_SUCCESS) {
                return rv;
            }
        }
        else if (errno != EINTR) {
            return errno;
        }
    }
    return APR_SUCCESS;
}

/* ---- in ---- */

/* More than is asked for at the moment: an answer is several small pieces. */
static apr_status_t receive_some(ask_t *ask)
{
    for (;;) {
        ssize_t count = recv(ask->fd, ask->bytes, sizeof(ask->bytes), 0);
        apr_status_t rv;

        if (count > 0) {
            ask->taken = 0;
            ask->come = (apr_size_t)count;
            return APR_SUCCESS;
        }
        if (count == 0) {
            return APR_EOF;
        }
        rv = errno == EAGAIN ? wait_for(ask, POLLIN)
            : errno == EINTR ? APR_SUCCESS : errno;
        if (rv != APR_SUCCESS) {
            return rv;
        }
    }
}

/* What has come, up to so many bytes; they stay where they are until the next
 * call. */
static apr_status_t next_piece(ask_t *ask, const char **piece,
                               apr_size_t *length)
{
    apr_status_t rv = ask->taken < ask->come ? APR_SUCCESS
                                             : receive_some(ask);

    if (rv == APR_SUCCESS) {
        apr_size_t there = ask->come - ask->taken;

        *length = *length < there ? *length : there;
        *piece = ask->bytes + ask->taken;
        ask->taken += *length;
    }
    return rv;
}

static apr_status_t receive(ask_t *ask, unsigned char *bytes,
                            apr_size_t length)
{
    apr_status_t rv = APR_SUCCESS;

    while (length > 0 && rv == APR_SUCCESS) {
        const char *piece;
        apr_size_t part = length;

        rv = next_piece(ask, &piece, &part);
        if (rv == APR_SUCCESS) {
            memcpy(bytes, piece, part);
            bytes += part;
            length -= part;
        }
    }
    return rv;
}

static void keep_head(ask_t *ask, const char *bytes, apr_size_t length)
{
    apr_size_t room = HEAD_MOST - ask->filled;

    length = length < room ? length : room;
    memcpy(ask->head + ask->filled, bytes, length);
    ask->filled += length;
}

static void tell_line(ask_t *ask)
{
    if (ask->line_filled > 0) {
        ask->line[ask->line_filled] = '\0';
        ask->request->complain(ask->request->context, ask->line);
        ask->line_filled = 0;
    }
}

static void complain(ask_t *ask, const char *bytes, apr_size_t length)
{
    apr_size_t i;

    for (i = 0; i < length; ++i) {
        if (bytes[i] == '\n' || ask->line_filled == LINE) {
            tell_line(ask);
        }
        if (bytes[i] != '\n' && bytes[i] != '\r') {
            ask->line[ask->line_filled++] = bytes[i];
        }
    }
}

/* Content of a record, or its padding, which has type 0. */
static apr_status_t receive_content(ask_t *ask, unsigned char type,
                                    apr_size_t length)
{
    apr_status_t rv = APR_SUCCESS;

    while (length > 0 && rv == APR_SUCCESS) {
        const char *piece;
        apr_size_t part = length;

        rv = next_piece(ask, &piece, &part);
        if (rv == APR_SUCCESS && type == AP_FCGI_STDOUT) {
            keep_head(ask, piece, part);
        }
        else if (rv == APR_SUCCESS && type == AP_FCGI_STDERR) {
            complain(ask, piece, part);
        }
        length -= part;
    }
    return rv;
}

static apr_status_t receive_end(ask_t *ask, apr_size_t length)
{
    unsigned char body[AP_FCGI_HEADER_LEN];
    apr_status_t rv = length >= sizeof(body)
        ? receive(ask, body, sizeof(body)) : APR_EGENERAL;

    ask->ended = 1;
    /* Its fifth byte says whether the request was taken at all. */
    return rv == APR_SUCCESS && body[4] ? APR_EGENERAL : rv;
}

static apr_status_t receive_record(ask_t *ask)
{
    unsigned char head[AP_FCGI_HEADER_LEN];
    unsigned char version;
    unsigned char type;
    unsigned char padding;
    apr_uint16_t id;
    apr_uint16_t length;
    apr_status_t rv = receive(ask, head, sizeof(head));

    if (rv != APR_SUCCESS) {
        return rv;
    }
    ap_fcgi_header_fields_from_array(&version, &type, &id, &length, &padding,
                                     head);
    if (version != AP_FCGI_VERSION_1) {
        return APR_EGENERAL;
    }
    if (type == AP_FCGI_END_REQUEST) {
        return receive_end(ask, length);
    }
    rv = receive_content(ask, type, length);
    return rv == APR_SUCCESS ? receive_content(ask, 0, padding) : rv;
}

static apr_status_t receive_answer(ask_t *ask, ct_fcgi_answer_t *answer)
{
    apr_status_t rv = APR_SUCCESS;

    while (rv == APR_SUCCESS && !ask->ended) {
        rv = receive_record(ask);
    }
    tell_line(ask);
    ask->head[ask->filled] = '\0';
    answer->status = ct_fcgi_head_status(ask->head);
    answer->retry_after = ct_fcgi_head_retry_after(ask->head);
    return rv == APR_SUCCESS && ask->filled == 0 ? APR_EOF : rv;
}

apr_status_t ct_fcgi_ask(const ct_fcgi_request_t *request,
                         ct_fcgi_answer_t *answer)
{
    ask_t *ask = apr_palloc(request->pool, sizeof(*ask));
    apr_status_t rv;

    memset(ask, 0, APR_OFFSETOF(ask_t, head));
    ask->request = request;
    rv = connect_to(ask);
    if (rv == APR_SUCCESS) {
        rv = send_request(ask);
        /* Who has answered already need not read all of it. */
        if (rv == APR_SUCCESS || APR_STATUS_IS_EPIPE(rv)) {
            rv = receive_answer(ask, answer);
        }
    }
    if (ask->fd >= 0) {
        close(ask->fd);
    }
    return rv;
}
