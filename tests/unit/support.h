/* SPDX-License-Identifier: Apache-2.0 */
/* support: what the unit tests share: gates, a journal of what happened to
 * which task, a clock that a test can push, and short ways to a batch and a
 * dispatcher. A test holds states (queued, inside its function, over) instead
 * of hoping for moments: nothing here sleeps, and every wait ends after
 * SUPPORT_PATIENCE seconds as a failure. */
#ifndef SUPPORT_H
#define SUPPORT_H

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "apr_strings.h"

#include "dispatcher.h"

#define SUPPORT_PATIENCE 30              /* seconds */
#define SUPPORT_HOUR (APR_USEC_PER_SEC * 3600)

/* ---- gates: opened once or several times, waited for by anyone ---- */

typedef struct gate_t {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int opened;
} gate_t;

#define GATE_INIT { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0 }

void gate_open(gate_t *gate);

/** Wait until it was opened that many times. @return 0: it was not */
int gate_reached(gate_t *gate, int times);

/** For threads that cannot assert: abort() if it does not open. */
void gate_pass(gate_t *gate);

/* ---- the journal ---- */

typedef enum {
    NOTED_START,
    NOTED_OVER,
    NOTED_END
} noted_e;

typedef struct note_t {
    noted_e kind;
    char name[16];                   /* the task's */
    crosstown_outcome_e outcome;     /* of OVER and END */
    apr_status_t result;             /* of OVER and END */
    apr_uint32_t ticket;             /* of START: rises in start order */
    pthread_t thread;
    struct server_rec *server;       /* of END */
} note_t;

#define JOURNAL_NOTES 1024

typedef struct journal_t {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int count;
    note_t notes[JOURNAL_NOTES];
} journal_t;

/** An empty journal in p. */
journal_t *journal_make(apr_pool_t *p);

/** The report that writes ENDs into the journal. */
ct_report_t journal_report(journal_t *journal);

/** Wait for that many notes of a kind. @return 0: they did not come */
int journal_reached(journal_t *journal, noted_e kind, int count);

/** How many notes of a kind there are now; name NULL: of any task. */
int journal_count(journal_t *journal, noted_e kind, const char *name);

/** The first note of a kind about a task. Fails the test if there is none. */
note_t journal_find(journal_t *journal, noted_e kind, const char *name);

/** The names of the started tasks in the order of their starts, "a b c". */
const char *journal_starts(journal_t *journal, apr_pool_t *p);

/** Exactly one OVER, then exactly one END, both with this outcome. */
#define assert_ended(journal, name, outcome) \
    journal_assert_ended(journal, name, outcome, __FILE__, __LINE__)
void journal_assert_ended(journal_t *journal, const char *name,
                          crosstown_outcome_e outcome, const char *file,
                          int line);

/* ---- deeds: tasks of a test ---- */

typedef struct deed_t {
    char name[16];                   /* "": the builder gives "a", "b", ... */
    journal_t *journal;
    gate_t *leave;                   /* the function waits for it; or NULL */
    apr_status_t result;             /* what the function returns */
    void (*act)(struct deed_t *deed, const crosstown_task_t *task);
    void *context;                   /* for act */
    int is_kept;                     /* whatever its end */
} deed_t;

#define DEED(name) { name, NULL, NULL, APR_SUCCESS, NULL, NULL, 0 }

/** The function and the `over` of a deed, which is their data. */
apr_status_t deed_run(const crosstown_task_t *task, void *data);
void deed_over(const crosstown_task_t *task, crosstown_outcome_e outcome,
               apr_status_t result, void *data);

/** An act that counts how many are inside it at once; the most since reset. */
void deed_counts_inside(deed_t *deed, const crosstown_task_t *task);
void deeds_inside_reset(void);
apr_uint32_t deeds_most_inside(void);

/* ---- builders ---- */

/** The ledger p lies below has these deeds, one for each letter of plan: 'p'
 *  for the pool, 'h' to be called here. */
