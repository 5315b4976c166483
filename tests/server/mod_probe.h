/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file  mod_probe.h
 * @brief A consumer of mod_crosstown that the test suite steers.
 *
 * The query string is a script: words set something or do something, in the
 * order in which they are written.
 *
 *   /probe?tag=t1&name=a&defer=2&gate=door&defer=1&status=503
 *
 * What happens is written into the ledger, one line per event. The parts: the
 * ledger (any thread), the tasks (their functions and the hooks of
 * mod_crosstown), the script and its deeds (request thread).
 */
#ifndef MOD_PROBE_H
#define MOD_PROBE_H

#include "httpd.h"
#include "http_config.h"
#include "crosstown_client.h"

/** One line of the ledger while it is put together; on the stack. */
typedef struct probe_line_t {
    apr_size_t used;
    char text[4096];
} probe_line_t;

/** What a task is told. Holds no pointer: a copy of it is complete. */
typedef struct probe_order_t {
    char tag[48];            /* the request that a test made */
    char text[32];           /* what the task read when it ran */
    char gate[160];          /* the file it waits for, or "" */
    char ends[160];          /* the file at which it is over, after its
                                function has returned, or "" */
    int twice;               /* it is finished twice then */
    int index;               /* the how-manieth of its script */
    int sleep_ms;
    int pools;               /* so many memory pools it makes and fills */
    int submits;             /* so many tasks it submits */
    int until_stop;          /* it goes on until its child is stopping */
    int crowd;               /* so many of them may run at once, see
                                mod_probe_crowd.c; 0: nobody looks */
    int says;                /* it writes its text into the error log */
    int owned;               /* malloc()ed: `over` frees it */
    int carried_status;      /* the final status that carry saw */
    apr_status_t result;     /* what its function returns, at last */
    unsigned int again;      /* so often it asks to be tried again first */
    int after_ms;            /* and when, from then on */
    int explains;            /* its text says why */
} probe_order_t;

/** A script while it is played. */
typedef struct probe_script_t {
    request_rec *r;
    probe_order_t order;     /* what the next task is told */
    crosstown_opts_t opts;
    const char *keep;        /* where the next task's data lives */
    apr_size_t bulk;         /* bytes that raw data is larger by */
    probe_order_t *last;     /* the original of what was recorded last */
    int status;              /* what the handler returns, if not 0 */
    apr_off_t size;          /* of the body */
    apr_off_t declares;      /* what Content-Length says; -1: there is none */
    int breaks;              /* status of an error bucket at the end, or 0 */
    const char *then;        /* so many tasks are recorded late, or NULL */
    const char *redirect;    /* or NULL */
    const char *linger;      /* the gate it waits at when all is sent; NULL */
} probe_script_t;

/* httpd finds it by name, whatever visibility the build asks for. */
__attribute__((visibility("default")))
extern module AP_MODULE_DECLARE_DATA probe_module;

/** The functions of mod_crosstown, or none of them. */
extern crosstown_client_t probe_crosstown;

/** Where the gates are; set at start-up. */
extern const char *probe_gates;

/* mod_probe_ledger.c. Any thread; they allocate nothing, so that a task that
 * ends while a child stops may write too. */
apr_status_t probe_ledger_open(apr_pool_t *pconf, const char *path);
void probe_line_begin(probe_line_t *line, const char *event);
void probe_line_add(probe_line_t *line, const char *key, const char *value);
void probe_line_number(probe_line_t *line, const char *key, apr_int64_t value);
void probe_line_result(probe_line_t *line, const char *key, apr_status_t rv);
void probe_line_end(probe_line_t *line);
int probe_argument(const char *args, const char *key, char *value,
                   apr_size_t room);

/* mod_probe_task.c */
void probe_wait_at_gate(const char *gate);
apr_status_t probe_run(const crosstown_task_t *task, void *data);
apr_status_t probe_run_bare(const crosstown_task_t *task, void *data);
void *probe_carry(request_rec *r, void *data, apr_pool_t *p);
void *probe_carry_nothing(request_rec *r, void *data, apr_pool_t *p);
void probe_over(const crosstown_task_t *task, crosstown_outcome_e outcome,
                apr_status_t result, void *data);
int probe_admit(request_rec *r, const crosstown_task_t *task);
int probe_done(const crosstown_task_t *task, crosstown_outcome_e outcome,
               apr_status_t result);

/* mod_probe_crowd.c. A task's thread. */
int probe_crowd_enter(const probe_order_t *order);
void probe_crowd_leave(int place);

/* mod_probe_script.c. Request thread. */
int probe_script_is_for(request_rec *r, const char *where);
void probe_script_play(request_rec *r, const char *text,
                       probe_script_t *script);

/* mod_probe_body.c. Request thread; prepare_body: start-up. */
void probe_prepare_body(void);
int probe_send_body(request_rec *r, probe_script_t *script);

/* mod_probe_inside.c. Request thread; submit_from, wait_for_stop: a task's;
 * keep_tally: the parent's, at start-up. */
int probe_tell_tally(request_rec *r);
int probe_set_fault(request_rec *r);
void probe_submit_from(const crosstown_task_t *task,
                       const probe_order_t *order);
void probe_keep_tally(apr_pool_t *pconf, const char *ledger);
void probe_wait_for_stop(const probe_order_t *order);

/* mod_probe_held.c. A task's thread. */
int probe_hold_task(const crosstown_task_t *task, const probe_order_t *order);

/* mod_probe_again.c. Thread: the one that runs the task. */
apr_status_t probe_result(const crosstown_task_t *task,
                          const probe_order_t *order);

/* mod_probe_numbers.c. Start-up. */
const char *probe_set_numbers(cmd_parms *cmd, void *unused, const char *what);
void probe_numbers_register(void);

/* mod_probe_later.c. Request thread. */
int probe_answer_later(request_rec *r);

/* mod_probe_trouble.c. Request thread. */
#define PROBE_QUIET "quiet"  /* tasks of this name leave no trace */
void probe_do_flood(probe_script_t *script, const char *value);
void probe_do_threads(probe_script_t *script, const char *value);
void probe_do_farewell(probe_script_t *script, const char *value);

/* mod_probe_busy.c. Request thread. */
void probe_do_busy(probe_script_t *script, const char *value);
void probe_do_bulk(probe_script_t *script, const char *value);
void probe_do_leave(probe_script_t *script, const char *value);

/* mod_probe_named.c. */
void probe_do_named(probe_script_t *script, const char *value);
void probe_do_submit_named(probe_script_t *script, const char *value);
int probe_named_provide(apr_pool_t *pconf, apr_pool_t *plog,
                        apr_pool_t *ptemp);
void probe_do_flush(probe_script_t *script, const char *value);

/* mod_probe_deeds.c. Request thread. */
void probe_do_defer(probe_script_t *script, const char *value);
void probe_do_plan(probe_script_t *script, const char *value);
void probe_do_submit(probe_script_t *script, const char *value);
void probe_do_bare(probe_script_t *script, const char *value);
void probe_do_wrong(probe_script_t *script, const char *value);
void probe_do_cancel(probe_script_t *script, const char *value);
void probe_do_cancel_all(probe_script_t *script, const char *value);
void probe_do_count(probe_script_t *script, const char *value);
void probe_do_stopping(probe_script_t *script, const char *value);
void probe_do_check(probe_script_t *script, const char *value);
void probe_do_change(probe_script_t *script, const char *value);
void probe_do_hold(probe_script_t *script, const char *value);
void probe_do_sub(probe_script_t *script, const char *value);

#endif
