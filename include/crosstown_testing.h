/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file  crosstown_testing.h
 * @brief Unit-test a consumer without a server.
 *
 *   crosstown_test_begin(CROSSTOWN_TEST_RECORD);
 *   crosstown_test_load(&postcard_module);        (the consumer, as it is)
 *   r = crosstown_test_request("GET", "/page");
 *   status = crosstown_test_serve(r);
 *   assert(crosstown_test_recorded(r) == 1);
 *   crosstown_test_finish(r, status);             (r is gone now)
 *   assert(crosstown_test_run_next());
 *   assert(crosstown_test_results(&results) == 1);
 *   crosstown_test_end();
 *
 * What records, filters, copies, carries and tells ends is mod_crosstown's
 * own code, compiled into libcrosstown_testing.a. Only the threads and the
 * network are not there: tasks wait in one queue, in order, until the test
 * runs them, same_thread or not.
 *
 * The memory of a request cannot be touched any more once it was finished, and
 * a task runs after that. So a task that kept a pointer into its request
 * crashes here, with SIGSEGV, in the line that reads or writes through it, or
 * in the server's function that is handed r or its connection; and stderr says
 * whose memory it was:
 *
 *   crosstown_testing: task "postcard" used memory of GET /page, which is
 *   finished (never keep r; copy with data_size or carry). Where: ...
 *
 * That holds for the first 8 MB of a request, for pieces of up to 1 MB, and
 * for its connection; what is larger is merely freed. A pointer that is
 * kept but never used goes unnoticed, and so does a function that a deferred
 * calls too late, unless the test makes it late: crosstown_test_late().
 * The line is written by a handler of SIGSEGV and SIGBUS, there from
 * crosstown_test_begin() to crosstown_test_end(), which then lets the signal
 * go where it would have gone: a test framework, a sanitizer, a core file.
 *
 * The test needs the server's headers but not the server: the library brings
 * what typical modules call (hooks, logging, output, some of util.c);
 * crosstown_testing(3) lists it. "undefined reference to ap_...": define that
 * function in the test. Each of the library's is weak: what a test defines
 * itself takes its place.
 *
 * Link the consumer's object files, -lcrosstown_testing and the libraries of
 * `apu-1-config --link-ld` and `apr-1-config --link-ld --libs`. Works with
 * any test framework, or with assert() alone. Everything is since 1.2.
 *
 * Misuse (no crosstown_test_begin(), a request that was finished already)
 * ends the program with a line on stderr.
 *
 * Thread: all from one, the one that called crosstown_test_begin().
 */
#ifndef CROSSTOWN_TESTING_H
#define CROSSTOWN_TESTING_H

#include "crosstown_client.h"
#include "crosstown_tasks.h"

struct module_struct;

