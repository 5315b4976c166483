/* SPDX-License-Identifier: Apache-2.0 */
/* process: runs a program: nothing of the server is inherited but its user,
 * text goes in, lines of complaint come out, and it ends in time. Knows
 * nothing of tasks or of httpd.
 * Thread: any; it holds the calling thread until the program has ended.
 * Lifetime: one call. */
#ifndef CT_PROCESS_H
#define CT_PROCESS_H

#include "apr_errno.h"
#include "apr_time.h"

/** What is to be run. */
typedef struct ct_process_t {
    char *const *argv;               /* the full path first; no shell */
    char *const *environment;        /* all of it */
    const char *input;               /* what it may read from stdin */
    apr_size_t length;               /* bytes */
    apr_interval_time_t timeout;     /* microseconds */
    int leave;                       /* at a stop: let it go on alone */
    apr_time_t (*deadline)(void);    /* 0, or when the caller has to be gone */
    void (*complain)(void *context, const char *line); /* of stderr */
    void *context;
} ct_process_t;

typedef enum {
    CT_PROCESS_EXITED,               /* code: its exit code */
    CT_PROCESS_KILLED,               /* code: by this signal */
    CT_PROCESS_TIMED_OUT,            /* it was ended, and its group with it */
    CT_PROCESS_STOPPED,              /* the same, since the caller has to go */
    CT_PROCESS_LEFT                  /* it goes on alone */
} ct_process_end_e;

/**
 * Run a program and wait for its end. It is in a process group of its own,
 * has no signal blocked or ignored, reads from a pipe, writes to /dev/null
 * and complains into a pipe; its directory is /. One that is ended gets
 * SIGTERM and, a second later, SIGKILL, with its whole group.
 * @param code  set, see ct_process_end_e
 * @return APR_SUCCESS: end is set | why it could not be started
 */
apr_status_t ct_process_run(const ct_process_t *process, ct_process_end_e *end,
                            int *code);

#endif
