/* SPDX-License-Identifier: Apache-2.0 */
/* keep_glue: what every file of this room needs of the server, and
 * mod_crosstown's functions.
 * Thread: declarations only; the functions are fetched at start-up.
 * Lifetime: declarations only. */
#ifndef CT_KEEP_GLUE_H
#define CT_KEEP_GLUE_H

#include "httpd.h"
#include "http_config.h"
#include "http_core.h"
#include "http_log.h"
#include "http_main.h"

#include "crosstown_client.h"
#include "crosstown_keep.h"

/* The module struct is all that is exported; AP_DECLARE_MODULE does not make
 * it visible by itself. */
#pragma GCC visibility push(default)
extern module AP_MODULE_DECLARE_DATA crosstown_store_module;
APLOG_USE_MODULE(crosstown_store);
#pragma GCC visibility pop

/** The number of a log line, in front of its format. */
#define CTLOGNO(number) "CT" #number ": "

/** What others export; NULL where they are not loaded. */
typedef struct ct_keep_others_t {
    crosstown_client_t crosstown;
    APR_OPTIONAL_FN_TYPE(crosstown_said) *said;
    APR_OPTIONAL_FN_TYPE(crosstown_new_id) *new_id;
    APR_OPTIONAL_FN_TYPE(crosstown_identify) *identify;
    APR_OPTIONAL_FN_TYPE(crosstown_stays_kept) *stays_kept;
    APR_OPTIONAL_FN_TYPE(crosstown_find_no_go) *find_no_go;
    APR_OPTIONAL_FN_TYPE(crosstown_refuses) *refuses;
    APR_OPTIONAL_FN_TYPE(crosstown_free_threads) *free_threads;
    APR_OPTIONAL_FN_TYPE(crosstown_run_named) *run_named;
    APR_OPTIONAL_FN_TYPE(crosstown_is_named) *is_named;
} ct_keep_others_t;

extern ct_keep_others_t ct_keep_others;

#endif
