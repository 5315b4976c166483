/* SPDX-License-Identifier: Apache-2.0 */
/* history: a ring that one process writes, and that anybody reads without a
 * lock: the number of samples made is raised behind each, and the oldest one,
 * which may be about to be written over, is left out. */
#include "history.h"

#include <string.h>

#include "children.h"
#include "mpm_common.h"
#include "recent.h"

/* The hook comes about as often as wanted; do not leave every other one out
 * because it was a little early. */
#define EARLIEST (CT_SNAPSHOT_INTERVAL * 9 / 10)

typedef union {
    ct_snapshot_sample_t sample;
    apr_uint64_t words[CT_SCOREBOARD_SAMPLE];
} sample_t;

static apr_time_t last_sample;       /* the parent's */

static void take_sample(sample_t *taken)
{
    ct_snapshot_sample_t *sample = &taken->sample;
    ct_snapshot_t snapshot;

    ct_snapshot_read_now(&snapshot);
    sample->when = snapshot.now;
    sample->recorded = snapshot.total.recorded;
    sample->ran = snapshot.total.ran;
    sample->failed = snapshot.total.failed;
    sample->retries = snapshot.total.retries;
    sample->no_go = snapshot.total.no_go;
    sample->cancelled = snapshot.total.cancelled;
    sample->rejected = snapshot.total.rejected;
    sample->stopped = snapshot.total.stopped;
    sample->lost = snapshot.total.lost;
    sample->kept = snapshot.total.kept;
    sample->waiting = snapshot.waiting.now;
    sample->scheduled = snapshot.scheduled;
    sample->running = snapshot.running.now;
    sample->threads = snapshot.threads.now;
}

static void write_sample(ct_shared_t *shared, const sample_t *sample)
{
    apr_uint64_t number = atomic_load(&shared->samples_made);
    unsigned int i;

    for (i = 0; i < CT_SCOREBOARD_SAMPLE; ++i) {
        atomic_store_explicit(
            &shared->samples[number % CT_SNAPSHOT_SAMPLES][i],
            sample->words[i], memory_order_relaxed);
    }
    atomic_store_explicit(&shared->samples_made, number + 1,
                          memory_order_release);
}

static int monitor(apr_pool_t *p, server_rec *s)
{
    apr_time_t now = apr_time_now();
    sample_t sample;

    if (ct_scoreboard_is_shared()
        && (now - last_sample >= EARLIEST || now < last_sample)) {
        take_sample(&sample);
        write_sample(ct_scoreboard_shared(), &sample);
        ct_children_sample(now);
        ct_recent_sample(now);
        last_sample = now;
    }
    return DECLINED;
}

int ct_history_read(ct_snapshot_sample_t **samples, apr_pool_t *p)
{
    ct_shared_t *shared = ct_scoreboard_shared();
    apr_uint64_t end = atomic_load_explicit(&shared->samples_made,
                                            memory_order_acquire);
    apr_uint64_t number = end < CT_SNAPSHOT_SAMPLES
                              ? 0
                              : end - CT_SNAPSHOT_SAMPLES + 1;
    int count = (int)(end - number);
    unsigned int i;

    *samples = apr_palloc(p, ((apr_size_t)count + 1) * sizeof(**samples));
    for (count = 0; number < end; ++number, ++count) {
        ct_counter_t *words = shared->samples[number % CT_SNAPSHOT_SAMPLES];
        sample_t sample;

        for (i = 0; i < CT_SCOREBOARD_SAMPLE; ++i) {
            sample.words[i] = atomic_load_explicit(&words[i],
                                                   memory_order_relaxed);
        }
        (*samples)[count] = sample.sample;
    }
    return count;
}

void ct_history_register(void)
{
    ap_hook_monitor(monitor, NULL, NULL, APR_HOOK_MIDDLE);
}
