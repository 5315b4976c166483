/* SPDX-License-Identifier: Apache-2.0 */
/* control: CrosstownControl, and the memory in which all processes read what
 * an administrator says while they run.
 * Thread: any of a child, unless a function says otherwise.
 * Lifetime: the memory is made by the first configuration that has
 * CrosstownControl On somewhere, and kept through restarts. A name that is
 * paused stays so until it is resumed, or the server is stopped; all else that
 * was said ends with a restart. */
#ifndef CT_CONTROL_H
#define CT_CONTROL_H

#include "glue.h"
#include "switches.h"

/** What is said. @return NULL: CrosstownControl is On nowhere */
ct_switches_t *ct_control_switches(void);

/** Is CrosstownControl On for this request, and can anything be said? */
int ct_control_is_on(const request_rec *r);

/** Is nothing more let in? */
int ct_control_is_draining(void);

/** So many threads a child may have at most, whatever is said. */
apr_uint32_t ct_control_most_threads(void);

/** The directive. Thread: the one that reads the configuration. */
const char *ct_control_set(cmd_parms *cmd, void *dir, const char *arg);

/** Register the hooks. Thread: start-up. */
void ct_control_register(void);

#endif
