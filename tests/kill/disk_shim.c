/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The disk as `make kill` wants it: preloaded into httpd, between SQLite and
 * the C library. It looks at two files, the store's database and its log (what
 * ends in ".db" and "-wal"):
 *
 * - what is written to them, cut off and synced is noted in DISK_LOG, so that
 *   disk.py can make what is left of them after a power cut: a write is noted
 *   when it has returned, while its writer still has SQLite's lock; a sync
 *   when it begins and when it is over;
 * - calls fail or take their time as disk_control_t says, which disk.py writes
 *   into the file DISK_CONTROL.
 *
 * Thread: any. A note is one write() to an O_APPEND descriptor.
 * Lifetime: that of the process; a fork inherits all of it.
 */
/* What is replaced here must not be a macro or an inline function. */
#undef _FORTIFY_SOURCE
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define MOST_FILES 4096
#define MAGIC 0x0a6b736964775443     /* "CTwdisk\n" */

enum {
    NOBODYS,
    DATABASE,
    LOG
};

enum {
    WRITTEN,
    CUT,
    SYNC_BEGINS,
    SYNC_OVER,
    SYNC_FAILED
};

typedef struct note_t {
    uint64_t magic;
    uint32_t kind;
    uint32_t file;
    uint64_t offset;                 /* of a sync: its number */
    uint64_t length;                 /* bytes that follow */
} note_t;

/* disk.py knows the order. An error is an errno; count: so many calls get it,
 * -1: all. */
typedef struct disk_control_t {
    _Atomic int32_t write_error;
    _Atomic int32_t write_count;
    _Atomic int32_t sync_error;
    _Atomic int32_t sync_count;
    _Atomic int32_t sync_delay_ms;
    _Atomic int32_t syncs;           /* so many have begun */
} disk_control_t;

static disk_control_t *control;      /* set once; NULL: there is none */
static int notes = -1;               /* set once */
static _Atomic unsigned char files[MOST_FILES];    /* by descriptor */

#define THE_REAL(name) \
    static __typeof__(name) *real; \
    if (!real) { \
        real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name); \
    }

static void begin(void) __attribute__((constructor));
static void begin(void)
{
    const char *path = getenv("DISK_CONTROL");
    int file = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    void *map = MAP_FAILED;

    if (file >= 0) {
        map = mmap(NULL, sizeof(disk_control_t), PROT_READ | PROT_WRITE,
                   MAP_SHARED, file, 0);
        close(file);
    }
    path = getenv("DISK_LOG");
    if (path) {
        notes = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
    }
    if (map == MAP_FAILED || notes < 0) {
        perror("disk_shim: DISK_CONTROL, DISK_LOG");
        abort();
    }
    control = map;
}

static void note(int kind, int file, uint64_t offset, const void *bytes,
                 size_t length)
{
    char *entry = malloc(sizeof(note_t) + length);
    note_t head = { MAGIC, (uint32_t)kind, (uint32_t)file, offset, length };

    if (!entry) {
        abort();
    }
    memcpy(entry, &head, sizeof(head));
    if (length > 0) {
        memcpy(entry + sizeof(head), bytes, length);
    }
    if (write(notes, entry, sizeof(head) + length)
        != (ssize_t)(sizeof(head) + length)) {
        abort();
    }
    free(entry);
}

/* ---- which files ---- */

static int kind_of(const char *path)
{
    const char *end = strrchr(path, '.');

    return !end ? NOBODYS : !strcmp(end, ".db") ? DATABASE
        : !strcmp(end, ".db-wal") ? LOG : NOBODYS;
}

static int file_of(int descriptor)
{
    return control && descriptor >= 0 && descriptor < MOST_FILES
           ? atomic_load(&files[descriptor]) : NOBODYS;
}

static int opened(int descriptor, const char *path)
{
    if (descriptor >= 0 && descriptor < MOST_FILES) {
        atomic_store(&files[descriptor], (unsigned char)kind_of(path));
    }
    return descriptor;
}

static mode_t mode_of(int flags, va_list more)
{
    return (flags & O_CREAT) ? (mode_t)va_arg(more, int) : 0;
}

