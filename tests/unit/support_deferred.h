/* SPDX-License-Identifier: Apache-2.0 */
/* support_deferred: what the tests of deferreds share: links that leave a
 * trail, short ways to make and look at deferreds, and a stand-in for the
 * server: its pool of threads, and its error log. */
#ifndef SUPPORT_DEFERRED_H
#define SUPPORT_DEFERRED_H

#include "support.h"

#include "crosstown_deferred.h"

/* cmocka's macro would stand before the member of that name. (Nor is there
 * fail_msg() any more, which is made of it.) */
#undef fail

/** The functions under test. */
extern const crosstown_deferreds_t *deferreds;

/* ---- the trail: which link saw what, in which order ---- */

typedef struct trail_t {
    pthread_mutex_t lock;
    char text[512];
} trail_t;

#define TRAIL_INIT { PTHREAD_MUTEX_INITIALIZER, "" }

/** Write one word. */
void trail_add(trail_t *trail, const char *word);

#define assert_trail(trail, expected) \
    assert_string_equal((trail)->text, expected)

/**
 * A link of a test. It writes "name=result" or "name!failure" into its trail
 * ("-" for no result; "cancelled", "late", "bad" for CROSSTOWN_ECANCELED,
 * APR_TIMEUP, APR_EGENERAL, else a number), and then does as it is told.
 */
typedef struct mark_t {
    trail_t *trail;
    const char *name;
    void *gives;                     /* result; NULL: what came */
    apr_status_t fails;              /* with this, or APR_SUCCESS */
    const char *says;                /* the words for fails */
    int lets_pass;                   /* a failure that came goes on */
    crosstown_deferred_t *waits_for; /* with a reference of its own; or NULL */
    void (*act)(crosstown_step_t *step, struct mark_t *mark);
    void *context;                   /* for act */
    int calls;                       /* how often it was called */
} mark_t;

#define MARK(trail, name) { trail, name, NULL, 0, NULL, 0, NULL, NULL, \
                            NULL, 0 }

/** The function of a mark, which is its data. */
apr_status_t mark_link(crosstown_step_t *step, void *data);

/** Add a mark as a callback, as an errback, for either. */
void on_result(crosstown_deferred_t *d, mark_t *mark);
void on_failure(crosstown_deferred_t *d, mark_t *mark);
void on_either(crosstown_deferred_t *d, mark_t *mark);

/* ---- deferreds ---- */

/** One without a canceller. */
crosstown_deferred_t *fresh(void);

/** One that has fired, one that has failed with APR_EGENERAL. */
crosstown_deferred_t *fired(const char *result);
crosstown_deferred_t *broken(const char *message);

void fire(crosstown_deferred_t *d, const char *result);
void break_it(crosstown_deferred_t *d, const char *message);

/** Fail the test unless this is what became of it. A failure counts as seen
 *  by that. message NULL: any, but not none. */
#define assert_result(d, expected) \
    deferred_assert_result(d, expected, __FILE__, __LINE__)
#define assert_failed(d, status, message) \
    deferred_assert_failed(d, status, message, __FILE__, __LINE__)
#define assert_pending(d) deferred_assert_pending(d, __FILE__, __LINE__)
void deferred_assert_result(crosstown_deferred_t *d, const char *expected,
                            const char *file, int line);
void deferred_assert_failed(crosstown_deferred_t *d, apr_status_t status,
                            const char *message, const char *file, int line);
void deferred_assert_pending(crosstown_deferred_t *d, const char *file,
                             int line);

/** What one that has fired, and well, has got; never NULL. */
const void *what_fired(crosstown_deferred_t *d);

/** What a gathering that has fired well has got; and one of its results. */
const crosstown_gathered_t *gathered(crosstown_deferred_t *d);
#define assert_gathered(gathered, i, expected) do { \
        assert_int_equal((gathered)->results[i].size, \
                         sizeof(crosstown_result_t)); \
        assert_int_equal((gathered)->results[i].status, APR_SUCCESS); \
        assert_string_equal((gathered)->results[i].result, expected); \
    } while (0)

/** Wait for its end, with patience.
 *  @param result  filled in with a result; or NULL
 *  @return its status */
apr_status_t wait_for_end(crosstown_deferred_t *d, const char **result);

/* ---- cancellers: counted, then as they are told ---- */

typedef struct canceller_t {
    int calls;
    const char *fires;               /* with this result; NULL: not */
    const char *breaks;              /* with these words; NULL: not */
    crosstown_deferred_t *seen;
} canceller_t;

void cancel_as_told(crosstown_deferred_t *d, void *data);
crosstown_deferred_t *cancellable(canceller_t *canceller);

/** Open the gate when the deferred's memory goes. It gets a pool by that. */
void watch_memory(crosstown_deferred_t *d, gate_t *gone);

/** Is a thread asleep in wait() for it? Gives it the time to get there.
 *  @return 0: none came */
int waiter_reached(crosstown_deferred_t *d);

/* ---- the log: failures that nobody has seen ---- */

/** So many were told by now, no more. The tear-down asks again. */
#define assert_unseen(expected) \
    unseen_assert(expected, __FILE__, __LINE__)
void unseen_assert(int expected, const char *file, int line);

/** The last that was told. */
#define assert_unseen_was(status, message) \
    unseen_assert_was(status, message, __FILE__, __LINE__)
void unseen_assert_was(apr_status_t status, const char *message,
                       const char *file, int line);

/** How many that is does not matter here. */
void unseen_ignore(void);

/* ---- workers: what stands in for the server's pool of threads ---- */

typedef enum {
    WORKERS_HOLD,                    /* keep what they are given; the start */
    WORKERS_RUN,                     /* each on a thread of its own, at once */
    WORKERS_REFUSE                   /* with workers_refuse_with() */
} workers_e;

/** What the child gives them a task by. */
apr_status_t workers_submit(struct server_rec *s, crosstown_fn_t *fn,
                            void *data, const crosstown_opts_t *opts);

void workers_set(workers_e mode);
void workers_refuse_with(apr_status_t status);

/** How many it holds. */
int workers_held(void);

/** The name, the server and the words of what was submitted last. */
const char *workers_last_name(void);
struct server_rec *workers_last_server(void);

/** Run the oldest that is held, on a thread of the pool; wait for its end. */
void workers_run_one(void);

/** The oldest that is held ends without running. */
void workers_end_one(crosstown_outcome_e outcome);

/** Wait for what WORKERS_RUN has started. */
void workers_join(void);

/** Is this such a thread? */
int on_worker(void);

/** Call that function on a thread of the pool, and wait for its end. */
void on_worker_thread(void (*call)(void *data), void *data);

/* ---- a heap without memory ---- */

/* Sanitizers have a heap of their own. */
#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) \
    && !defined(__SANITIZE_THREAD__)
#define HEAP_CAN_BE_EMPTY 1
#endif

/** From now on this thread gets no memory, and nobody gets a new pool. */
void heap_empty(int is_empty);

/* ---- a test program ---- */

/** The child process stops, and begins anew. Set-up and tear-down do that. */
void child_start(void);
void child_stop(void);

/** How often it was told that its stop has something to do. */
int child_uses(void);

/** As pool_setup(), and the deferreds of a child process. */
int deferreds_setup(void **state);
int deferreds_teardown(void **state);

#define with_deferreds(test) \
    cmocka_unit_test_setup_teardown(test, deferreds_setup, deferreds_teardown)

#endif
