/* SPDX-License-Identifier: Apache-2.0 */
/* formats: how a snapshot is written, for handler.c, and what the formats
 * share.
 * Thread: the request's.
 * Lifetime: a page is the handler's, during one call. */
#ifndef CT_FORMATS_H
#define CT_FORMATS_H

#include "snapshot.h"

/** So many of the tasks that run are listed, the oldest first. */
#define CT_STATUS_TASKS 256

/** The module's, for who includes mod_crosstown.h. */
#define CT_STATUS_VERSION                                                     \
    APR_STRINGIFY(CROSSTOWN_VERSION_MAJOR)                                    \
    "." APR_STRINGIFY(CROSSTOWN_VERSION_MINOR)

/** What is to be written, and where to. */
typedef struct ct_status_page_t {
    request_rec *r;
    const ct_snapshot_t *snapshot;
    int refresh;                     /* seconds; 0: not asked for */
} ct_status_page_t;

/** A counter or gauge of ct_numbers_t. */
typedef struct ct_status_field_t {
    const char *key;                 /* for programs */
    const char *title;               /* for people */
    int is_end;                      /* tasks end like this */
    int trouble;                     /* more than 0 is worth a look */
    int now;                         /* there is a ct_gauge_t of it, too; the
                                        last ones */
    apr_size_t offset;
} ct_status_field_t;

/** All of them, then one without a key. */
extern const ct_status_field_t ct_status_fields[];

/** The value of a field. */
apr_uint64_t ct_status_value(const ct_numbers_t *numbers,
                             apr_size_t offset);

/** The formats; each writes a whole answer. */
void ct_status_html(const ct_status_page_t *page);
void ct_status_json(const ct_status_page_t *page);
void ct_status_prometheus(const ct_status_page_t *page);

/** Parts of the HTML: the tables, and the drawings of the history. */
void ct_status_html_tables(const ct_status_page_t *page);
void ct_status_html_history(const ct_status_page_t *page);

/** How many tasks are listed. */
int ct_status_task_count(const ct_snapshot_t *snapshot);

/** How long a task runs already, microseconds. */
apr_interval_time_t ct_status_age(const ct_snapshot_t *snapshot,
                                  const ct_snapshot_task_t *task);

#endif
