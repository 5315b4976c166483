/* SPDX-License-Identifier: Apache-2.0 */
/* ended: while the disk syncs, or another process writes, the end of a task
 * cannot be written to the database. A note in a page of memory that belongs
 * to a file can, costs a store, and outlives the process, as what SQLite has
 * written does. It need not outlive a power cut: what is not there runs again.
 *
 * The file is the one with the locks of the owners. Each has one page of it;
 * so do those that came PAGES before and after, so it begins with its owner,
 * and is taken for nothing if that is another one. */
#include "ended.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define SIZE  ((CT_ENDED_MOST + 1) * sizeof(apr_int64_t))
#define PAGES 1024

/* Also where the memory of this machine has larger pages. */
static off_t place_of(apr_int64_t owner)
{
    apr_int64_t size = sysconf(_SC_PAGESIZE);

    if (size < (apr_int64_t)SIZE) {
        size = SIZE;
    }
    return (off_t)(owner % PAGES * size);
}

/* A page that has no room on the disk would end the process when it is
 * written. */
void ct_ended_open(ct_ended_t *ended, const ct_owners_t *owners,
                   apr_int64_t owner)
{
    off_t place = place_of(owner);
    void *page = MAP_FAILED;

    if (posix_fallocate(owners->file, place, (off_t)SIZE) == 0) {
        page = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED,
                    owners->file, place);
    }
    ended->page = page == MAP_FAILED ? NULL : page;
    ended->last = 0;
    if (ended->page) {
        memset(page, 0, SIZE);
        atomic_store_explicit(&ended->page[0], owner, memory_order_relaxed);
    }
}

void ct_ended_close(ct_ended_t *ended)
{
    if (ended->page) {
        munmap((void *)ended->page, SIZE);
        ended->page = NULL;
    }
}

unsigned int ct_ended_note(ct_ended_t *ended, apr_int64_t id)
{
    unsigned int place = ended->last % CT_ENDED_MOST + 1;

    if (!ended->page
        || atomic_load_explicit(&ended->page[place], memory_order_relaxed)) {
        return 0;
    }
    atomic_store_explicit(&ended->page[place], id, memory_order_relaxed);
    return ended->last = place;
}

void ct_ended_forget(ct_ended_t *ended, unsigned int place)
{
    if (ended->page && place > 0) {
        atomic_store_explicit(&ended->page[place], 0, memory_order_relaxed);
    }
}

int ct_ended_read(const ct_owners_t *owners, apr_int64_t owner,
                  apr_int64_t ids[CT_ENDED_MOST])
{
    apr_int64_t page[CT_ENDED_MOST + 1];
    int count = 0;
    int i;

    if (pread(owners->file, page, sizeof(page), place_of(owner))
        != (ssize_t)sizeof(page) || page[0] != owner) {
        return 0;
    }
    for (i = 1; i <= CT_ENDED_MOST; ++i) {
        if (page[i]) {
            ids[count++] = page[i];
        }
    }
    return count;
}
