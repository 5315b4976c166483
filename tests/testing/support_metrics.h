/* SPDX-License-Identifier: Apache-2.0 */
/* support_metrics: the scoreboard itself instead of the library's, with
 * processes that count there. */
#ifndef TESTING_SUPPORT_METRICS_H
#define TESTING_SUPPORT_METRICS_H

#include "support.h"

#include "accounting.h"
#include "ap_mpm.h"
#include "mpm_common.h"
#include "scoreboard.h"

/** What the server is like; set back by metrics_setup(). */
typedef struct {
    void *retained;
    int limit;                       /* ServerLimit */
    int threads;                     /* are there any? */
    int state;                       /* AP_SQ_MS_... */
    int no_memory;                   /* to be shared */
    apr_time_t later;                /* than it is */
} metrics_server_t;

extern metrics_server_t metrics_server;

typedef struct {
    pid_t pid;
    int end;                         /* of a pipe: a byte lets it go */
} child_t;

int metrics_setup(void **state);
int metrics_teardown(void **state);

server_rec *server(void);

/** Run post_config. */
void configure(void);

/** The next three count in the calling process: so many wait; one of those
 *  that wait is called; of three one is over, one runs and one waits. */
void queue(const char *name, int tasks);
void call(const char *name);
void work(const char *name);

crosstown_task_t task_of(const char *name);

/** Come back when it has worked; it stays until it is let go or killed. */
child_t fork_child(const char *name);

void await_end(const child_t *child);

/** The parent learns that it is gone. */
void note_end(pid_t pid);

/** It does the rest of its tasks and goes. */
void let_go(const child_t *child);

/** Before and with the parent's notice. */
void kill_it(const child_t *child);
void kill_child(const child_t *child);

ct_snapshot_t *snapshot(void);

/** Of all that was recorded. */
void assert_total(apr_uint64_t recorded, apr_uint64_t ran, apr_uint64_t lost,
                  apr_uint64_t running);
void assert_waiting(apr_uint64_t waiting);

int logged(const char *text);

#endif
