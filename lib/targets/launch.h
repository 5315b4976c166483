/* SPDX-License-Identifier: Apache-2.0 */
/* launch: a program starts, and nothing of this process goes with it but its
 * user and limits.
 * Thread: any.
 * Lifetime: no state. */
#ifndef CT_LAUNCH_H
#define CT_LAUNCH_H

#include <sys/types.h>

#include "apr_errno.h"

/**
 * A pipe that no program inherits. Where pipe2() is missing, a program that
 * another module starts at that very moment may inherit it.
 * @param ends  set: [0] is read from, [1] is written to; both above 2
 * @return APR_SUCCESS | errno
 */
apr_status_t ct_launch_pipe(int ends[2]);

/**
 * Start a program: in a process group of its own, with no signal blocked or
 * ignored, with three descriptors, in the directory /.
 * @param pid          set: whoever calls waits for it
 * @param argv         the full path first; no shell
 * @param environment  all of it
 * @param its          what it has as 0, 1 and 2, itself above 2; the second
 *                     may be -1: /dev/null
 * @return APR_SUCCESS | why it does not run, as errno
 */
apr_status_t ct_launch(pid_t *pid, char *const *argv, char *const *environment,
                      const int its[3]);

/** A descriptor that can be read from when the program has ended, or -1 where
 *  the kernel has none. Whoever calls closes it. */
int ct_launch_watch(pid_t pid);

#endif
