/* SPDX-License-Identifier: Apache-2.0 */
/* fcgi: a connection for each request: PHP-FPM closes it anyway, and a worker
 * of it that nobody uses is not held by us. Heads of records are written and
 * read with what httpd exports for mod_proxy_fcgi. */
#include "fcgi.h"

#include "apr_lib.h"
#include "apr_strings.h"
#include "tasks_glue.h"
#include "util_fcgi.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#define REQUEST_ID 1
#define HEAD_MOST  8192              /* bytes of the answer's head */
#define LINE       900

/** A request under way. */
typedef struct {
    const ct_fcgi_request_t *request;
    int fd;
    char head[HEAD_MOST + 1];        /* of the answer, up to its empty line */
    apr_size_t filled;
    char line[LINE + 1];             /* of stderr */
    apr_size_t line_filled;
    int ended;
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

static apr_status_t connect_to(ask_t *ask)
{
    const ct_fcgi_request_t *request = ask->request;
    socklen_t size = sizeof(int);
    apr_status_t rv;
    int error = 0;

    ask->fd = socket(request->address->sa_family,
                     SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (ask->fd < 0) {
        return errno;
    }
    if (!connect(ask->fd, request->address, request->address_length)) {
        return APR_SUCCESS;
    }
    if (errno != EINPROGRESS) {
        return errno;
    }
    rv = wait_for(ask, POLLOUT);
    if (rv == APR_SUCCESS
        && getsockopt(ask->fd, SOL_SOCKET, SO_ERROR, &error, &size)) {
        error = errno;
    }
    return rv == APR_SUCCESS ? error : rv;
}

static apr_status_t send_bytes(const ask_t *ask, const void *bytes,
                               apr_size_t length)
{
    const char *at = bytes;

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

static apr_status_t receive(const ask_t *ask, void *bytes, apr_size_t length)
{
    char *at = bytes;

    while (length > 0) {
        ssize_t count = recv(ask->fd, at, length, 0);

        if (count == 0) {
            return APR_EOF;
        }
        if (count > 0) {
            at += count;
            length -= (apr_size_t)count;
        }
        else if (errno == EAGAIN) {
            apr_status_t rv = wait_for(ask, POLLIN);

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

/* ---- out ---- */

static apr_status_t send_record(const ask_t *ask, unsigned char type,
                                const void *content, apr_size_t length)
{
    unsigned char head[AP_FCGI_HEADER_LEN];
    ap_fcgi_header header;
    apr_status_t rv;

    ap_fcgi_fill_in_header(&header, type, REQUEST_ID, (apr_uint16_t)length, 0);
    ap_fcgi_header_to_array(&header, head);
    rv = send_bytes(ask, head, sizeof(head));
    return rv == APR_SUCCESS ? send_bytes(ask, content, length) : rv;
}

/* As many records as it takes, and an empty one. */
static apr_status_t send_stream(const ask_t *ask, unsigned char type,
                                const char *content, apr_size_t length)
{
    apr_status_t rv = APR_SUCCESS;
    apr_size_t part;

    for (; length > 0 && rv == APR_SUCCESS; length -= part, content += part) {
        part = length < AP_FCGI_MAX_CONTENT_LEN ? length
                                                : AP_FCGI_MAX_CONTENT_LEN;
        rv = send_record(ask, type, content, part);
    }
    return rv == APR_SUCCESS ? send_record(ask, type, "", 0) : rv;
}

static char *put_length(char *to, apr_size_t length)
{
    if (length < 128) {
        *to++ = (char)length;
        return to;
    }
    *to++ = (char)(length >> 24 | 0x80);
    *to++ = (char)(length >> 16);
    *to++ = (char)(length >> 8);
    *to++ = (char)length;
    return to;
}

static apr_status_t send_parameters(const ask_t *ask)
{
    const apr_array_header_t *all = apr_table_elts(ask->request->parameters);
    const apr_table_entry_t *entries = (const apr_table_entry_t *)all->elts;
    apr_size_t size = 0;
    char *text;
    char *to;
    int i;

    for (i = 0; i < all->nelts; ++i) {
        size += 8 + strlen(entries[i].key) + strlen(entries[i].val);
    }
    to = text = apr_palloc(ask->request->pool, size + 1);
    for (i = 0; i < all->nelts; ++i) {
        apr_size_t key = strlen(entries[i].key);
        apr_size_t value = strlen(entries[i].val);

        to = put_length(put_length(to, key), value);
        memcpy(to, entries[i].key, key);
        memcpy(to + key, entries[i].val, value);
        to += key + value;
    }
    return send_stream(ask, AP_FCGI_PARAMS, text, (apr_size_t)(to - text));
}

static apr_status_t send_request(const ask_t *ask)
{
    unsigned char begin[AP_FCGI_HEADER_LEN];
    ap_fcgi_begin_request_body body;
    apr_status_t rv;

    ap_fcgi_fill_in_request_body(&body, AP_FCGI_RESPONDER, 0);
    ap_fcgi_begin_request_body_to_array(&body, begin);
    rv = send_record(ask, AP_FCGI_BEGIN_REQUEST, begin, sizeof(begin));
    if (rv == APR_SUCCESS) {
        rv = send_parameters(ask);
    }
    return rv == APR_SUCCESS
        ? send_stream(ask, AP_FCGI_STDIN, ask->request->body,
                      ask->request->length) : rv;
}

/* ---- in ---- */

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

static apr_status_t receive_record(ask_t *ask, char *content)
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
    rv = receive(ask, content, (apr_size_t)length + padding);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    if (type == AP_FCGI_STDOUT) {
        keep_head(ask, content, length);
    }
    else if (type == AP_FCGI_STDERR) {
        complain(ask, content, length);
    }
    else if (type == AP_FCGI_END_REQUEST) {
        ask->ended = 1;
        /* Its fifth byte says whether the request was taken at all. */
        return length >= 5 && content[4] == 0 ? APR_SUCCESS : APR_EGENERAL;
    }
    return APR_SUCCESS;
}

/* "Status: 404 Not Found" among the lines before the first empty one. */
static int status_of(char *head)
{
    char *line = head;

    while (*line && *line != '\r' && *line != '\n') {
        if (!strncasecmp(line, "Status:", 7)) {
            return atoi(line + 7);
        }
        line += strcspn(line, "\n");
        line += *line == '\n';
    }
    return 200;
}

static apr_status_t receive_answer(ask_t *ask, int *status)
{
    char *content = apr_palloc(ask->request->pool, AP_FCGI_MAX_CONTENT_LEN
                               + 256);
    apr_status_t rv = APR_SUCCESS;

    while (rv == APR_SUCCESS && !ask->ended) {
        rv = receive_record(ask, content);
    }
    tell_line(ask);
    ask->head[ask->filled] = '\0';
    *status = status_of(ask->head);
    return rv == APR_SUCCESS && ask->filled == 0 ? APR_EOF : rv;
}

apr_status_t ct_fcgi_ask(const ct_fcgi_request_t *request, int *status)
{
    ask_t *ask = apr_pcalloc(request->pool, sizeof(*ask));
    apr_status_t rv;

    ask->request = request;
    rv = connect_to(ask);
    if (rv == APR_SUCCESS) {
        rv = send_request(ask);
        /* Who has answered already need not read all of it. */
        if (rv == APR_SUCCESS || APR_STATUS_IS_EPIPE(rv)) {
            rv = receive_answer(ask, status);
        }
    }
    if (ask->fd >= 0) {
        close(ask->fd);
    }
    return rv;
}
