/* SPDX-License-Identifier: Apache-2.0 */
/* snapshot: what can be read of all children together, to be shown: the
 * counters, what runs now, and how it went over the last half hour.
 * Thread: any, of a child or of the parent. Nothing is locked, so nobody who
 * counts is held up; taken while tasks come and go, numbers may be some tasks
 * apart from each other, at rest they are exact.
 * Lifetime: a snapshot is a copy in the caller's pool. */
#ifndef CT_SNAPSHOT_H
#define CT_SNAPSHOT_H

#include "glue.h"
#include "histogram.h"
#include "mod_crosstown.h"

/** How many names are told apart; the tasks of all others count as
 *  CT_SNAPSHOT_OTHER. */
#define CT_SNAPSHOT_NAMES 64
#define CT_SNAPSHOT_OTHER "other"

/** Bytes of a name and of a URI that are kept, with their ends. What a cut
 *  leaves of a character of several bytes is left out. */
#define CT_SNAPSHOT_NAME_SIZE 48
#define CT_SNAPSHOT_URI_SIZE 64

/** How many tasks of one child are listed while they run, at most. */
#define CT_SNAPSHOT_TASKS 64

/** The history: a sample every so often, this many of them. */
#define CT_SNAPSHOT_INTERVAL apr_time_from_sec(10)
#define CT_SNAPSHOT_SAMPLES 180

/** Numbers of each name are kept for a while: one for every ten seconds of
 *  the last minute, one for every minute of the last half hour, and two to
 *  spare. */
#define CT_SNAPSHOT_LAST_MINUTE 8
#define CT_SNAPSHOT_LAST_HALF_HOUR 32

/** Bytes of a failure's words that are kept, with their end. */
#define CT_SNAPSHOT_WORDS_SIZE 128

/** A child in which nothing has come back for so long, though some run and
 *  others wait, is stalled. */
#define CT_SNAPSHOT_STALLED apr_time_from_sec(30)

/** Tasks, of one name or of all. Each is in one place at a time:
 *    recorded = ran + no_go + cancelled + rejected + stopped + lost + kept
 *               + open
 *    open = (those whose response is on its way) + waiting + running */
typedef struct ct_numbers_t {
    apr_uint64_t recorded;
    apr_uint64_t ran;
    apr_uint64_t failed;             /* of those that ran: not APR_SUCCESS */
    apr_uint64_t retries;            /* calls after which another was to
                                        follow */
    apr_uint64_t no_go;
    apr_uint64_t cancelled;
    apr_uint64_t rejected;
    apr_uint64_t stopped;
    apr_uint64_t lost;               /* went with a child that crashed or was
                                        killed */
    apr_uint64_t kept;               /* went back to where it is kept; recorded
                                        again when it comes from there */
    apr_uint64_t open;               /* not at their end yet */
    apr_uint64_t waiting;            /* of those: in the queue, or until they
                                        are due */
    apr_uint64_t running;            /* of those: inside their functions */
    ct_histogram_t wait;             /* from `sent`, or from a submit, until
                                        the function was first called, without
                                        a delay; of all that were called */
    ct_histogram_t run;              /* the last call; its count is ran */
} ct_numbers_t;

/** Since when the oldest task is what it is; 0: there is none, or, for less
 *  than some seconds, nobody has looked. */
typedef struct ct_ages_t {
    apr_time_t waiting;              /* since it could have been called */
    apr_time_t running;              /* of those that are listed */
    apr_time_t retrying;             /* waits for another attempt: since it
                                        could have been called first */
} ct_ages_t;

/** What was counted in the last while. */
typedef struct ct_recent_t {
    apr_interval_time_t took;        /* how long that was, microseconds; less
                                        soon after the start */
    ct_numbers_t numbers;            /* by how much they grew; open, waiting
                                        and running are 0 */
} ct_recent_t;

/** How many of a name in that child which has most of them. */
typedef struct ct_busiest_t {
    apr_uint64_t now;
    apr_uint64_t most;               /* so far; 0 where nothing limits it */
} ct_busiest_t;

/** The numbers of one name. */
typedef struct ct_snapshot_name_t {
    const char *name;                /* as the consumer wrote it, cut; may have
                                        any byte in it: escape what you show */
    unsigned int number;             /* see name_ids.h */
    ct_numbers_t numbers;
    ct_ages_t oldest;
    ct_recent_t minute;
    ct_recent_t half_hour;
    apr_time_t failed;               /* when it has failed last; 0: never */
    const char *words;               /* about that; any bytes */
    ct_busiest_t waiting;            /* where a CrosstownLimit counts them */
    ct_busiest_t running;
} ct_snapshot_name_t;

