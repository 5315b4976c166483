/* SPDX-License-Identifier: Apache-2.0 */
/* prepare: done by the parent, which may be root, before there are children;
 * at a graceful restart those of the last generation are still there. Whoever
 * has not closed the store in order has left his number without a lock: then
 * the whole file is read once. Nor does anybody know any more whether a sync
 * had failed: what the log has is written once more before it is used. */
#include "files.h"
#include "owners.h"
#include "rows.h"
#include "schema.h"
#include "store.h"

#include "apr_strings.h"

#include <string.h>

#define NOT_SOUND SQLITE_CORRUPT

/* To wait for a child of the last generation that writes. */
#define PATIENCE apr_time_from_sec(1)

typedef struct {
    const ct_owners_t *owners;
    int count;
} search_t;

static void count_dead(void *context, apr_int64_t id)
{
    search_t *search = context;

    search->count += !ct_owners_is_alive(search->owners, id);
}

static int check_pages(ct_db_t *db)
{
    sqlite3_stmt *statement;
    int is_sound = 0;
    int rc = sqlite3_prepare_v2(db->handle, "PRAGMA quick_check(1)", -1,
                                &statement, NULL);

    if (rc != SQLITE_OK) {
        return rc;
    }
    if (sqlite3_step(statement) == SQLITE_ROW) {
        const char *word = (const char *)sqlite3_column_text(statement, 0);

        is_sound = word && !strcmp(word, "ok");
    }
    rc = sqlite3_finalize(statement);
    return rc != SQLITE_OK ? rc : is_sound ? SQLITE_OK : NOT_SOUND;
}

static int check_if_unclean(ct_db_t *db, const ct_owners_t *owners)
{
    search_t search = { owners, 0 };
    ct_rows_t rows;
    int rc = ct_rows_open(&rows, db);

    if (rc == SQLITE_OK) {
        rc = ct_rows_owners(&rows, count_dead, &search);
    }
    ct_rows_close(&rows);
    return rc == SQLITE_OK && search.count > 0 ? check_pages(db) : rc;
}

/* Not if somebody has the lock for so long: he lives, and knows. */
static int save_log(ct_db_t *db)
{
    int rc = ct_db_save_log(db, PATIENCE);

    return (rc & 0xff) == SQLITE_BUSY ? SQLITE_OK : rc;
}

static int look_at_file(apr_pool_t *p, const char *path,
                        const ct_owners_t *owners, const char **wrong)
{
    ct_db_t db = { 0 };
    const char *words = NULL;
    int rc = ct_db_open(&db, path);

    if (rc == SQLITE_OK) {
        rc = ct_schema_ensure(&db, &words);
    }
    if (rc == SQLITE_OK) {
        rc = save_log(&db);
    }
    if (rc == SQLITE_OK) {
        rc = check_if_unclean(&db, owners);
    }
    /* Children wait for a lock better than a restart does. */
    *wrong = rc == SQLITE_OK || (rc & 0xff) == SQLITE_BUSY ? NULL
        : apr_psprintf(p, "%s: %s", path, words ? words : ct_db_words(&db));
    ct_db_close(&db);
    return rc;
}

/* The file is made first, so that it belongs to whoever will open it. */
static const char *prepare(apr_pool_t *p, const char *path, uid_t user,
                           gid_t group, ct_owners_t *owners,
                           const char **aside)
{
    const char *wrong = NULL;
    apr_status_t rv = ct_owners_lock(owners);
    int rc = look_at_file(p, path, owners, &wrong);

    rc &= 0xff;
    if (rv == APR_SUCCESS && (rc == SQLITE_CORRUPT || rc == SQLITE_NOTADB)) {
        rv = ct_files_put_aside(p, path, aside);
        if (rv == APR_SUCCESS) {
            rv = ct_files_make(p, path, user, group);
        }
        if (rv == APR_SUCCESS) {
            look_at_file(p, path, owners, &wrong);
        }
    }
    ct_owners_unlock(owners);
    return wrong;
}

const char *ct_store_prepare(apr_pool_t *p, const char *path, uid_t user,
                             gid_t group, const char **aside)
{
    ct_owners_t owners = { -1 };
    char *text = apr_palloc(p, 128);
    const char *wrong;
    apr_status_t rv = ct_files_make(p, path, user, group);

    *aside = NULL;
    if (rv == APR_SUCCESS) {
        rv = ct_owners_open(&owners, p, path);
    }
    if (rv != APR_SUCCESS) {
        return apr_pstrcat(p, path, ": ", apr_strerror(rv, text, 128), NULL);
    }
    wrong = prepare(p, path, user, group, &owners, aside);
    ct_owners_close(&owners);
    return wrong;
}
