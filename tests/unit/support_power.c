/* SPDX-License-Identifier: Apache-2.0 */
/* support_power: see support_power.h. A write is safe if a sync of its file
 * that began behind it has ended before the cut, unless one that failed has
 * come before. Writes that were not safe are applied in their order, but for
 * the sectors that are lost, as a disk would that writes back what it likes.
 */
#include "support_power.h"

#include "apr_general.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECTOR 512

static const power_entry_t *next(const power_entry_t *entry)
{
    return (const power_entry_t *)((const char *)entry + power_size(entry));
}

power_log_t power_read(const char *path)
{
    power_log_t log = { NULL, 0, 0 };
    FILE *file = fopen(path, "rb");
    struct stat info;
    apr_size_t at = 0;

    if (!file || fstat(fileno(file), &info)) {
        abort();
    }
    log.size = (apr_size_t)info.st_size;
    log.bytes = malloc(log.size + 1);
    if (fread(log.bytes, 1, log.size, file) != log.size) {
        abort();
    }
    fclose(file);
    while (at < log.size) {
        at += power_size((power_entry_t *)(log.bytes + at));
        ++log.entries;
    }
    return log;
}

void power_forget_extra(power_log_t *log)
{
    power_entry_t *entry = (power_entry_t *)log->bytes;
    int i;

    for (i = 0; i < log->entries; ++i) {
        if (entry->is_extra) {
            entry->kind = POWER_NOTHING;
        }
        entry = (power_entry_t *)next(entry);
    }
}

/* What became of the entries of a file. */
typedef struct {
    char *is_safe;                   /* of each entry of the log */
    int *begun;                      /* sync -> entry */
    int settled[2];                  /* file -> up to which it is known */
} fate_t;

static void settle(const power_log_t *log, fate_t *fate, int file, int end,
                   int is_safe)
{
    const power_entry_t *entry = (const power_entry_t *)log->bytes;
    int i;

    for (i = 0; i < end; ++i, entry = next(entry)) {
        if (entry->file == file && i >= fate->settled[file]) {
            fate->is_safe[i] = (char)is_safe;
        }
    }
    if (end > fate->settled[file]) {
        fate->settled[file] = end;
    }
}

/* @return of each entry, to be freed */
static char *find_safe(const power_log_t *log, int entries)
{
    const power_entry_t *entry = (const power_entry_t *)log->bytes;
    apr_size_t size = (apr_size_t)log->entries + 2;
    fate_t fate = { calloc(size, 1), calloc(size, sizeof(int)), { 0, 0 } };
    int i;

    for (i = 0; i < entries; ++i, entry = next(entry)) {
        if (entry->kind == POWER_SYNC) {
            fate.begun[entry->offset] = i;
        }
        else if (entry->kind == POWER_SYNCED) {
            settle(log, &fate, entry->file, fate.begun[entry->offset], 1);
        }
        else if (entry->kind == POWER_FORGOTTEN) {
            settle(log, &fate, entry->file, i, 0);
        }
    }
    free(fate.begun);
    return fate.is_safe;
}

static unsigned draw(unsigned *seed)
{
    *seed = *seed * 1103515245 + 12345;
    return *seed >> 16;
}

static void write_sectors(int file, const power_entry_t *entry, int lost,
                          unsigned *seed)
{
    const char *bytes = (const char *)(entry + 1);
    int at = 0;

    while (at < entry->length) {
        int step = SECTOR - (int)((entry->offset + at) % SECTOR);

        if (step > entry->length - at) {
            step = entry->length - at;
        }
        if ((int)(draw(seed) % 4) >= lost
            && pwrite(file, bytes + at, (size_t)step, entry->offset + at)
               != step) {
            abort();
        }
        at += step;
    }
}

static int make(const char *path)
{
    int file = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    if (file < 0) {
        abort();
    }
    return file;
}

void power_cut(const power_log_t *log, int entries, int lost, unsigned seed,
               const char *path,
               void (*promised)(void *context, long long number),
               void *context)
{
    const power_entry_t *entry = (const power_entry_t *)log->bytes;
    char name[256];
    char *is_safe = find_safe(log, entries);
    int files[2];
    int i;

    snprintf(name, sizeof(name), "%s-wal", path);
    files[0] = make(path);
    files[1] = make(name);
    for (i = 0; i < entries; ++i, entry = next(entry)) {
        if (entry->kind == POWER_WRITE) {
            write_sectors(files[entry->file], entry, is_safe[i] ? 0 : lost,
                          &seed);
        }
        else if (entry->kind == POWER_TRUNCATE
                 && (is_safe[i] || (int)(draw(&seed) % 4) >= lost)
                 && ftruncate(files[entry->file], entry->offset)) {
            abort();
        }
        else if (entry->kind == POWER_PROMISED) {
            promised(context, entry->offset);
        }
    }
    free(is_safe);
    close(files[0]);
    close(files[1]);
}
