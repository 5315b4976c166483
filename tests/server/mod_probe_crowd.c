/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How many run at once over all children: each task locks one of so many
 * files, and says so if all of them are locked. The kernel lets a lock go when
 * its process is gone, however it went, and does so before the parent is told.
 *
 * Thread: a task's.
 * Lifetime: a lock is held while the task runs.
 */
#include "mod_probe.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "apr_strings.h"

/* A lock belongs to what open() made, so that of a thread of this process
 * excludes another thread's, too. @return -1: it is locked */
static int lock_place(int number)
{
    char path[200];
    int file;

    apr_snprintf(path, sizeof(path), "%s/place-%d", probe_gates, number);
    file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    ap_assert(file >= 0);
    if (flock(file, LOCK_EX | LOCK_NB) != 0) {
        close(file);
        return -1;
    }
    return file;
}

int probe_crowd_enter(const probe_order_t *order)
{
    probe_line_t line;
    int place = -1;
    int i;

    for (i = 0; i < order->crowd && place < 0; ++i) {
        place = lock_place(i);
    }
    if (place < 0 && order->crowd > 0) {
        probe_line_begin(&line, "crowded");
        probe_line_add(&line, "tag", order->tag);
        probe_line_end(&line);
    }
    return place;
}

void probe_crowd_leave(int place)
{
    if (place >= 0) {
        close(place);
    }
}
