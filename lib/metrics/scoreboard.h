/* SPDX-License-Identifier: Apache-2.0 */
/* scoreboard: the memory that the children share, and how it is laid out. A
 * child that starts takes a record, which says that it lives, and counters of
 * its own, which go on from where the child before it left them. A child that
 * finds none of its own free shares the last counters with others of its kind.
 * For the files that count and that read, see accounting.h and snapshot.h;
 * nobody else.
 *
 * Counters take about 265 KB, most of it for names and threads that are not
 * there: the system gives pages to what is written to, so a child with three
 * names and four threads takes about 60 KB.
 *
 * Thread: members are atomic; who writes is said there. A counter that only
 * one thread writes to at a time is still read by others.
 * Lifetime: shared memory of the parent's; it survives children, also killed
 * ones, and restarts. */
#ifndef CT_SCOREBOARD_H
#define CT_SCOREBOARD_H

#include <stdatomic.h>

#include "snapshot.h"
#include "gauges.h"
#include "memory.h"
#include "mod_crosstown.h"

/** The tasks of no name of their own come last. */
#define CT_SCOREBOARD_NAMES (CT_SNAPSHOT_NAMES + 1)

/** Stripes for those who run tasks; the last one is for all the rest. */
#define CT_SCOREBOARD_STRIPES 8

/** Counts: release, read by acquire, so that a task's end is not seen without
 *  its beginning. Words of a text, a sample or a past: relaxed, within what
 *  says that they are there. */
typedef _Atomic apr_uint64_t ct_counter_t;

/** The two histograms of a name. A task that was called is in the first one,
 *  one that ran in the second too. */
typedef enum ct_span_e {
    CT_SPAN_WAIT,
    CT_SPAN_RUN,
    CT_SPANS
} ct_span_e;

/** How long tasks of one name waited and ran. What a short task needs stands
 *  on one cache line. */
typedef struct ct_times_t {
    _Alignas(CT_MEMORY_LINE)
    ct_counter_t sums[CT_SPANS];     /* microseconds */
    ct_counter_t unqueued;           /* of those that were called: never in
                                        the queue */
    ct_counter_t buckets[CT_HISTOGRAM_BUCKETS][CT_SPANS];
    ct_counter_t failed;
    ct_counter_t retries;            /* calls that were not a task's last: not
                                        in the second histogram */
    ct_counter_t resumed;            /* calls that were not its first: not in
                                        the first one */
} ct_times_t;

/** Where one thread at a time counts, by plain additions; in the last one
 *  several do, by atomic ones. */
typedef struct ct_stripe_t {
    ct_times_t times[CT_SCOREBOARD_NAMES];
} ct_stripe_t;

/** Bytes of a log id that are kept, with its end: the server's own have 11,
 *  mod_unique_id's up to 27. */
#define CT_SCOREBOARD_LOG_ID_SIZE 32

/** The same of a client's address and of a traceparent, which has 55. */
#define CT_SCOREBOARD_CLIENT_SIZE 48
#define CT_SCOREBOARD_TRACEPARENT_SIZE 56

/** The same of what it has been described by, see active_tasks.h. */
#define CT_SCOREBOARD_DESCRIBED_SIZE 96

/** Who runs a task takes an entry; the stripe of that number is its own, too.
 *  See active_tasks.h; the orders of its members are in active_tasks.c. */
typedef struct ct_entry_t {
    _Alignas(CT_MEMORY_LINE)
    ct_counter_t state;
    _Atomic apr_int64_t started;
    atomic_int status;
    atomic_uint name;
    atomic_int thread;
    atomic_uint attempt;
    atomic_int pid;                  /* of whoever has it; 0: nobody, or
                                        not said yet */
    ct_counter_t log_id[CT_SCOREBOARD_LOG_ID_SIZE / sizeof(apr_uint64_t)];
    ct_counter_t uri[CT_SNAPSHOT_URI_SIZE / sizeof(apr_uint64_t)];
    _Atomic(struct server_rec *) server;  /* of use to its own child only */
    ct_counter_t client[CT_SCOREBOARD_CLIENT_SIZE / sizeof(apr_uint64_t)];
    ct_counter_t traceparent[CT_SCOREBOARD_TRACEPARENT_SIZE
                             / sizeof(apr_uint64_t)];
    _Atomic(crosstown_fn_t *) fn;    /* an address of that child's */
    ct_counter_t target[CT_SCOREBOARD_DESCRIBED_SIZE / sizeof(apr_uint64_t)];
    ct_counter_t by[CT_SCOREBOARD_DESCRIBED_SIZE / sizeof(apr_uint64_t)];
} ct_entry_t;

/** What those who bring tasks count. */
typedef struct ct_arrivals_t {
    _Alignas(CT_MEMORY_LINE) ct_counter_t recorded;
    ct_counter_t queued;
} ct_arrivals_t;

/** What became of tasks that were not run. */
typedef struct ct_ends_t {
    _Alignas(CT_MEMORY_LINE)
    ct_counter_t ended[CROSSTOWN_STOPPED + 1];   /* up to the last outcome;
                                        RAN is not counted here */
    ct_counter_t kept;               /* went back to where it is kept; also
                                        after a call */
    ct_counter_t untried;            /* of those: called, but what does the
                                        work was away */
    ct_counter_t dropped;            /* out of the queue, not called */
} ct_ends_t;

