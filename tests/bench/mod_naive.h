/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file  mod_naive.h
 * @brief What mod_crosstown would be if it took an afternoon.
 *
 * A drop-in for mod_crosstown.so with the same functions, hooks and
 * directives: one apr_thread_pool for each child, one push and one memory
 * pool for each task, the status that r->status names. It is what the
 * benchmark compares with, and what `make check-naive` shows the tests of the
 * hard cases to fail with. It reads its configuration and the status words
 * with the module's own files; nothing else is shared.
 *
 * Not every mistake can be made at the same time, so CROSSTOWN_NAIVE in the
 * environment names further ones (naive_way_e below).
 */
#ifndef MOD_NAIVE_H
#define MOD_NAIVE_H

#include "config.h"
#include "place.h"
#include "crosstown_client.h"

/** One task. Lives in r->pool until the response is out, then in a pool of
 *  its own. */
typedef struct naive_task_t {
    struct naive_task_t *next;
    const char *name;
    crosstown_fn_t *fn;
    void *data;
    crosstown_carry_fn_t *carry;
    crosstown_over_fn_t *over;
    apr_size_t data_size;
    int same_thread;
    ct_statuses_t no_go;
    apr_time_t recorded;
    server_rec *server;
    crosstown_response_t *response;   /* NULL: submitted */
    apr_pool_t *pool;             /* where it lives */
    int moved;                    /* the pool is its own */
} naive_task_t;

/** The tasks of a request_rec, in its request_config. */
typedef struct naive_list_t {
    naive_task_t *first;
    naive_task_t **last;
    int dispatched;
} naive_list_t;

/** Ways to be more naive still, or differently. */
typedef enum {
    NAIVE_AT_EOS = 1,             /* dispatch when EOS was passed on, not when
                                     the request is logged */
    NAIVE_AT_CONNECTION_END = 2,  /* push when the client's connection ends */
    NAIVE_BYTES_SENT = 4,         /* take r->bytes_sent for what arrived */
    NAIVE_ON_TOP = 8,             /* apr_thread_pool_top(): no scan */
    NAIVE_DRAIN_EARLY = 16,       /* drain in child_stopping */
    NAIVE_DRAIN_LATE = 32         /* drain in a clean-up of pchild */
} naive_way_e;

/** Those that CROSSTOWN_NAIVE names; set in register_hooks. */
extern int naive_ways;

/* mod_naive_request.c */
crosstown_response_t *naive_request_snapshot(const request_rec *r,
                                             apr_pool_t *p);
void naive_request_dispatch(request_rec *r, int on);

/* mod_naive_pool.c */
void naive_pool_start(apr_pool_t *pchild, server_rec *s);
void naive_pool_stopping(apr_pool_t *pchild, int graceful);
void naive_task_view(const naive_task_t *task, crosstown_task_t *view);
naive_task_t *naive_task_move(const naive_task_t *task);
void naive_task_end(naive_task_t *task, crosstown_outcome_e outcome,
                    apr_status_t result);
void naive_task_run(naive_task_t *task);
apr_status_t naive_task_push(naive_task_t *task);

#endif
