/* SPDX-License-Identifier: Apache-2.0 */
/* slow_sync: preloaded into what is measured, beside files that are in memory:
 * each fsync() and fdatasync() takes as long as on a disk that is that fast.
 * Those of several threads and processes take their time side by side, as on a
 * disk that merges them. How long, in microseconds, stands in the file that
 * SLOW_SYNC names, in four bytes, and may change at any time. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static const volatile unsigned int *microseconds;

__attribute__((constructor)) static void find(void)
{
    const char *path = getenv("SLOW_SYNC");
    int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    void *page;

    if (file < 0) {
        abort();
    }
    page = mmap(NULL, sizeof(*microseconds), PROT_READ, MAP_SHARED, file, 0);
    if (page == MAP_FAILED) {
        abort();
    }
    microseconds = page;
    close(file);
}

static int wait_after(long result)
{
    struct timespec time = { 0, 0 };

    if (result == 0 && *microseconds) {
        time.tv_sec = *microseconds / 1000000;
        time.tv_nsec = *microseconds % 1000000 * 1000L;
        clock_nanosleep(CLOCK_MONOTONIC, 0, &time, NULL);
    }
    return (int)result;
}

int fsync(int file)
{
    return wait_after(syscall(SYS_fsync, file));
}

int fdatasync(int file)
{
    return wait_after(syscall(SYS_fdatasync, file));
}
