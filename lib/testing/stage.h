/* SPDX-License-Identifier: Apache-2.0 */
/* stage: what a test has in place of a server: its pool, one server_rec, the
 * modules loaded, the log.
 * Thread: the test's; nothing here is locked.
 * Lifetime: crosstown_test_begin() to crosstown_test_end(). */
#ifndef CT_STAGE_H
#define CT_STAGE_H

#include "glue.h"
#include "crosstown_testing.h"
#include "util_filter.h"

/* How many modules can be loaded: one slot each in every vector. */
#define CT_STAGE_MODULES 32

typedef struct ct_stage_t {
    apr_pool_t *pool;
    apr_pool_t *child;               /* pchild; destroyed first */
    server_rec *server;
    crosstown_test_mode_e mode;
    module *modules[CT_STAGE_MODULES];
    int count;                       /* of modules */
    int lines;                       /* of the configuration */
    int configured;                  /* pre_config was run */
    int started;
    int busy;                        /* nothing is to run by itself now */
    crosstown_client_t client;
    APR_OPTIONAL_FN_TYPE(crosstown_submit) *submit;  /* the module's own */
    ap_filter_rec_t *output_filters; /* registered ones */
    ap_filter_rec_t *input_filters;
    apr_array_header_t *log;         /* of char *: lines */
    apr_array_header_t *results;     /* of crosstown_test_result_t */
    int ran;                         /* of these */
    apr_array_header_t *visits;      /* of request_rec *: not finished yet */
} ct_stage_t;

/** The stage of the test that has begun. Ends the program if none has. */
ct_stage_t *ct_stage(void);

/** Is there one? */
int ct_stage_is_up(void);

/** A vector for module configurations. */
ap_conf_vector_t *ct_stage_make_vector(apr_pool_t *p);

/** End the program: the test uses this library in a wrong way. */
void ct_stage_misused(const char *how) __attribute__((noreturn));

/** Run the pre_config hooks, if that was not done. */
void ct_stage_configure(void);

/** Note the ends of tasks from here on. Thread: crosstown_test_begin(). */
void ct_results_watch(void);

/** Run what waits, if tasks are to run by themselves. */
void ct_results_run_eager(void);

/** End the program if this request was finished. @return r */
request_rec *ct_visit_open(request_rec *r);

/** Drop the requests that were not finished. */
void ct_visit_drop_all(void);

/** Where a response is written to: register it, for a new request, and at
 *  the end of its handler. */
void ct_output_register(void);
void ct_output_attach(request_rec *r);
void ct_output_end(request_rec *r);

/** Where a request's body comes from: register it, for a new request. */
void ct_input_register(void);
void ct_input_attach(request_rec *r);

#endif
