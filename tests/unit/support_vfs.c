/* SPDX-License-Identifier: Apache-2.0 */
/* support_vfs: see support_vfs.h. Each file is its own struct followed by the
 * one of the layer below. */
#include "support_vfs.h"

#include "support_power.h"

#include <sqlite3.h>

#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

typedef struct {
    sqlite3_file base;
    sqlite3_file *below;
    int number;                      /* in the log: 0 database, 1 its log */
} file_t;

typedef struct {
    atomic_int calls;
    atomic_int after;
    atomic_int count;
    atomic_int rc;
} plan_t;

static struct {
    plan_t plans[VFS_KINDS];
    atomic_int hold;                 /* 1 to be held, 2 held, 0 go */
    atomic_int is_logging;
    atomic_llong stamp;
} *shared;

static sqlite3_vfs *below;
static sqlite3_vfs shim;
static sqlite3_io_methods methods;
static int log_file = -1;

static file_t *of(sqlite3_file *file)
{
    return (file_t *)file;
}

static int planned(vfs_kind_e kind)
{
    plan_t *plan = &shared->plans[kind];

    atomic_fetch_add(&plan->calls, 1);
    if (atomic_load(&plan->count) == 0
        || atomic_fetch_sub(&plan->after, 1) > 0) {
        return SQLITE_OK;
    }
    if (atomic_load(&plan->count) > 0) {
        atomic_fetch_sub(&plan->count, 1);
    }
    return atomic_load(&plan->rc);
}

void vfs_fail(vfs_kind_e kind, int after, int count, int rc)
{
    plan_t *plan = &shared->plans[kind];

    atomic_store(&plan->rc, rc);
    atomic_store(&plan->after, after);
    atomic_store(&plan->count, count);
}

int vfs_calls(vfs_kind_e kind)
{
    return atomic_load(&shared->plans[kind].calls);
}

static void nap(void)
{
    const struct timespec time = { 0, 1000000 };

    nanosleep(&time, NULL);
}

void vfs_hold_sync(void)
{
    atomic_store(&shared->hold, 1);
}

int vfs_is_held(void)
{
    int tries = 60000;

    while (atomic_load(&shared->hold) != 2 && --tries > 0) {
        nap();
    }
    return tries > 0;
}

void vfs_let_go(void)
{
    atomic_store(&shared->hold, 0);
}

static void hold_if_wanted(void)
{
    int wanted = 1;

    if (atomic_compare_exchange_strong(&shared->hold, &wanted, 2)) {
        while (atomic_load(&shared->hold) == 2) {
            nap();
        }
    }
}

/* ---- the log ---- */

void vfs_log_to(const char *path)
{
    if (log_file >= 0) {
        close(log_file);
        log_file = -1;
    }
    if (path) {
        log_file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC,
                        0600);
    }
    atomic_store(&shared->is_logging, path != NULL);
}

void power_note(const power_entry_t *entry, const void *bytes)
{
    apr_size_t size = power_size(entry);
    char *copy;

    if (!atomic_load(&shared->is_logging)) {
        return;
    }
    copy = calloc(1, size);
    memcpy(copy, entry, sizeof(*entry));
    if (entry->length > 0) {
        memcpy(copy + sizeof(*entry), bytes, (apr_size_t)entry->length);
    }
    if (write(log_file, copy, size) != (ssize_t)size) {
        abort();
    }
    free(copy);
}

static void note(power_kind_e kind, const file_t *file, long long offset,
                 const void *bytes, int length, int is_extra)
{
    power_entry_t entry = { kind, file->number, offset, length, is_extra };

    power_note(&entry, bytes);
}

/* ---- the methods ---- */

static int do_close(sqlite3_file *file)
{
    return of(file)->below->pMethods->xClose(of(file)->below);
}

static int do_read(sqlite3_file *file, void *to, int length,
                   sqlite3_int64 offset)
{
    return of(file)->below->pMethods->xRead(of(file)->below, to, length,
                                            offset);
}

/* Noted behind it: what is read in the log has happened by then, and who
 * writes to the same place holds a lock. */
static int do_write(sqlite3_file *file, const void *from, int length,
                    sqlite3_int64 offset)
{
    int rc = planned(VFS_WRITE);

    if (rc == SQLITE_OK) {
        rc = of(file)->below->pMethods->xWrite(of(file)->below, from, length,
                                               offset);
        note(POWER_WRITE, of(file), offset, from, length, 0);
    }
    return rc;
}

