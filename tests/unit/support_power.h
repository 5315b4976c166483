/* SPDX-License-Identifier: Apache-2.0 */
/* support_power: what would be left if the power were cut. All that several
 * processes write is noted, in its order, in one file; then the file's first
 * part is replayed, and of what no sync had covered by then some is lost. */
#ifndef SUPPORT_POWER_H
#define SUPPORT_POWER_H

#include "apr.h"
#include "apr_general.h"

typedef enum {
    POWER_WRITE,
    POWER_TRUNCATE,                  /* offset: the new size */
    POWER_SYNC,                      /* begins; offset: its number */
    POWER_SYNCED,                    /* has ended */
    POWER_FORGOTTEN,                 /* has failed: what was written before is
                                        on the disk or not, and no later sync
                                        changes that */
    POWER_NOTHING,
    POWER_PROMISED                   /* offset: a number that has to be found
                                        from now on */
} power_kind_e;

typedef struct power_entry_t {
    int kind;
    int file;                        /* 0 database, 1 its log */
    long long offset;
    int length;                      /* bytes behind this struct */
    int is_extra;                    /* a sync that SQLite would not do by
                                        itself */
} power_entry_t;

/** Bytes of an entry with what is behind it: the next one is aligned. */
static inline apr_size_t power_size(const power_entry_t *entry)
{
    return sizeof(*entry) + APR_ALIGN((apr_size_t)entry->length, 8);
}

/** Note it, if vfs_log_to() said so. @param bytes  of a write */
void power_note(const power_entry_t *entry, const void *bytes);

typedef struct power_log_t {
    char *bytes;
    apr_size_t size;
    int entries;
} power_log_t;

/** Read what was noted. */
power_log_t power_read(const char *path);

/** As if there were no extra syncs. */
void power_forget_extra(power_log_t *log);

/**
 * Make files as they would be if the power were cut behind that many entries.
 * Of what was not synced each sector of 512 bytes is lost with a chance of
 * `lost` in 4.
 * @param path      of the database to be made; the log is path-wal
 * @param promised  is called for each number that was promised by then
 */
void power_cut(const power_log_t *log, int entries, int lost, unsigned seed,
               const char *path,
               void (*promised)(void *context, long long number),
               void *context);

#endif
