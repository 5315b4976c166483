/* SPDX-License-Identifier: Apache-2.0 */
/* tasks_glue: what every file of this room needs of the server.
 * Thread: declarations only.
 * Lifetime: declarations only. */
#ifndef CT_TASKS_GLUE_H
#define CT_TASKS_GLUE_H

#include "httpd.h"
#include "http_config.h"
#include "http_core.h"
#include "http_log.h"
#include "http_main.h"

/* The module struct is all that is exported; AP_DECLARE_MODULE does not make
 * it visible by itself. */
#pragma GCC visibility push(default)
extern module AP_MODULE_DECLARE_DATA crosstown_tasks_module;
APLOG_USE_MODULE(crosstown_tasks);
#pragma GCC visibility pop

/** The number of a log line, in front of its format. */
#define CTLOGNO(number) "CT" #number ": "

#endif
