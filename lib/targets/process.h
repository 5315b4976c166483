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

/** A line that it has written, without its end. */
typedef void (ct_process_tell_fn_t)(void *context, const char *line);

/** What is to be run. */
typedef struct ct_process_t {
    char *const *argv;               /* the full path first; no shell */
    char *const *environment;        /* all of it */
    const char *input;               /* what it may read from stdin */
    apr_size_t length;               /* bytes */
    apr_interval_time_t timeout;     /* microseconds */
    int leave;                       /* at a stop: let it go on alone */
    apr_time_t (*deadline)(void);    /* 0, or when the caller has to be gone */
    ct_process_tell_fn_t *complain;  /* lines of stderr */
    ct_process_tell_fn_t *wrote;     /* of stdout; NULL: to /dev/null */
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
 * has no signal blocked or ignored, and reads and writes through pipes; its
 * directory is /. Of what it writes the first 64 KiB are told, and all is
 * read. One that is ended gets SIGTERM and, a second later, SIGKILL, with its
 * whole group.
 * @param code  set, see ct_process_end_e
 * @return APR_SUCCESS: end is set | why it could not be started
 */
apr_status_t ct_process_run(const ct_process_t *process, ct_process_end_e *end,
                            int *code);

#endif
