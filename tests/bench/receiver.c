/* SPDX-License-Identifier: Apache-2.0 */
/* receiver: what named tasks are sent to while they are measured, a process
 * that is not httpd and does next to nothing: it takes HTTP on one port,
 * FastCGI on another, and notes when each job has arrived.
 *
 * usage: receiver
 *
 * It prints its two ports. For each line that it reads it prints how many jobs
 * it has had, when those since the line before arrived (monotonic,
 * nanoseconds), and an empty line. It ends with its standard input. */
#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define EVENTS    64
#define ROOM      8192               /* bytes of one job */
#define NOTES     262144
#define FCGI_HEAD 8
#define FCGI_STDIN 5

/** A listener, or a connection. */
typedef struct {
    int fd;
    int listens;
    int fastcgi;
    int keeps;                       /* FCGI_KEEP_CONN */
    size_t filled;
    int64_t arrived;                 /* of the job that is being read */
    char bytes[ROOM + 1];
} peer_t;

static const char http_answer[] = "HTTP/1.1 204 No Content\r\n\r\n";
/* A record of stdout with 32 bytes, then the end of the request. */
static const char fcgi_answer[] = "\1\6\0\1\0\40\0\0"
                                  "Content-Type: text/plain\r\n\r\nok\r\n"
                                  "\1\3\0\1\0\10\0\0"
                                  "\0\0\0\0\0\0\0";

static int queue;                    /* of epoll */
static uint64_t jobs;
static uint64_t shown;
static int64_t notes[NOTES];

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static int64_t now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

/* ---- peers ---- */

static peer_t *add_peer(int fd, int listens, int fastcgi)
{
    peer_t *peer = calloc(1, sizeof(*peer));
    struct epoll_event event;

    memset(&event, 0, sizeof(event));
    event.events = EPOLLIN;
    event.data.ptr = peer;
    if (!peer || epoll_ctl(queue, EPOLL_CTL_ADD, fd, &event)) {
        die("receiver: a connection");
    }
    peer->fd = fd;
    peer->listens = listens;
    peer->fastcgi = fastcgi;
    return peer;
}

static void drop_peer(peer_t *peer)
{
    close(peer->fd);
    free(peer);
}

static int listen_on(int fastcgi)
{
    struct sockaddr_in address;
    socklen_t size = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    memset(&address, 0, sizeof(address));
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, size)
        || listen(fd, 4096)
        || getsockname(fd, (struct sockaddr *)&address, &size)) {
        die("receiver: a port");
    }
    add_peer(fd, 1, fastcgi);
    return ntohs(address.sin_port);
}

/* ---- jobs ---- */

/* @return bytes of the job that is complete at the front, or 0 */
static size_t http_job(peer_t *peer)
{
    char *end = strstr(peer->bytes, "\r\n\r\n");
    char *line;
    size_t length = 0;

    if (!end) {
        return 0;
    }
    for (line = peer->bytes; line < end; line = strstr(line, "\r\n") + 2) {
        if (!strncasecmp(line, "Content-Length:", 15)) {
            length = strtoul(line + 15, NULL, 10);
        }
    }
    length += (size_t)(end + 4 - peer->bytes);
    return length <= peer->filled ? length : 0;
}

static size_t fcgi_job(peer_t *peer)
{
    size_t at = 0;

    while (peer->filled - at >= FCGI_HEAD) {
        const unsigned char *head = (unsigned char *)peer->bytes + at;
        size_t length = (size_t)head[4] << 8 | head[5];

        at += FCGI_HEAD + length + head[6];
        if (at > peer->filled) {
            return 0;
        }
        if (head[1] == 1) {
            peer->keeps = head[FCGI_HEAD + 2] & 1;
        }
        if (head[1] == FCGI_STDIN && length == 0) {
            return at;
        }
    }
    return 0;
}

/* @return 0: the connection is over */
static int answer(const peer_t *peer)
{
    const char *bytes = peer->fastcgi ? fcgi_answer : http_answer;
    ssize_t size = peer->fastcgi ? sizeof(fcgi_answer)
                                 : sizeof(http_answer) - 1;

    return send(peer->fd, bytes, (size_t)size, MSG_NOSIGNAL) == size
           && (!peer->fastcgi || peer->keeps);
}

/* @return 0: the connection is over */
static int read_jobs(peer_t *peer)
{
    ssize_t count = recv(peer->fd, peer->bytes + peer->filled,
                         ROOM - peer->filled, 0);
    size_t length;

    if (count <= 0) {
        return 0;
    }
    if (peer->filled == 0) {
        peer->arrived = now();
    }
    peer->filled += (size_t)count;
    peer->bytes[peer->filled] = '\0';
    while ((length = peer->fastcgi ? fcgi_job(peer) : http_job(peer)) > 0) {
        notes[jobs++ % NOTES] = peer->arrived;
        peer->filled -= length;
        memmove(peer->bytes, peer->bytes + length, peer->filled + 1);
        if (!answer(peer)) {
            return 0;
        }
    }
    return 1;
}

/* ---- who asks ---- */

static void tell(void)
{
    char line[64];
    ssize_t count = read(STDIN_FILENO, line, sizeof(line));

    if (count <= 0) {
        exit(0);
    }
    printf("%llu\n", (unsigned long long)jobs);
    for (; shown < jobs; ++shown) {
        printf("%lld\n", (long long)notes[shown % NOTES]);
    }
    printf("\n");
    fflush(stdout);
}

static void serve(peer_t *peer)
{
    if (peer->fd == STDIN_FILENO) {
        tell();
    }
    else if (peer->listens) {
        int fd = accept(peer->fd, NULL, NULL);

        if (fd >= 0) {
            add_peer(fd, 0, peer->fastcgi);
        }
    }
    else if (!read_jobs(peer)) {
        drop_peer(peer);
    }
}

int main(void)
{
    struct epoll_event events[EVENTS];
    int http;

    queue = epoll_create1(EPOLL_CLOEXEC);
    http = listen_on(0);
    printf("%d %d\n", http, listen_on(1));
    fflush(stdout);
    add_peer(STDIN_FILENO, 0, 0);
    for (;;) {
        int count = epoll_wait(queue, events, EVENTS, -1);
        int i;

        for (i = 0; i < count; ++i) {
            serve(events[i].data.ptr);
        }
    }
}
