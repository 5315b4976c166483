/* SPDX-License-Identifier: Apache-2.0 */
/* support_vfs: files that can be told to fail, for SQLite: a layer over its
 * own. In memory that forked processes share. */
#ifndef SUPPORT_VFS_H
#define SUPPORT_VFS_H

typedef enum {
    VFS_WRITE,                       /* and truncate */
    VFS_SYNC,
    VFS_KINDS
} vfs_kind_e;

/** Be SQLite's default from now on; nothing fails yet. */
void vfs_install(void);

/** Of this kind the next `after` calls go well, then `count` fail with rc;
 *  -1: all. */
void vfs_fail(vfs_kind_e kind, int after, int count, int rc);

/** How many calls of a kind there were since vfs_install(). */
int vfs_calls(vfs_kind_e kind);

/** The next sync stays inside until vfs_let_go(). */
void vfs_hold_sync(void);

/** Wait until it is inside; 0: it did not come. */
int vfs_is_held(void);
void vfs_let_go(void);

/** Write down all that is written from now on, and do not really sync; NULL:
 *  no longer. See support_power.h. */
void vfs_log_to(const char *path);

#endif