ct_ledger_t *ledger_of(apr_pool_t *p, journal_t *journal, deed_t *deeds,
                       const char *plan);

/** The same as a batch, with the calls to be made here marked. */
ct_batch_t *batch_of(apr_pool_t *p, journal_t *journal, deed_t *deeds,
                     const char *plan);

/** Patient settings: no wait ends by itself during a test. */
ct_dispatcher_settings_t settings_of(journal_t *journal,
                                     apr_uint32_t threads_min,
                                     apr_uint32_t threads_max);

ct_dispatcher_t *dispatcher_of(journal_t *journal, apr_uint32_t threads_min,
                               apr_uint32_t threads_max);

/** With one thread, and so many places in its queue. */
ct_dispatcher_t *bounded_dispatcher(journal_t *journal,
                                    apr_uint32_t queue_max);

/** Reserve places for 'p' in plan, build, and push or attend. */
apr_status_t push_plan(ct_dispatcher_t *d, apr_pool_t *p, journal_t *journal,
                       deed_t *deeds, const char *plan);
void attend_plan(ct_dispatcher_t *d, apr_pool_t *p, journal_t *journal,
                 deed_t *deeds, const char *plan);

/** The first half of it: places, and the batch for them. */
ct_batch_t *reserved_batch(ct_dispatcher_t *d, apr_pool_t *p,
                           journal_t *journal, deed_t *deeds,
                           const char *plan);

/** Push the first task of a test, and wait until it has started. It stays
 *  until the gate opens. */
void keep_busy(ct_dispatcher_t *d, apr_pool_t *p, journal_t *journal,
               deed_t *busy, gate_t *leave);

/** attend_plan() on a thread of its own, which join() waits for. */
typedef struct attendant_t {
    ct_dispatcher_t *d;
    journal_t *journal;
    deed_t *deeds;
    const char *plan;
    pthread_t thread;
    gate_t done;
} attendant_t;

void attendant_start(attendant_t *attendant, ct_dispatcher_t *d,
                     journal_t *journal, deed_t *deeds, const char *plan);

/** The same, and come back when it has looked for its turn in vain for a
 *  while. */
void attendant_start_waiting(attendant_t *attendant, ct_dispatcher_t *d,
                             journal_t *journal, deed_t *deeds,
                             const char *plan);
void attendant_join(attendant_t *attendant);

/** A pool below p for functions that clear what they are given. */
apr_pool_t *scratch_of(apr_pool_t *p);

/** A dispatcher whose next thread that is about to call a task of this name
 *  opens `reached` and stays until `go`; the task is taken by then. */
ct_dispatcher_t *dispatcher_that_holds(journal_t *journal,
                                       apr_uint32_t threads_min,
                                       apr_uint32_t threads_max,
                                       const char *name, gate_t *reached,
                                       gate_t *go);

/** Drain with patience, fail if a task or a place is left, destroy. */
void finish(ct_dispatcher_t *d);

/** Wait until so many workers are there, so many of them asleep.
 *  @return 0: it did not come to this */
int workers_reached(ct_dispatcher_t *d, apr_uint32_t alive,
                    apr_uint32_t parked);

/* ---- clock and deadline as settings_of() gives them ---- */

/** From now on every look at the clock moves it by that much. */
void clock_step(apr_interval_time_t step);
apr_time_t clock_now(void);

/** How often it was looked at so far. */
int clock_looks(void);

/** Come back when somebody has looked at it. */
void clock_await_look(void);

/** What a stopping child may still do; < 0, the start: not stopping. */
void time_left_set(apr_interval_time_t left);
apr_interval_time_t time_left_now(void);

/* ---- a test program ---- */

/** A pool for one test as its state; group set-up and tear-down. */
int pool_setup(void **state);
int pool_teardown(void **state);
int group_setup(void **state);
int group_teardown(void **state);

#define with_pool(test) \
    cmocka_unit_test_setup_teardown(test, pool_setup, pool_teardown)
#define run_group(name, tests) \
    cmocka_run_group_tests_name(name, tests, group_setup, group_teardown)

#endif
