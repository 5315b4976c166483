/* SPDX-License-Identifier: Apache-2.0 */
/* destination_glue: what every file of this room needs of the server, and
 * mod_crosstown's functions. Each module that is linked with the room says
 * which one it is.
 * Thread: declarations only; the functions are fetched at start-up.
 * Lifetime: declarations only. */
#ifndef CT_DESTINATION_GLUE_H
#define CT_DESTINATION_GLUE_H

#include "httpd.h"
#include "http_config.h"
#include "http_core.h"
#include "http_log.h"
#include "http_main.h"

#include "crosstown_client.h"
#include "crosstown_tasks.h"
#include "engine.h"

/** What the module is and brings; the module defines it, once. */
typedef struct ct_destination_kind_t {
    module *owner;
    const char *name;                /* mod_crosstown_...; its table's key */
    const char *title;               /* of its table, for people */
    const ct_engine_t *engine;
    /** A connection to an address, not open yet; malloc()ed.
     *  @return NULL: no memory */
    void *(*make)(const void *address);
    void (*unmake)(void *connection);
} ct_destination_kind_t;

extern const ct_destination_kind_t ct_destination_kind;

/* Log lines bear the name of the module. */
#undef APLOG_MODULE_INDEX
#define APLOG_MODULE_INDEX (ct_destination_kind.owner->module_index)

/** The number of a log line, in front of its format. */
#define CTLOGNO(number) "CT" #number ": "

/** What mod_crosstown exports. */
extern crosstown_client_t ct_destination_crosstown;

#endif
