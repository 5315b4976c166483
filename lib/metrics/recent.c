/* SPDX-License-Identifier: Apache-2.0 */
/* recent: of what was noted the youngest that is old enough is taken, so the
 * last minute is up to ten seconds longer, and the last half hour up to a
 * minute; how long it was is said. Before there is any that old it is what was
 * counted since the start. The one that is written over is the oldest, which
 * nobody needs. */
#include "recent.h"

#include <string.h>

#include "counters.h"
#include "name_ids.h"

#define MINUTE apr_time_from_sec(60)

#define WORDS (sizeof(ct_numbers_t) / sizeof(apr_uint64_t))

typedef union numbers_t {
    ct_numbers_t numbers;
    apr_uint64_t words[WORDS];
} numbers_t;

static void write_names(ct_past_t *past, apr_time_t now)
{
    char text[CT_SNAPSHOT_NAME_SIZE];
    unsigned int name, i;

    atomic_store(&past->when, 0);
    for (name = 0; name < CT_SCOREBOARD_NAMES; ++name) {
        numbers_t read;

        if (!ct_name_ids_text(name, text)) {
            continue;
        }
        ct_snapshot_read_name(&read.numbers, name);
        if (read.numbers.recorded == 0) {
            continue;
        }
        for (i = 0; i < WORDS; ++i) {
            atomic_store_explicit(&past->names[name][i], read.words[i],
                                  memory_order_relaxed);
        }
    }
    atomic_store(&past->when, now);
}

static ct_past_t *oldest(ct_past_t *pasts, int count)
{
    ct_past_t *past = pasts;
    int i;

    for (i = 1; i < count; ++i) {
        past = atomic_load(&pasts[i].when) < atomic_load(&past->when)
               ? &pasts[i] : past;
    }
    return past;
}

static apr_time_t youngest(ct_past_t *pasts, int count)
{
    apr_time_t when = 0;
    int i;

    for (i = 0; i < count; ++i) {
        apr_time_t its = atomic_load(&pasts[i].when);

        when = its > when ? its : when;
    }
    return when;
}

void ct_recent_sample(apr_time_t now)
{
    ct_shared_t *shared = ct_scoreboard_shared();
    apr_time_t last = youngest(shared->last_half_hour,
                               CT_SNAPSHOT_LAST_HALF_HOUR);

    write_names(oldest(shared->last_minute, CT_SNAPSHOT_LAST_MINUTE), now);
    if (now - last >= MINUTE - CT_SNAPSHOT_INTERVAL / 2 || now < last) {
        write_names(oldest(shared->last_half_hour, CT_SNAPSHOT_LAST_HALF_HOUR),
                    now);
    }
}

/* @return NULL: none is that old */
static ct_past_t *find(ct_past_t *pasts, int count, apr_time_t until)
{
    ct_past_t *past = NULL;
    int i;

    for (i = 0; i < count; ++i) {
        apr_time_t when = atomic_load(&pasts[i].when);

        if (when && when <= until
            && (!past || when > atomic_load(&past->when))) {
            past = &pasts[i];
        }
    }
    return past;
}

static void read_numbers(ct_numbers_t *numbers, ct_past_t *past,
                         unsigned int name)
{
    numbers_t read;
    unsigned int i;

    memset(&read, 0, sizeof(read));
    for (i = 0; past && i < WORDS; ++i) {
        read.words[i] = atomic_load_explicit(&past->names[name][i],
                                             memory_order_relaxed);
    }
    *numbers = read.numbers;
}

static void subtract(apr_uint64_t *number, apr_uint64_t before)
{
    *number = *number > before ? *number - before : 0;
}

static void subtract_histogram(ct_histogram_t *histogram,
                               const ct_histogram_t *before)
{
    int i;

    histogram->count = 0;
    for (i = 0; i < CT_HISTOGRAM_BUCKETS; ++i) {
        subtract(&histogram->buckets[i], before->buckets[i]);
        histogram->count += histogram->buckets[i];
    }
    subtract(&histogram->sum, before->sum);
}

static void read_name(ct_recent_t *recent, const ct_numbers_t *now,
                      ct_past_t *past, unsigned int name)
{
    ct_numbers_t *grown = &recent->numbers;
    ct_numbers_t before;

    read_numbers(&before, past, name);
    *grown = *now;
    subtract(&grown->recorded, before.recorded);
    subtract(&grown->ran, before.ran);
    subtract(&grown->failed, before.failed);
    subtract(&grown->retries, before.retries);
    subtract(&grown->no_go, before.no_go);
    subtract(&grown->cancelled, before.cancelled);
    subtract(&grown->rejected, before.rejected);
    subtract(&grown->stopped, before.stopped);
    subtract(&grown->lost, before.lost);
    subtract(&grown->kept, before.kept);
    grown->open = grown->waiting = grown->running = 0;
    subtract_histogram(&grown->wait, &before.wait);
    subtract_histogram(&grown->run, &before.run);
}

static apr_interval_time_t age(const ct_snapshot_t *snapshot, ct_past_t *past)
{
    apr_time_t since = past ? atomic_load(&past->when) : snapshot->since;

    return snapshot->now > since ? snapshot->now - since : 1;
}

void ct_recent_read(ct_snapshot_t *snapshot)
{
    ct_shared_t *shared = ct_scoreboard_shared();
    ct_past_t *minute = find(shared->last_minute, CT_SNAPSHOT_LAST_MINUTE,
                             snapshot->now - MINUTE);
    ct_past_t *half_hour = find(shared->last_half_hour,
                                CT_SNAPSHOT_LAST_HALF_HOUR,
                                snapshot->now - 30 * MINUTE);
    int i;

    snapshot->minute.took = age(snapshot, minute);
    snapshot->half_hour.took = age(snapshot, half_hour);
    for (i = 0; i < snapshot->name_count; ++i) {
        ct_snapshot_name_t *name = &snapshot->names[i];

        name->minute.took = snapshot->minute.took;
        name->half_hour.took = snapshot->half_hour.took;
        read_name(&name->minute, &name->numbers, minute, name->number);
        read_name(&name->half_hour, &name->numbers, half_hour, name->number);
        ct_counters_add(&snapshot->minute.numbers, &name->minute.numbers);
        ct_counters_add(&snapshot->half_hour.numbers,
                        &name->half_hour.numbers);
    }
}
