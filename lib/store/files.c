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
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

#define KEEP_FREE  (16 * 1024 * 1024)
#define KEEP_SHARE 50                /* or a 50th */

static const char *directory_of(apr_pool_t *p, const char *path)
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

/* As the kernel would, for a user that we are not yet. */
static int may(const struct stat *info, uid_t user, gid_t group, mode_t bits)
{
    mode_t shift = info->st_uid == user ? 6 : info->st_gid == group ? 3 : 0;

    return user == 0 || (info->st_mode >> shift & bits) == bits;
}

const char *ct_files_check(apr_pool_t *p, const char *path, uid_t user,
                           gid_t group)
{
    const char *directory = directory_of(p, path);
    struct stat info;

    if (stat(directory, &info)) {
        return apr_psprintf(p, "the directory %s: %s; make it with \"install "
                            "-d -m 0700 -o USER %s\"", directory,
                            strerror(errno), directory);
    }
    if (!S_ISDIR(info.st_mode)) {
        return apr_psprintf(p, "%s is no directory", directory);
    }
    if (!may(&info, user, group, 7)) {
        return apr_psprintf(p, "the server's user (%d) may not write into the "
                            "directory %s; give it to that user with chown",
                            (int)user, directory);
    }
    if (lstat(path, &info)) {
        return errno == ENOENT ? NULL
            : apr_psprintf(p, "%s: %s", path, strerror(errno));
    }
    if (!S_ISREG(info.st_mode)) {
        return apr_psprintf(p, "%s is no regular file", path);
    }
    return may(&info, user, group, 6) ? NULL
        : apr_psprintf(p, "the server's user (%d) may not write to %s; give "
                       "it to that user with chown", (int)user, path);
}

const char *ct_files_bad_system(apr_pool_t *p, const char *path)
{
    static const struct {
        apr_uint32_t magic;
        const char *name;
    } bad[] = {
        { 0x01021994, "tmpfs" }, { 0x858458f6, "ramfs" }, { 0x6969, "NFS" },
        { 0xff534d42, "CIFS" }, { 0xfe534d42, "SMB" }, { 0x01021997, "9p" },
    };
    struct statfs system;
    apr_size_t i;

    if (statfs(directory_of(p, path), &system) == 0) {
        for (i = 0; i < sizeof(bad) / sizeof(bad[0]); ++i) {
            if (bad[i].magic == (apr_uint32_t)system.f_type) {
                return bad[i].name;
            }
        }
    }
    return NULL;
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

apr_status_t ct_files_sync_directory(apr_pool_t *p, const char *path)
{
    int directory = open(directory_of(p, path), O_RDONLY | O_DIRECTORY
                                                | O_CLOEXEC);
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
