/* SPDX-License-Identifier: Apache-2.0 */
/* files: POSIX, since what matters here (modes, owners, the kind and the room
 * of a file system) is not in APR, or not for another user than ours. SQLite
 * gives its further files the owner and mode of the database. */
#include "files.h"

#include "owners.h"

#include "apr_file_info.h"
#include "apr_strings.h"
#include "apr_time.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define KEEP_FREE  (16 * 1024 * 1024)
#define KEEP_SHARE 50                /* or a 50th */

const char *ct_files_directory(apr_pool_t *p, const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash == path ? "/" : slash
           ? apr_pstrmemdup(p, path, (apr_size_t)(slash - path)) : ".";
}

/* One that is there is left alone: to close a descriptor of it would let go
 * the locks of whoever uses it in this process. */
static apr_status_t make_file(const char *path, uid_t user, gid_t group)
{
    int file = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    int error = 0;

    if (file < 0) {
        return errno == EEXIST ? APR_SUCCESS : errno;
    }
    if (user != (uid_t)-1 && geteuid() == 0 && fchown(file, user, group)) {
        error = errno;
    }
    close(file);
    return error;
}

apr_status_t ct_files_make(apr_pool_t *p, const char *path, uid_t user,
                           gid_t group)
{
    apr_status_t rv = make_file(path, user, group);

    return rv != APR_SUCCESS ? rv
        : make_file(ct_owners_path(p, path), user, group);
}

apr_int64_t ct_files_space(const char *path)
{
    struct statvfs system;
    apr_int64_t unit;
    apr_int64_t keep;
    apr_int64_t free_bytes;

    if (statvfs(path, &system)) {
        return INT64_MAX;
    }
    unit = (apr_int64_t)system.f_frsize;
    keep = (apr_int64_t)system.f_blocks * unit / KEEP_SHARE;
    if (keep < KEEP_FREE) {
        keep = KEEP_FREE;
    }
    free_bytes = (apr_int64_t)system.f_bavail * unit;
    return free_bytes > keep ? free_bytes - keep : 0;
}

/* Every second: nothing of a pool. */
apr_int64_t ct_files_log_size(const char *path)
{
    char log[PATH_MAX];
    struct stat info;

    apr_snprintf(log, sizeof(log), "%s-wal", path);
    return stat(log, &info) ? 0 : (apr_int64_t)info.st_size;
}

apr_status_t ct_files_sync_directory(apr_pool_t *p, const char *path)
{
    int directory = open(ct_files_directory(p, path),
                         O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int error;

    if (directory < 0) {
        return errno;
    }
    error = fsync(directory) ? errno : 0;
    close(directory);
    return error;
}

/* The index of the log is made anew from it. */
apr_status_t ct_files_put_aside(apr_pool_t *p, const char *path,
                                const char **aside)
{
    const char *from = apr_pstrcat(p, path, "-wal", NULL);

    *aside = apr_psprintf(p, "%s.corrupt-%" APR_INT64_T_FMT, path,
                          (apr_int64_t)apr_time_now());
    unlink(apr_pstrcat(p, path, "-shm", NULL));
    if (rename(from, apr_pstrcat(p, *aside, "-wal", NULL))
        && errno != ENOENT) {
        return errno;
    }
    if (rename(path, *aside) && errno != ENOENT) {
        return errno;
    }
    return ct_files_sync_directory(p, path);
}
