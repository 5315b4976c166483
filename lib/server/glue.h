/* SPDX-License-Identifier: Apache-2.0 */
/* glue: what every file that knows httpd needs of it.
 * Thread: declarations only.
 * Lifetime: declarations only. */
#ifndef CT_GLUE_H
#define CT_GLUE_H

#include "httpd.h"
#include "http_config.h"
#include "http_core.h"
#include "http_log.h"
#include "http_main.h"
#include "ap_mmn.h"

#include "logno.h"

#if !AP_MODULE_MAGIC_AT_LEAST(20120211, 110)
#error "mod_crosstown needs httpd 2.4.49 or later (the child_stopping hook)"
#endif

/* The one symbol that leaves the module: all else is hidden. */
#pragma GCC visibility push(default)
extern module AP_MODULE_DECLARE_DATA crosstown_module;
#pragma GCC visibility pop

APLOG_USE_MODULE(crosstown);

#endif