/** A child that counts now. */
typedef struct ct_snapshot_child_t {
    pid_t pid;
    int generation;                  /* of its configuration; -1: not known */
    int is_alone;                    /* 0: it shares its counters, so how many
                                        wait and run in it is not known */
    apr_uint64_t waiting;
    apr_uint64_t running;
    apr_uint64_t threads;
    apr_uint64_t scheduled;
    apr_uint64_t most_waiting;       /* here, or in those that had its record
                                        before */
    apr_uint64_t most_running;
    apr_uint64_t most_threads;
    apr_time_t moved;                /* when the last call has returned, by the
                                        parent's samples, or it has begun */
    int is_stalled;                  /* some wait, some run, and none has come
                                        back for CT_SNAPSHOT_STALLED */
    ct_ages_t oldest;
} ct_snapshot_child_t;

/** How many now and at most. */
typedef struct ct_gauge_t {
    apr_uint64_t now;                /* of all children together */
    apr_uint64_t most;               /* the most that any one child has had
                                        so far: limits are a child's, too */
} ct_gauge_t;

/** A task that is inside its function. */
typedef struct ct_snapshot_task_t {
    pid_t pid;
    const char *name;                /* as in ct_snapshot_name_t */
    unsigned int number;             /* of the name */
    const char *uri;                 /* as the response has it, cut; "-" for
                                        crosstown_submit() */
    int status;                      /* of the response; 0: submitted */
    unsigned int attempt;
    apr_time_t started;
    int thread;                      /* the system's number; 0: none, it is
                                        held, or not known */
    const char *log_id;              /* of its request; NULL: none; the same */
    const char *client;              /* below */
    const struct server_rec *server; /* of its process: not to be looked */
    crosstown_fn_t *fn;              /* into, nor called: see task_origin.c */
    const char *target;              /* what does the work; NULL: not said, */
    const char *by;                  /* nor who has asked for it */
} ct_snapshot_task_t;

/** What was at one time. All numbers but the last four only ever grow. */
typedef struct ct_snapshot_sample_t {
    apr_time_t when;
    apr_uint64_t recorded;
    apr_uint64_t ran;
    apr_uint64_t failed;
    apr_uint64_t retries;
    apr_uint64_t no_go;
    apr_uint64_t cancelled;
    apr_uint64_t rejected;
    apr_uint64_t stopped;
    apr_uint64_t lost;
    apr_uint64_t kept;
    apr_uint64_t waiting;
    apr_uint64_t scheduled;
    apr_uint64_t running;
    apr_uint64_t threads;
} ct_snapshot_sample_t;

/** Everything, at one time. */
typedef struct ct_snapshot_t {
    apr_time_t now;                  /* when it was read */
    apr_time_t since;                /* when counting began: the start of the
                                        server, restarts are not one */
    int shared;                      /* 0: no memory is shared, all this is of
                                        the process that reads it */
    int children;                    /* that count now */
    ct_numbers_t total;
    ct_ages_t oldest;                /* of all names */
    ct_recent_t minute;              /* the same */
    ct_recent_t half_hour;
    ct_gauge_t waiting;
    ct_gauge_t running;
    ct_gauge_t threads;
    apr_uint64_t refused_threads;    /* how often the system gave none */
    apr_uint64_t scheduled;          /* of those that wait: for their time */
    int child_count;                 /* those of which there is a record */
    ct_snapshot_child_t *processes;  /* the stalled ones first, then those
                                        in which the oldest task waits */
    int name_count;
    ct_snapshot_name_t *names; /* sorted; CT_SNAPSHOT_OTHER last, if there
                                        is one */
    int task_count;
    ct_snapshot_task_t *tasks; /* the oldest first */
    int sample_count;
    ct_snapshot_sample_t *samples; /* the oldest first; the parent makes
                                        them, none in a single process */
} ct_snapshot_t;

/** Read everything. @return the snapshot, in p; never NULL */
ct_snapshot_t *ct_snapshot_read(apr_pool_t *p);

/** Read the numbers of all names together, without taking any memory. */
void ct_snapshot_read_total(ct_numbers_t *total);

/** Read the numbers of one name, by its number, without taking any memory. */
void ct_snapshot_read_name(ct_numbers_t *sum, unsigned int name);

/** Read total and gauges, without taking any memory: no names, no tasks, no
 *  samples. */
void ct_snapshot_read_now(ct_snapshot_t *snapshot);

#endif