int open(const char *path, int flags, ...)
{
    va_list more;
    mode_t mode;
    THE_REAL(open)

    va_start(more, flags);
    mode = mode_of(flags, more);
    va_end(more);
    return opened(real(path, flags, mode), path);
}

int open64(const char *path, int flags, ...)
{
    va_list more;
    mode_t mode;
    THE_REAL(open64)

    va_start(more, flags);
    mode = mode_of(flags, more);
    va_end(more);
    return opened(real(path, flags, mode), path);
}

int close(int descriptor)
{
    THE_REAL(close)

    if (descriptor >= 0 && descriptor < MOST_FILES) {
        atomic_store(&files[descriptor], NOBODYS);
    }
    return real(descriptor);
}

/* The last one who closes the store takes its log away. */
int unlink(const char *path)
{
    int rc;
    THE_REAL(unlink)

    rc = real(path);
    if (rc == 0 && control && kind_of(path) == LOG) {
        note(CUT, LOG, 0, NULL, 0);
    }
    return rc;
}

/* ---- what is done to them ---- */

/* @return 0, or the error that this call is to get */
static int planned(_Atomic int32_t *error, _Atomic int32_t *count)
{
    int32_t left = atomic_load(count);

    while (left > 0 && !atomic_compare_exchange_weak(count, &left, left - 1)) {
    }
    return left ? atomic_load(error) : 0;
}

static int fails(int error)
{
    errno = error;
    return error != 0;
}

static ssize_t write_at(int descriptor, const void *from, size_t length,
                        off64_t offset)
{
    int file = file_of(descriptor);
    ssize_t written;
    THE_REAL(pwrite64)

    if (file && fails(planned(&control->write_error,
                              &control->write_count))) {
        return -1;
    }
    written = real(descriptor, from, length, offset);
    if (file && written > 0) {
        note(WRITTEN, file, (uint64_t)offset, from, (size_t)written);
    }
    return written;
}

ssize_t pwrite(int descriptor, const void *from, size_t length, off_t offset)
{
    return write_at(descriptor, from, length, offset);
}

ssize_t pwrite64(int descriptor, const void *from, size_t length,
                 off64_t offset)
{
    return write_at(descriptor, from, length, offset);
}

static int cut(int descriptor, off64_t length)
{
    int file = file_of(descriptor);
    int rc;
    THE_REAL(ftruncate64)

    if (file && fails(planned(&control->write_error,
                              &control->write_count))) {
        return -1;
    }
    rc = real(descriptor, length);
    if (file && rc == 0) {
        note(CUT, file, (uint64_t)length, NULL, 0);
    }
    return rc;
}

int ftruncate(int descriptor, off_t length)
{
    return cut(descriptor, length);
}

int ftruncate64(int descriptor, off64_t length)
{
    return cut(descriptor, length);
}

static void be_late(int ms)
{
    struct timespec left = { ms / 1000, (long)(ms % 1000) * 1000000 };

    while (ms > 0 && nanosleep(&left, &left) && errno == EINTR) {
    }
}

/* A sync that fails has synced nothing, nor will a later one what was written
 * before: disk.py sees to that. The file is not really synced: only
 * this log knows of power cuts. */
static int sync_it(int descriptor, int (*real)(int))
{
    int file = file_of(descriptor);
    uint64_t number;
    int failure;

    if (!file) {
        return real(descriptor);
    }
    number = (uint64_t)atomic_fetch_add(&control->syncs, 1);
    note(SYNC_BEGINS, file, number, NULL, 0);
    be_late(atomic_load(&control->sync_delay_ms));
    failure = planned(&control->sync_error, &control->sync_count);
    note(failure ? SYNC_FAILED : SYNC_OVER, file, number, NULL, 0);
    return fails(failure) ? -1 : 0;
}

int fsync(int descriptor)
{
    THE_REAL(fsync)

    return sync_it(descriptor, real);
}

int fdatasync(int descriptor)
{
    THE_REAL(fdatasync)

    return sync_it(descriptor, real);
}