#ifdef __cplusplus
extern "C" {
#endif

/* ---- the server that is not there --------------------------------------- */

/** When do tasks run? */
typedef enum {
    CROSSTOWN_TEST_RECORD,       /**< when the test says so */
    CROSSTOWN_TEST_EAGER         /**< all of them before
                                      crosstown_test_finish() returns;
                                      submitted ones before
                                      crosstown_submit() returns, or behind
                                      the task that submits */
} crosstown_test_mode_e;

/**
 * Begin a test: mod_crosstown is loaded, with its default configuration, and
 * has exported its functions: crosstown_client_load() finds them. A test
 * before this one that did not come to its end is ended.
 * @return APR_SUCCESS | what APR says if it cannot be initialised
 */
apr_status_t crosstown_test_begin(crosstown_test_mode_e mode);

/** Load a consumer as `LoadModule` would: its configuration is created, its
 *  hooks are registered. Before crosstown_test_start(), and before the first
 *  crosstown_test_configure() if it has a pre_config hook: that is run there
 *  (since 1.3), or at the start. */
void crosstown_test_load(struct module_struct *consumer);

/**
 * Apply a directive of mod_crosstown's or of a loaded consumer's, as in the
 * main server's configuration: "CrosstownNoGo 5xx 302".
 * @return NULL, or what the directive complained of, or that it is unknown;
 *         lives until crosstown_test_end()
 */
const char *crosstown_test_configure(const char *text);

/** Start: the hooks optional_fn_retrieve, post_config and child_init are run.
 *  The first request starts too, so this is for tests without one; it does
 *  nothing the second time. crosstown_submit() works from here on.
 *  @return 0 (OK), or what a post_config hook returned: then no child_init is
 *  run, and no request can be made */
int crosstown_test_start(void);

/** The child process stops: what waits ends as STOPPED, and whatever is
 *  recorded or submitted later. */
void crosstown_test_stop(void);

/**
 * Let that many microseconds go by for whatever waits by the clock: tasks with
 * a delay or that are to be tried again (since 1.3), the timeout() of
 * deferreds, the age of what is stashed. No time goes by otherwise. What a
 * timeout cancels goes on at once, on this thread (before 1.3: on the pool,
 * when crosstown_test_run_next() came to it).
 *
 * Nor does anything wait in vain: wait(), answer() and answer_or_cancel() of a
 * deferred run what waits, one task after the other, until the result is
 * there; when nothing is left to be run they let time go by, up to their own
 * timeout.
 */
void crosstown_test_advance(apr_interval_time_t time);

/**
 * Let the next answer() or answer_or_cancel() find that its time is up, as on
 * a server where no thread was free: its timeout goes by without anything
 * being run, and it returns 504 unless the result was there before, or comes
 * by a timeout() meanwhile. What waits runs later, when the request may be
 * finished: a call() whose data lies in the request's pool crashes then.
 */
void crosstown_test_late(void);

/** End the test: requests that were not finished go as by
 *  crosstown_test_drop(), what waits ends as STOPPED, everything is given
 *  back. Legal without a begin. */
void crosstown_test_end(void);

/** Memory that lives until crosstown_test_end(). */
apr_pool_t *crosstown_test_pool(void);

/** The main server, for crosstown_submit(). */
struct server_rec *crosstown_test_server(void);

/** The first line of the error log that contains this text, or NULL. A line
 *  reads "warning: (2)No such file or directory: message". Lives until
 *  crosstown_test_end(). */
const char *crosstown_test_logged(const char *text);

/* ---- requests ----------------------------------------------------------- */

/**
 * A request, as a handler finds it: tables, pool, connection, the section's
 * configuration; the client is 127.0.0.1, the host "localhost". Change what
 * the handler looks at: headers_in, handler, user...
 * @param method  "GET"
 * @param target  "/path?args", as on the request line
 * @return it, until it is finished or dropped; never NULL
 */
struct request_rec *crosstown_test_request(const char *method,
                                           const char *target);

/** A sub-request of r, and an internal redirect of r. Both go with the
 *  request that they come from; finish that one. */
struct request_rec *crosstown_test_subrequest(struct request_rec *r,
                                              const char *target);
struct request_rec *crosstown_test_redirect(struct request_rec *r,
                                            const char *target);

/** Let the client have sent this body with its headers, before the request is
 *  served. Copied. type may be NULL. */
void crosstown_test_send(struct request_rec *r, const char *type,
                         const char *body);

/**
 * Let the loaded consumers answer: their hooks post_read_request,
 * translate_name, header_parser, access_checker, type_checker and fixups,
 * then their handlers. These find r->handler as in the server: where nobody
 * has set it, it is the content type, or "" without one.
 * @return the HTTP status: r->status after OK, 404 if nobody answered, else
 *         what a hook returned
 */
int crosstown_test_serve(struct request_rec *r);

/** What was written as the response so far, with a NUL; lives as long as the
 *  request. */
const char *crosstown_test_body(struct request_rec *r);

/**
 * The response is out with this status: log_transaction hooks, collect,
 * status words, admit, copying and carrying as in the server. Then the
 * request is destroyed; its tasks are waiting, or have run if eager.
 * r may be a redirect of the request meant.
 */
void crosstown_test_finish(struct request_rec *r, int status);

/** The same, but the client went away before it got all. */
void crosstown_test_finish_aborted(struct request_rec *r, int status);

/** The request goes away without ever being logged. */
void crosstown_test_drop(struct request_rec *r);

/* ---- what was recorded -------------------------------------------------- */

/** One task of a request, before it is finished. */
typedef struct crosstown_test_record_t {
    const char *name;            /**< "-" if it has none */
    crosstown_fn_t *fn;
    void *data;                  /**< the copy if data_size > 0 */
    apr_size_t data_size;
    crosstown_carry_fn_t *carry; /**< or NULL */
    crosstown_over_fn_t *over;   /**< or NULL */
    int same_thread;             /**< as it was asked for; there is but one
                                      thread here */
} crosstown_test_record_t;

/** crosstown_defer(), for a test that records itself; without a request it
 *  answers APR_EINVAL, as the module does. */
apr_status_t crosstown_test_defer(struct request_rec *r, crosstown_fn_t *fn,
                                  void *data, const crosstown_opts_t *opts);

/** How many tasks the request has recorded, cancelled ones not counted. */
int crosstown_test_recorded(struct request_rec *r);

/** Look at one of them, the first is 0. @return 0: there are not so many */
int crosstown_test_look(struct request_rec *r, int index,
                        crosstown_test_record_t *record);

/** Would its status words let it run after this status?
 *  @return 0: no, or there is no such task */
int crosstown_test_allows(struct request_rec *r, int index, int status);

/* ---- named tasks -------------------------------------------------------- */

/**
 * Load mod_crosstown_tasks, as its LoadModule line would: what C modules see
 * of it, with CrosstownTask and the target `module`. Without this its
 * functions are not there, and crosstown_tasks_defer() answers APR_ENOTIMPL.
 * Before crosstown_test_start().
 *
 *   crosstown_test_load_tasks();
 *   crosstown_test_load(&letter_module);
 *   crosstown_test_configure("CrosstownTask letter module unique=to");
 *   ...
 *   assert(crosstown_test_look_named(r, 0, &named));
 *   assert(strcmp(named.payload.data, "to=anna") == 0);
 *
 * The function that a consumer provides is called by
 * crosstown_test_run_next(), like any task's; where another module would
 * provide it, the test does so with crosstown_tasks_provide(). Since 1.3.
 */
void crosstown_test_load_tasks(void);

/** A named task that was asked for. Since 1.3. */
typedef struct crosstown_test_named_t {
    const char *name;
    crosstown_payload_t payload; /**< as its function will see it */
    const char *unique;          /**< its key, or NULL */
    apr_interval_time_t delay;   /**< microseconds */
} crosstown_test_named_t;

/**
 * Look at a named task. What no_go it was given, crosstown_test_allows()
 * tells.
 * @param r      what it has recorded, as for crosstown_test_look(); NULL: what
 *               waits to be run, submitted or of requests that were finished
 * @param index  among all tasks, the first is 0
 * @param named  set; valid until the task is over
 * @return 0: there are not so many, or it is not a named one
 * Since 1.3.
 */
int crosstown_test_look_named(struct request_rec *r, int index,
                              crosstown_test_named_t *named);

/* ---- what became of it -------------------------------------------------- */

/** The end of one task. */
typedef struct crosstown_test_result_t {
    const char *name;
    crosstown_outcome_e outcome;
    apr_status_t result;         /**< what its function returned, if it ran */
    int order;                   /**< 1: it was the first to run; 0: not run */
} crosstown_test_result_t;

/** How many tasks wait to be run. */
int crosstown_test_waiting(void);

/** How many wait for their time instead: with a delay, or to be tried again.
 *  crosstown_test_advance() brings it. Since 1.3. */
int crosstown_test_scheduled(void);

/** Run the next task, on this thread. @return 0: nothing waited */
int crosstown_test_run_next(void);

/** Run until nothing waits. @return how many tasks were run */
int crosstown_test_run_all(void);

/**
 * All ends so far, as they came.
 * @param results  set to that many; valid until the next task ends. NULL is
 *                 legal
 * @return how many
 */
int crosstown_test_results(const crosstown_test_result_t **results);

#ifdef __cplusplus
}
#endif

#endif
