/* SPDX-License-Identifier: Apache-2.0 */
/* files: the files of a store, as files: made, looked at, put aside. A store
 * at PATH is PATH, PATH-wal, PATH-shm and PATH.owners.
 * Thread: any.
 * Lifetime: no state. */
#ifndef CT_FILES_H
#define CT_FILES_H

#include "apr_pools.h"

#include <sys/types.h>

/** Make PATH and PATH.owners where they are missing, readable by their owner
 *  only. @param user, group  who is to own them, if we are root; else
 *  (uid_t)-1 */
apr_status_t ct_files_make(apr_pool_t *p, const char *path, uid_t user,
                           gid_t group);

/** The directory of the files. */
const char *ct_files_directory(apr_pool_t *p, const char *path);

/** How many bytes of the file system may be used still, before less than 16 MB
 *  or 2 % are free; 0: none. If it cannot be said: very many. */
apr_int64_t ct_files_space(const char *path);

/** Bytes of the write-ahead log of a store; 0: there is none. */
apr_int64_t ct_files_log_size(const char *path);

/** What is in the directory is on the disk. */
apr_status_t ct_files_sync_directory(apr_pool_t *p, const char *path);

/** Rename the files of a database to PATH.corrupt-TIME...
 *  @param aside  set to the new name of PATH */
apr_status_t ct_files_put_aside(apr_pool_t *p, const char *path,
                                const char **aside);

#endif