static int do_truncate(sqlite3_file *file, sqlite3_int64 length)
{
    int rc = planned(VFS_WRITE);

    if (rc == SQLITE_OK) {
        rc = of(file)->below->pMethods->xTruncate(of(file)->below, length);
        note(POWER_TRUNCATE, of(file), length, NULL, 0, 0);
    }
    return rc;
}

static int do_sync(sqlite3_file *file, int flags)
{
    int rc = planned(VFS_SYNC);

    hold_if_wanted();
    if (rc != SQLITE_OK) {
        note(POWER_FORGOTTEN, of(file), 0, NULL, 0, 0);
        return (rc & 0xff) == SQLITE_IOERR ? SQLITE_IOERR_FSYNC : rc;
    }
    if (atomic_load(&shared->is_logging)) {
        long long stamp = atomic_fetch_add(&shared->stamp, 1) + 1;

        note(POWER_SYNC, of(file), stamp, NULL, 0,
             flags & SQLITE_SYNC_DATAONLY);
        note(POWER_SYNCED, of(file), stamp, NULL, 0,
             flags & SQLITE_SYNC_DATAONLY);
        return SQLITE_OK;
    }
    return of(file)->below->pMethods->xSync(of(file)->below, flags);
}

static int do_size(sqlite3_file *file, sqlite3_int64 *size)
{
    return of(file)->below->pMethods->xFileSize(of(file)->below, size);
}

static int do_lock(sqlite3_file *file, int kind)
{
    return of(file)->below->pMethods->xLock(of(file)->below, kind);
}

static int do_unlock(sqlite3_file *file, int kind)
{
    return of(file)->below->pMethods->xUnlock(of(file)->below, kind);
}

static int do_check_lock(sqlite3_file *file, int *result)
{
    return of(file)->below->pMethods->xCheckReservedLock(of(file)->below,
                                                         result);
}

static int do_control(sqlite3_file *file, int what, void *data)
{
    return of(file)->below->pMethods->xFileControl(of(file)->below, what,
                                                   data);
}

static int do_sector_size(sqlite3_file *file)
{
    return of(file)->below->pMethods->xSectorSize(of(file)->below);
}

static int do_device(sqlite3_file *file)
{
    return of(file)->below->pMethods->xDeviceCharacteristics(of(file)->below);
}

static int do_shm_map(sqlite3_file *file, int page, int size, int extend,
                      void volatile **at)
{
    return of(file)->below->pMethods->xShmMap(of(file)->below, page, size,
                                              extend, at);
}

static int do_shm_lock(sqlite3_file *file, int offset, int count, int flags)
{
    return of(file)->below->pMethods->xShmLock(of(file)->below, offset, count,
                                               flags);
}

static void do_shm_barrier(sqlite3_file *file)
{
    of(file)->below->pMethods->xShmBarrier(of(file)->below);
}

static int do_shm_unmap(sqlite3_file *file, int is_delete)
{
    return of(file)->below->pMethods->xShmUnmap(of(file)->below, is_delete);
}

static int do_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file,
                   int flags, int *out_flags)
{
    int rc;

    of(file)->below = (sqlite3_file *)(of(file) + 1);
    of(file)->number = (flags & SQLITE_OPEN_WAL) ? 1 : 0;
    rc = below->xOpen(below, name, of(file)->below, flags, out_flags);
    file->pMethods = of(file)->below->pMethods ? &methods : NULL;
    return rc;
}

void vfs_install(void)
{
    if (shared) {
        memset((void *)shared, 0, sizeof(*shared));
        vfs_log_to(NULL);
        return;
    }
    below = sqlite3_vfs_find(NULL);
    shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
                  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    shim = *below;
    shim.zName = "shim";
    shim.szOsFile = below->szOsFile + (int)sizeof(file_t);
    shim.xOpen = do_open;
    methods = (sqlite3_io_methods){
        2, do_close, do_read, do_write, do_truncate, do_sync, do_size,
        do_lock, do_unlock, do_check_lock, do_control, do_sector_size,
        do_device, do_shm_map, do_shm_lock, do_shm_barrier, do_shm_unmap,
        NULL, NULL
    };
    sqlite3_vfs_register(&shim, 1);
}