/** What the parent knows of tasks whose child is gone. */
typedef struct ct_losses_t {
    ct_counter_t lost;               /* recorded, never ended */
    ct_counter_t broken_off;         /* called, never returned */
} ct_losses_t;

/** All that is counted. Several children at once may count here, so nothing
 *  is written that others have not left free, and nothing is set to zero. */
typedef struct ct_counters_t {
    ct_arrivals_t arrivals[CT_SCOREBOARD_NAMES];
    ct_ends_t ends[CT_SCOREBOARD_NAMES];
    ct_losses_t losses[CT_SCOREBOARD_NAMES];
    _Alignas(CT_MEMORY_LINE) atomic_int used[CT_SCOREBOARD_STRIPES]; /* ever;
                                        a reader that misses the first moment
                                        reads a little less */
    ct_entry_t entries[CT_SNAPSHOT_TASKS];
    ct_stripe_t stripes[CT_SCOREBOARD_STRIPES];
} ct_counters_t;

/** A time, microseconds since 1970; 0: there is none. Relaxed where it stands
 *  alone; seq_cst where it says that something else is there. */
typedef _Atomic apr_int64_t ct_since_t;

/** A child's record. */
typedef struct ct_child_t {
    _Alignas(CT_MEMORY_LINE) _Atomic apr_uint32_t pid; /* 0: nobody's; taken
                                        by an exchange: seq_cst */
    atomic_int used;                 /* ever; a flag */
    atomic_int generation;           /* of the configuration; -1: not known.
                                        Shown by itself: no order is needed */
    ct_gauges_t gauges;              /* the peaks stay when it is gone */
    ct_since_t waiting[CT_SCOREBOARD_NAMES];   /* of the oldest, see ages.h */
    ct_since_t retrying[CT_SCOREBOARD_NAMES];
    ct_name_peaks_t peaks[CT_SCOREBOARD_NAMES]; /* of limited names; stay */
    ct_counter_t calls;              /* the parent's, see children.h */
    ct_since_t moved;                /* the same */
} ct_child_t;

/** A name is told from others by its hash alone; the text is for showing. */
typedef struct ct_name_t {
    _Alignas(CT_MEMORY_LINE)
        ct_counter_t text[CT_SNAPSHOT_NAME_SIZE / sizeof(apr_uint64_t)];
    atomic_int complete;             /* release and acquire: the text is
                                        there */
    ct_since_t failed;               /* the last time; see failures.h */
    ct_since_t failing;              /* somebody writes since then; or 0 */
    ct_counter_t words[CT_SNAPSHOT_WORDS_SIZE / sizeof(apr_uint64_t)];
} ct_name_t;

/** The numbers of each name as they were, see recent.h. */
typedef struct ct_past_t {
    ct_since_t when;                 /* 0: it is of no use */
    ct_counter_t names[CT_SCOREBOARD_NAMES][sizeof(ct_numbers_t)
                                            / sizeof(apr_uint64_t)];
} ct_past_t;

/** A sample as the history keeps it: the members of ct_snapshot_sample_t. */
#define CT_SCOREBOARD_SAMPLE \
    (sizeof(ct_snapshot_sample_t) / sizeof(apr_uint64_t))

/** What all children share beside records and counters. */
typedef struct ct_shared_t {
    apr_time_t since;                /* set once */
    _Alignas(CT_MEMORY_LINE)
        ct_counter_t hashes[CT_SNAPSHOT_NAMES]; /* 0: free; see name_ids.h */
    ct_name_t names[CT_SNAPSHOT_NAMES];
    ct_counter_t samples_made;       /* the parent's, see history.h */
    ct_counter_t samples[CT_SNAPSHOT_SAMPLES][CT_SCOREBOARD_SAMPLE];
    ct_past_t last_minute[CT_SNAPSHOT_LAST_MINUTE];       /* the parent's */
    ct_past_t last_half_hour[CT_SNAPSHOT_LAST_HALF_HOUR]; /* the parent's */
} ct_shared_t;

/** Register the hooks. Thread: start-up. */
void ct_scoreboard_register(void);

/** Take a record and counters for this child. Thread: child_init. */
void ct_scoreboard_take(server_rec *s);

/** The generation of this process' configuration; -1: not known. */
int ct_scoreboard_generation(void);

/** What is shared; without shared memory this process's own. Never NULL. */
ct_shared_t *ct_scoreboard_shared(void);

/** Is it shared? */
int ct_scoreboard_is_shared(void);

/** Where this process counts; before ct_scoreboard_take() in memory of its own
 *  that nobody else sees. Never NULL. */
ct_counters_t *ct_scoreboard_counters(void);

/** This process's record; the same holds for it. */
ct_child_t *ct_scoreboard_child(void);

/** The next counters that were ever in use.
 *  @param number  where to go on; 0 for the first; changed
 *  @return NULL: those were the last */
ct_counters_t *ct_scoreboard_next(unsigned int *number);

/** The counters of a record that are its child's alone.
 *  @param number  of the record: one less than ct_scoreboard_next_child() has
 *                 left there
 *  @return NULL: it shares them with others */
ct_counters_t *ct_scoreboard_own(unsigned int number);

/** The next record that was ever in use.
 *  @param number  where to go on; 0 for the first; changed
 *  @return NULL: that was the last */
ct_child_t *ct_scoreboard_next_child(unsigned int *number);

#endif
