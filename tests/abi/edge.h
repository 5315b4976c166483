/* SPDX-License-Identifier: Apache-2.0 */
/* edge: memory that ends where a struct ends. Behind it lies a page that
 * nobody may touch: who reads or writes past the size that the struct says is
 * ended with SIGSEGV, in the line that did it.
 *
 * Thread: any. Lifetime: the process; a test needs a few pages. */
#ifndef CROSSTOWN_TESTS_EDGE_H
#define CROSSTOWN_TESTS_EDGE_H

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* A copy of the first size bytes (less than a page, a multiple of eight). */
static inline void *edge_copy(const void *bytes, size_t size)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    char *pages = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (pages == MAP_FAILED || mprotect(pages + page, page, PROT_NONE) != 0) {
        abort();
    }
    return memcpy(pages + page - size, bytes, size);
}

#endif
