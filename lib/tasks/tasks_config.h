/* SPDX-License-Identifier: Apache-2.0 */
/* tasks_config: what can be said only of the whole configuration: what is
 * wrong or makes no sense in it, what is in force (DUMP_CROSSTOWN), and what a
 * script is told of it.
 * Thread: start-up; fixups: the request's.
 * Lifetime: the configuration's. */
#ifndef CT_TASKS_CONFIG_H
#define CT_TASKS_CONFIG_H

/** Hang in. Thread: start-up. */
void ct_tasks_config_register(void);

#endif
