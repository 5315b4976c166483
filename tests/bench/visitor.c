/* SPDX-License-Identifier: Apache-2.0 */
/* visitor: asks one thing after the other on one connection, and prints when
 * it had read each answer (monotonic, nanoseconds).
 *
 * usage: visitor PORT PATH COUNT MILLISECONDS
 *
 * So long it waits between an answer and the next question. */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define LAST "answer\n"              /* of mod_bench's answers */

static int connect_to(int port)
{
    struct sockaddr_in address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    int on = 1;

    memset(&address, 0, sizeof(address));
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons((uint16_t)port);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address))
        || setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on))) {
        perror("visitor");
        exit(1);
    }
    return fd;
}

static void ask(int fd, const char *question)
{
    char bytes[4096] = "";
    size_t filled = 0;

    if (send(fd, question, strlen(question), 0) < 0) {
        perror("visitor");
        exit(1);
    }
    while (filled < strlen(LAST)
           || memcmp(bytes + filled - strlen(LAST), LAST, strlen(LAST)) != 0) {
        ssize_t count = recv(fd, bytes + filled, sizeof(bytes) - filled, 0);

        if (count <= 0) {
            fprintf(stderr, "visitor: httpd closed the connection\n");
            exit(1);
        }
        filled += (size_t)count;
    }
}

int main(int argc, char **argv)
{
    struct timespec pause = { 0, 0 };
    char question[1024];
    int left;
    int fd;

    if (argc != 5) {
        fprintf(stderr, "usage: visitor PORT PATH COUNT MILLISECONDS\n");
        return 2;
    }
    fd = connect_to(atoi(argv[1]));
    snprintf(question, sizeof(question),
             "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", argv[2]);
    pause.tv_nsec = atol(argv[4]) * 1000000;
    for (left = atoi(argv[3]); left > 0; --left) {
        struct timespec read;

        ask(fd, question);
        clock_gettime(CLOCK_MONOTONIC, &read);
        printf("%lld\n", (long long)read.tv_sec * 1000000000 + read.tv_nsec);
        nanosleep(&pause, NULL);
    }
    return 0;
}
