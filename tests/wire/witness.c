/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The witness: preloaded into httpd, it stands between the server and the C
 * library and notes when the kernel has taken how many bytes for a client. It
 * knows nothing of requests, modules or hooks.
 *
 * Each process that accepts a connection has a file of its own in the
 * directory that WIRE_WITNESS names, one note after the other. Whether a way
 * to write was forgotten shows in the sums: clients count what they receive.
 *
 * Thread: any. Notes of one connection are in the order of its writes, since
 * httpd lets one thread at a time write to it.
 * Lifetime: the file is mapped until the process ends, however it ends.
 */
/* What is replaced here must not be a macro or an inline function. */
#undef _FORTIFY_SOURCE
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define MOST_NOTES (4 * 1024 * 1024)    /* the file is sparse */
#define MOST_FILES 65536

typedef struct note_t {
    int64_t returned;   /* when the call was over, monotonic nanoseconds */
    uint32_t port;      /* the client's */
    int32_t bytes;      /* that the kernel took; -1: it was to wait; 0: the
                           connection was accepted */
} note_t;

static note_t *notes;               /* set once: by open_notes() */
static uint32_t noted;              /* atomic */
static uint16_t ports[MOST_FILES];  /* by descriptor, atomic; 0: no client */
static pthread_once_t opened = PTHREAD_ONCE_INIT;

/* A witness that misses something must not be believed. */
static void give_up(const char *why)
{
    perror(why);
    abort();
}

#define THE_REAL(name) \
    static __typeof__(name) *real; \
    if (!__atomic_load_n(&real, __ATOMIC_RELAXED)) { \
        __atomic_store_n(&real, (__typeof__(name) *)dlsym(RTLD_NEXT, #name), \
                         __ATOMIC_RELAXED); \
    }

/* The parent never accepts: no child inherits this. */
static void open_notes(void)
{
    const char *directory = getenv("WIRE_WITNESS");
    const size_t size = (size_t)MOST_NOTES * sizeof(note_t);
    char path[4096];
    void *map;
    int file;

    snprintf(path, sizeof(path), "%s/%ld.notes", directory ? directory : ".",
             (long)getpid());
    file = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (file < 0 || ftruncate(file, (off_t)size)) {
        give_up(path);
    }
    map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (map == MAP_FAILED) {
        give_up(path);
    }
    notes = map;
    close(file);
}

static int64_t now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static void add_note(uint16_t port, ssize_t bytes)
{
    const int64_t returned = now();
    const uint32_t place = __atomic_fetch_add(&noted, 1, __ATOMIC_RELAXED);

    if (place >= MOST_NOTES || bytes > INT32_MAX) {
        errno = EOVERFLOW;
        give_up("witness");
    }
    notes[place] = (note_t){ returned, port, (int32_t)bytes };
}

static void client_accepted(int client, const struct sockaddr *address)
{
    uint16_t port;

    if (client < 0 || !address || address->sa_family != AF_INET) {
        return;
    }
    if (client >= MOST_FILES) {
        errno = EMFILE;
        give_up("witness");
    }
    pthread_once(&opened, open_notes);
    port = ntohs(((const struct sockaddr_in *)address)->sin_port);
    add_note(port, 0);
    __atomic_store_n(&ports[client], port, __ATOMIC_RELEASE);
}

static uint16_t port_of(int file)
{
    return file >= 0 && file < MOST_FILES
           ? __atomic_load_n(&ports[file], __ATOMIC_ACQUIRE) : 0;
}

static ssize_t written(int file, ssize_t bytes)
{
    const int error = errno;
    const uint16_t port = port_of(file);

    if (port && bytes > 0) {
        add_note(port, bytes);
    }
    else if (port && bytes < 0 && (error == EAGAIN || error == EWOULDBLOCK)) {
        add_note(port, -1);
    }
    errno = error;
    return bytes;
}

/* ---- in place of the C library's ---------------------------------------- */

int accept(int listener, struct sockaddr *address, socklen_t *size)
{
    int client;
    THE_REAL(accept)

    client = real(listener, address, size);
    client_accepted(client, address);
    return client;
}

int accept4(int listener, struct sockaddr *address, socklen_t *size,
            int flags)
{
    int client;
    THE_REAL(accept4)

    client = real(listener, address, size, flags);
    client_accepted(client, address);
    return client;
}

/* Forgotten first: at once the number may be another file's. */
int close(int file)
{
    THE_REAL(close)

    if (port_of(file)) {
        __atomic_store_n(&ports[file], 0, __ATOMIC_RELEASE);
    }
    return real(file);
}

ssize_t write(int file, const void *data, size_t size)
{
    THE_REAL(write)
    return written(file, real(file, data, size));
}

ssize_t writev(int file, const struct iovec *pieces, int count)
{
    THE_REAL(writev)
    return written(file, real(file, pieces, count));
}

ssize_t send(int file, const void *data, size_t size, int flags)
{
    THE_REAL(send)
    return written(file, real(file, data, size, flags));
}

ssize_t sendto(int file, const void *data, size_t size, int flags,
               const struct sockaddr *to, socklen_t to_size)
{
    THE_REAL(sendto)
    return written(file, real(file, data, size, flags, to, to_size));
}

ssize_t sendmsg(int file, const struct msghdr *message, int flags)
{
    THE_REAL(sendmsg)
    return written(file, real(file, message, flags));
}

ssize_t sendfile(int file, int from, off_t *offset, size_t size)
{
    THE_REAL(sendfile)
    return written(file, real(file, from, offset, size));
}

ssize_t sendfile64(int file, int from, off64_t *offset, size_t size)
{
    THE_REAL(sendfile64)
    return written(file, real(file, from, offset, size));
}
