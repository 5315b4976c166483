/* SPDX-License-Identifier: Apache-2.0 */
/* trouble: a sync that failed is final. The kernel may have forgotten what it
 * could not write, so that the next sync succeeds and proves nothing, and what
 * any process has committed later lies behind a torn place of the log. From
 * then on no process puts anything, nor copies anything of the log into the
 * file, until the log has been written once more, and then copied, and each
 * has been synced. */
#include "inside.h"

#include <stdatomic.h>

int ct_store_is_broken(int rc)
{
    return (rc & 0xff) == SQLITE_CORRUPT || (rc & 0xff) == SQLITE_NOTADB;
}

int ct_store_is_unfit(const ct_store_t *store)
{
    return atomic_load(&store->settings.shared->unfit) & 1;
}

/* Once more if it is unfit already, so that who is about to heal it does not
 * take this failure for healed, too. */
static void become_unfit(ct_store_t *store)
{
    ct_store_gauges_t *gauges = &store->settings.shared->gauges;
    ct_store_numbers_t *numbers;
    _Atomic apr_uint32_t *unfit = &store->settings.shared->unfit;
    apr_uint32_t before = atomic_load(unfit);

    while (!atomic_compare_exchange_weak(unfit, &before,
                                         before + (before & 1 ? 2 : 1))) {
    }
    store->next_look = 0;
    numbers = ct_store_gauges_open(gauges);
    ct_store_gauges_note(&numbers->unfit_since, 1, apr_time_now());
    ct_store_gauges_close(gauges);
    if (!(before & 1)) {
        ct_store_tell(store, CT_STORE_UNFIT, "%s: a sync has failed; nothing "
                      "is put until all that was written is on the disk",
                      store->settings.path);
    }
}

void ct_store_heal(ct_store_t *store)
{
    ct_store_gauges_t *gauges = &store->settings.shared->gauges;
    _Atomic apr_uint32_t *unfit = &store->settings.shared->unfit;
    apr_uint32_t before = atomic_load(unfit);
    int rc;

    if (!(before & 1)) {
        return;
    }
    rc = ct_db_save_log(&store->db, CT_STORE_PATIENCE);
    if (rc == SQLITE_OK) {
        rc = ct_db_empty_log(&store->db);
    }
    if (rc == SQLITE_OK
        && atomic_compare_exchange_strong(unfit, &before, before + 1)) {
        ct_store_gauges_open(gauges)->unfit_since = 0;
        ct_store_gauges_close(gauges);
        ct_store_tell(store, CT_STORE_FIT, "%s: all that was written is on "
                      "the disk again", store->settings.path);
    }
    else if (ct_store_is_broken(rc)) {
        ct_store_put_aside(store);
    }
}

static void become_full(ct_store_t *store)
{
    int was_full;

    pthread_mutex_lock(&store->lock);
    was_full = store->is_full;
    store->is_full = 1;
    pthread_mutex_unlock(&store->lock);
    store->next_look = apr_time_now() + APR_USEC_PER_SEC;
    if (!was_full) {
        ct_store_tell(store, CT_STORE_FULL, "%s: the disk is full",
                      store->settings.path);
    }
}

void ct_store_judge(ct_store_t *store, int rc, const char *what)
{
    apr_time_t now;

    if (rc == SQLITE_OK || rc == SQLITE_ABORT || (rc & 0xff) == SQLITE_BUSY) {
        return;
    }
    if ((rc & 0xff) == SQLITE_FULL) {
        become_full(store);
        return;
    }
    now = apr_time_now();
    if (now >= store->next_tell) {
        store->next_tell = now + apr_time_from_sec(60);
        ct_store_tell(store, CT_STORE_FAILED, "%s: cannot %s: %s",
                      store->settings.path, what, sqlite3_errstr(rc));
    }
    if (rc == SQLITE_IOERR_FSYNC || rc == SQLITE_IOERR_DIR_FSYNC) {
        become_unfit(store);
    }
    else if (ct_store_is_broken(rc)) {
        ct_store_put_aside(store);
    }
}

void ct_store_tend_log(ct_store_t *store)
{
    if (!ct_store_is_unfit(store)) {
        ct_store_judge(store, ct_db_tend_log(&store->db), "empty the log");
    }
}
