/* SPDX-License-Identifier: Apache-2.0 */
/* formats: how a snapshot is written, for handler.c, and what the formats
 * share.
 * Thread: the request's.
 * Lifetime: a page is the handler's, during one call. */
#ifndef CT_FORMATS_H
#define CT_FORMATS_H

#include "name_limit.h"
#include "snapshot.h"

/** So many of the tasks that run are listed, the oldest first. */
#define CT_STATUS_TASKS 256

/** The module's, for whoever includes mod_crosstown.h. */
#define CT_STATUS_VERSION                                                     \
    APR_STRINGIFY(CROSSTOWN_VERSION_MAJOR)                                    \
    "." APR_STRINGIFY(CROSSTOWN_VERSION_MINOR)

/** What is to be written, and where to. */
typedef struct ct_status_page_t {
    request_rec *r;
    const ct_snapshot_t *snapshot;
    const apr_array_header_t *tables;   /* ct_module_numbers_read() */
    const struct ct_verdict_t *verdict;
    int refresh;                     /* seconds; 0: not asked for */
    const char *sort;                /* the word; NULL: not asked for */
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

/** What the oldest task of a name is, or of all. */
typedef struct ct_status_oldest_t {
    const char *key;                 /* for programs */
    const char *title;               /* for people */
    apr_size_t offset;               /* in ct_ages_t */
} ct_status_oldest_t;

/** All of them, then one without a key. */
extern const ct_status_oldest_t ct_status_oldest[];

/** How long the oldest task is that already, microseconds; < 0: there is
 *  none. */
apr_interval_time_t ct_status_oldest_age(const ct_snapshot_t *snapshot,
                                         const ct_ages_t *ages,
                                         const ct_status_oldest_t *oldest);

/** How many ran in a minute, of what was counted lately. */
double ct_status_rate(const ct_recent_t *recent);

/** Which share of the attempts failed, 0 to 1; < 0: there were none. */
double ct_status_failing(const ct_numbers_t *numbers);

/** How many did not run though they should. */
apr_uint64_t ct_status_not_run(const ct_numbers_t *numbers);

/** How many failed, or did not run though they should. */
apr_uint64_t ct_status_trouble(const ct_numbers_t *numbers);

/** Does a task that waits since then wait too long? @param since  0: none */
int ct_status_is_late(const ct_snapshot_t *snapshot, apr_time_t since);

/** Is the verdict about a name, or about what a task of it works with? */
int ct_status_is_about(const ct_status_page_t *page,
                       const ct_snapshot_name_t *name);

/** What names are sorted by, the high ones first, for those who look for a
 *  trouble: the names that the verdict is about, what went wrong in the last
 *  minute, who is late, what went wrong in the last half hour. */
#define CT_STATUS_ORDER 4
void ct_status_order(const ct_status_page_t *page,
                     const ct_snapshot_name_t *name,
                     apr_uint64_t order[CT_STATUS_ORDER]);

/** Compare what two rows are sorted by, for qsort(): the high ones come
 *  first. */
int ct_status_compare(const apr_uint64_t *one, const apr_uint64_t *other,
                      unsigned int count);

/** How long before the snapshot that was, microseconds; 0: not before. */
apr_interval_time_t ct_status_since(const ct_snapshot_t *snapshot,
                                    apr_time_t since);

/** For how long no call has returned in a child, microseconds. */
apr_interval_time_t ct_status_idle(const ct_snapshot_t *snapshot,
                                   const ct_snapshot_child_t *child);

/** How many of a limited name there are: in that child which has most of them,
 *  but for those that run, where all children are counted, in all. */
void ct_status_limited(const ct_snapshot_t *snapshot,
                       const ct_name_limit_t *limit, ct_gauge_t *running,
                       ct_gauge_t *waiting);

/** What that child has which has most of it now. */
apr_uint64_t ct_status_busiest(const ct_snapshot_t *snapshot,
                               apr_size_t offset);

/** The formats; each writes a whole answer. */
void ct_status_html(const ct_status_page_t *page);
void ct_status_json(const ct_status_page_t *page);
void ct_status_prometheus(const ct_status_page_t *page);

/** Parts of the HTML: the tables, and the drawings of the history. */
void ct_status_html_tables(const ct_status_page_t *page);
void ct_status_html_now(const ct_status_page_t *page);
void ct_status_html_names(const ct_status_page_t *page);
void ct_status_html_limits(const ct_status_page_t *page);
void ct_status_html_history(const ct_status_page_t *page);

/** A table of the HTML, in a box that scrolls. Columns are separated by '|';
 *  all words are HTML. */
void ct_status_html_open_table(request_rec *r, const char *id,
                               const char *title, const char *columns);
/** A cell. @param title     of its column, as HTML
 *          @param emphasis  a class, or NULL */
void ct_status_html_cell(request_rec *r, const char *title,
                         const char *emphasis, const char *text);

/** A name, or a URI, that is never broken inside a word. */
const char *ct_status_html_name(apr_pool_t *p, const char *name);

void ct_status_html_close_table(request_rec *r, const char *note);

/** What names may be sorted by: NULL, or a list of words.
 *  @param word  NULL is legal */
const char *ct_status_sort_refused(apr_pool_t *p, const char *word);

/** How many tasks are listed. */
int ct_status_task_count(const ct_snapshot_t *snapshot);

/** The virtual host of a task's request, as "name" or "name:port".
 *  @return NULL: it has none, or its child is of an older generation */
const char *ct_status_task_host(apr_pool_t *p, const ct_snapshot_t *snapshot,
                                const ct_snapshot_task_t *task);

/** Who has recorded a task: what was said of that, or the module that its
 *  function belongs to, as "mod_postcard".
 *  @return NULL: its child is of an older generation */
const char *ct_status_task_by(apr_pool_t *p, const ct_snapshot_t *snapshot,
                              const ct_snapshot_task_t *task);

/** How long a task runs already, microseconds. */
apr_interval_time_t ct_status_age(const ct_snapshot_t *snapshot,
                                  const ct_snapshot_task_t *task);

#endif
