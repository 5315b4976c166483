/* SPDX-License-Identifier: Apache-2.0 */
/* check: as the kernel would judge for a user that we are not yet; root may do
 * all, so to try it here would say nothing. Groups that the user is in besides
 * its own are not known here: whoever relies on these is refused. */
#include "check.h"

#include "files.h"

#include "apr_strings.h"
#include "apr_user.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

/* What POSIX's own statvfs() does not tell: on what a directory is. Where
 * nobody tells nobody is warned. */
#if defined(__linux__) && !defined(CT_PORTABLE)
#include <sys/vfs.h>
#define TELLS_SYSTEMS 1
#else
#define TELLS_SYSTEMS 0
#endif

static int may(const struct stat *info, uid_t user, gid_t group, mode_t bits)
{
    mode_t shift = info->st_uid == user ? 6 : info->st_gid == group ? 3 : 0;

    return user == 0 || (info->st_mode >> shift & bits) == bits;
}

static const char *name_of(apr_pool_t *p, uid_t user)
{
    char *name;

    return apr_uid_name_get(&name, user, p) == APR_SUCCESS ? name
        : apr_psprintf(p, "%d", (int)user);
}

/* From the root on. @return the first that user may not pass, or NULL */
static const char *closed_parent(apr_pool_t *p, const char *directory,
                                 uid_t user, gid_t group)
{
    char *path = apr_pstrdup(p, directory);
    char *slash;
    struct stat info;

    for (slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1,
                                                              '/')) {
        *slash = '\0';
        if (stat(path, &info) == 0 && !may(&info, user, group, 1)) {
            return path;
        }
        *slash = '/';
    }
    return NULL;
}

static const char *words_of(apr_pool_t *p, int error)
{
    char words[120];

    return apr_pstrdup(p, apr_strerror(error, words, sizeof(words)));
}

static const char *check_directory(apr_pool_t *p, const char *directory,
                                   uid_t user, gid_t group)
{
    const char *name = name_of(p, user);
    const char *closed = closed_parent(p, directory, user, group);
    struct statvfs system;
    struct stat info;

    if (stat(directory, &info)) {
        return apr_psprintf(p, "the directory %s: %s; make it with \"install "
                            "-d -m 0700 -o %s %s\"", directory,
                            words_of(p, errno), name, directory);
    }
    if (!S_ISDIR(info.st_mode)) {
        return apr_psprintf(p, "%s is no directory", directory);
    }
    if (closed) {
        return apr_psprintf(p, "the server's user (%s) may not pass through "
                            "the directory %s; choose another place, or "
                            "\"chmod o+x %s\"", name, closed, closed);
    }
    if (statvfs(directory, &system) == 0 && system.f_flag & ST_RDONLY) {
        return apr_psprintf(p, "the file system of the directory %s is "
                            "read-only; choose another place", directory);
    }
    return may(&info, user, group, 7) ? NULL
        : apr_psprintf(p, "the server's user (%s) may not write into the "
                       "directory %s; \"chown %s %s\"", name, directory, name,
                       directory);
}

/* One that is not there will be made. */
static const char *check_file(apr_pool_t *p, const char *path, uid_t user,
                              gid_t group)
{
    const char *name = name_of(p, user);
    struct stat info;

    if (lstat(path, &info)) {
        return errno == ENOENT ? NULL
            : apr_psprintf(p, "%s: %s", path, words_of(p, errno));
    }
    if (!S_ISREG(info.st_mode)) {
        return apr_psprintf(p, "%s is no regular file", path);
    }
    return may(&info, user, group, 6) ? NULL
        : apr_psprintf(p, "the server's user (%s) may not write to %s, which "
                       "is %s's; \"chown %s %s\"", name, path,
                       name_of(p, info.st_uid), name, path);
}

/* What SQLite and we make beside the file is judged like it. */
static const char *const suffixes[] = { "", "-wal", "-shm", ".owners", NULL };

const char *ct_check_place(apr_pool_t *p, const char *path, uid_t user,
                           gid_t group)
{
    const char *wrong = check_directory(p, ct_files_directory(p, path), user,
                                        group);
    int i;

    for (i = 0; suffixes[i] && !wrong; ++i) {
        wrong = check_file(p, apr_pstrcat(p, path, suffixes[i], NULL), user,
                           group);
    }
    return wrong;
}

/* ---- doubts ---- */

#if TELLS_SYSTEMS

#define NO_REBOOT "nothing survives a reboot"
#define NO_LOCKS  "locks and syncs cannot be relied upon"

/* By statfs(2); numbers of Linux. */
static const struct {
    apr_uint32_t magic;
    const char *name;
    const char *harm;
} doubtful[] = {
    { 0x01021994, "tmpfs", NO_REBOOT },
    { 0x858458f6, "ramfs", NO_REBOOT },
    { 0x794c7630, "an overlay", "a container's files go with it" },
    { 0x00006969, "NFS", NO_LOCKS },
    { 0xff534d42, "CIFS", NO_LOCKS },
    { 0xfe534d42, "SMB", NO_LOCKS },
    { 0x0000517b, "SMB", NO_LOCKS },
    { 0x01021997, "9p", NO_LOCKS },
    { 0x65735546, "FUSE", NO_LOCKS },
    { 0x00c36400, "Ceph", NO_LOCKS },
    { 0x5346414f, "AFS", NO_LOCKS },
    { 0x6b414653, "AFS", NO_LOCKS },
    { 0x0bd00bd0, "Lustre", NO_LOCKS },
    { 0x47504653, "GPFS", NO_LOCKS },
    { 0x7461636f, "OCFS2", NO_LOCKS },
    { 0x01161970, "GFS2", NO_LOCKS },
    { 0x786f4256, "a folder of VirtualBox", NO_LOCKS },
};

static const char *doubt_of_system(apr_pool_t *p, const char *directory)
{
    struct statfs system;
    apr_size_t i;

    if (statfs(directory, &system)) {
        return NULL;
    }
    for (i = 0; i < sizeof(doubtful) / sizeof(doubtful[0]); ++i) {
        if (doubtful[i].magic == (apr_uint32_t)system.f_type) {
            return apr_psprintf(p, "%s is on %s, where %s; choose a directory "
                                "on a local disk", directory, doubtful[i].name,
                                doubtful[i].harm);
        }
    }
    return NULL;
}

#else

static const char *doubt_of_system(apr_pool_t *p, const char *directory)
{
    (void)p;
    (void)directory;
    return NULL;
}

#endif

static void add(apr_array_header_t *doubts, const char *words)
{
    if (words) {
        APR_ARRAY_PUSH(doubts, const char *) = words;
    }
}

const apr_array_header_t *ct_check_doubts(apr_pool_t *p, const char *path)
{
    apr_array_header_t *doubts = apr_array_make(p, 2, sizeof(char *));
    const char *directory = ct_files_directory(p, path);
    struct stat info;

    add(doubts, doubt_of_system(p, directory));
    if (stat(directory, &info) == 0 && info.st_mode & 0022) {
        add(doubts, apr_psprintf(p, "others may write into the directory %s, "
                                 "and put files of their own in the place of "
                                 "the store's; \"chmod 0700 %s\"", directory,
                                 directory));
    }
    if (stat(path, &info) == 0 && info.st_mode & 0077) {
        add(doubts, apr_psprintf(p, "others may read or write what tasks are "
                                 "about; \"chmod 0600 %s\"", path));
    }
    return doubts;
}
