/* SPDX-License-Identifier: Apache-2.0 */
/* owners: locks of the open file description (Linux, POSIX since 2024). The
 * older ones of POSIX are lost as soon as anybody in the process closes a
 * descriptor of the file; flock() would need a file for each. There is no
 * lease that is too short or too long, no heartbeat that is late, and no
 * process id that is used again. A child that was forked has the lock until it
 * becomes another program. */
#include "owners.h"

#include "apr_errno.h"
#include "apr_strings.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#ifndef F_OFD_SETLK
#error "mod_crosstown_store needs F_OFD_SETLK; without it: make STORE_FOUND="
#endif

const char *ct_owners_path(apr_pool_t *p, const char *path)
{
    return apr_pstrcat(p, path, ".owners", NULL);
}

apr_status_t ct_owners_open(ct_owners_t *owners, apr_pool_t *p,
                            const char *path)
{
    owners->file = open(ct_owners_path(p, path), O_RDWR | O_CLOEXEC);
    return owners->file < 0 ? errno : APR_SUCCESS;
}

void ct_owners_close(ct_owners_t *owners)
{
    if (owners->file >= 0) {
        close(owners->file);
        owners->file = -1;
    }
}

static struct flock lock_at(apr_int64_t id, short type)
{
    struct flock lock = { 0 };

    lock.l_type = type;
    lock.l_whence = SEEK_SET;
    lock.l_start = (off_t)id;         /* they are counted, from 1 */
    lock.l_len = 1;
    return lock;
}

apr_status_t ct_owners_be(ct_owners_t *owners, apr_int64_t id)
{
    struct flock lock = lock_at(id, F_WRLCK);

    if (fcntl(owners->file, F_OFD_SETLK, &lock) == 0) {
        return APR_SUCCESS;
    }
    return errno == EACCES ? APR_EAGAIN : errno;
}

int ct_owners_is_alive(const ct_owners_t *owners, apr_int64_t id)
{
    struct flock lock = lock_at(id, F_WRLCK);

    return fcntl(owners->file, F_OFD_GETLK, &lock) || lock.l_type != F_UNLCK;
}

apr_status_t ct_owners_lock(ct_owners_t *owners)
{
    struct flock lock = lock_at(0, F_WRLCK);
    int rc;

    do {
        rc = fcntl(owners->file, F_OFD_SETLKW, &lock);
    } while (rc && errno == EINTR);
    return rc ? errno : APR_SUCCESS;
}

void ct_owners_unlock(ct_owners_t *owners)
{
    struct flock lock = lock_at(0, F_UNLCK);

    fcntl(owners->file, F_OFD_SETLK, &lock);
}
