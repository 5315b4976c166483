/* SPDX-License-Identifier: Apache-2.0 */
/* arrivals: requests that come at a rate, whatever becomes of those before
 * them: how long an answer takes while the server has time for all, which
 * clients that ask as fast as they are answered cannot say. A request that
 * finds no connection free waits for one, and that counts.
 *
 * usage: arrivals PORT PATH CONNECTIONS A-SECOND SECONDS
 *
 * It prints how many were answered, and the median and the 99th percentile of
 * what an answer took, in microseconds. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <math.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define MOST_CONNECTIONS 1024
#define LAST "answer\n"              /* of mod_bench's answers */

typedef struct {
    long long arrived;               /* ns; 0: it is free */
    size_t filled;
    char bytes[4096];
} connection_t;

static connection_t connections[MOST_CONNECTIONS];
static struct pollfd files[MOST_CONNECTIONS];
static int count;
static char question[1024];
static long long *took;              /* ns */
static size_t answers, most;

static void give_up(const char *words)
{
    fprintf(stderr, "arrivals: %s\n", words);
    exit(1);
}

static long long now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (long long)time.tv_sec * 1000000000 + time.tv_nsec;
}

static int connect_to(int port)
{
    struct sockaddr_in address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    int on = 1;

    memset(&address, 0, sizeof(address));
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons((unsigned short)port);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address))
        || setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on))) {
        give_up("cannot connect");
    }
    return fd;
}

/* @return 0: no connection is free */
static int ask(long long arrived)
{
    int i = 0;

    while (i < count && connections[i].arrived) {
        ++i;
    }
    if (i == count) {
        return 0;
    }
    connections[i].arrived = arrived;
    connections[i].filled = 0;
    if (send(files[i].fd, question, strlen(question), 0) < 0) {
        give_up("cannot ask");
    }
    return 1;
}

static void read_answer(int i)
{
    connection_t *one = &connections[i];
    ssize_t got = recv(files[i].fd, one->bytes + one->filled,
                       sizeof(one->bytes) - one->filled, 0);

    if (got <= 0) {
        give_up("httpd closed a connection");
    }
    one->filled += (size_t)got;
    if (one->filled >= strlen(LAST)
        && !memcmp(one->bytes + one->filled - strlen(LAST), LAST,
                   strlen(LAST))) {
        if (answers < most) {
            took[answers++] = now() - one->arrived;
        }
        one->arrived = 0;
    }
}

static void wait_until(long long moment)
{
    long long left = moment - now();
    struct timespec time = { 0, 0 };
    int i;

    if (left > 0) {
        time.tv_sec = left / 1000000000;
        time.tv_nsec = left % 1000000000;
    }
    if (ppoll(files, (nfds_t)count, &time, NULL) > 0) {
        for (i = 0; i < count; ++i) {
            if (files[i].revents) {
                read_answer(i);
            }
        }
    }
}

/* Each comes at any time, independent of the others. */
static void run(double rate, double seconds)
{
    long long arrival = now();
    long long end = arrival + (long long)(seconds * 1e9);

    srand48(1);
    while (arrival < end) {
        wait_until(arrival);
        while (arrival <= now() && arrival < end && ask(arrival)) {
            arrival += (long long)(-log(1 - drand48()) / rate * 1e9);
        }
        if (arrival <= now()) {
            wait_until(now() + 1000000);     /* until one is free */
        }
    }
}

static int compare(const void *one, const void *other)
{
    long long a = *(const long long *)one;
    long long b = *(const long long *)other;

    return a < b ? -1 : a > b;
}

int main(int argc, char **argv)
{
    double rate;
    int i;

    if (argc != 6 || (count = atoi(argv[3])) > MOST_CONNECTIONS) {
        give_up("PORT PATH CONNECTIONS A-SECOND SECONDS");
    }
    rate = atof(argv[4]);
    most = (size_t)(rate * atof(argv[5]) * 2) + 1;
    took = calloc(most, sizeof(*took));
    snprintf(question, sizeof(question),
             "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", argv[2]);
    for (i = 0; i < count; ++i) {
        files[i].fd = connect_to(atoi(argv[1]));
        files[i].events = POLLIN;
    }
    run(rate, atof(argv[5]));
    if (!took || answers == 0) {
        give_up("nothing was answered");
    }
    qsort(took, answers, sizeof(*took), compare);
    printf("%zu %lld %lld\n", answers, took[answers / 2] / 1000,
           took[answers * 99 / 100] / 1000);
    return 0;
}
