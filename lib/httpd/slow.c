/* SPDX-License-Identifier: Apache-2.0 */
/* slow: looks into the child's own entries of active tasks, no sooner than one
 * of them can have become slow, so that nothing is kept or set for a task that
 * is not. Tasks beyond the CT_SNAPSHOT_TASKS that are listed are seen only
 * when they are over. How long a task has been running is measured by the
 * time of day: when that is put forward a task may seem slow that is not,
 * once. */
#include "slow.h"

#include <string.h>

#include "apr_strings.h"
#include "clock.h"
#include "config.h"
#include "end_text.h"
#include "log_rate_limit.h"
#include "active_tasks.h"
#include "name_ids.h"

/* Lines of one look, or of one second. */
#define LINES 20
/* Between two looks. */
#define SHORTEST_WAIT APR_USEC_PER_SEC
/* Tasks that are listed. */
#define LISTED 5
/* Bytes of a task in words, with its end. */
#define WORDS_SIZE 600

atomic_int ct_slow_nobody_looks;

static apr_interval_time_t limit = APR_INT64_MAX; /* set once: microseconds */
static ct_alarm_t next_look;               /* the clock's */
static apr_time_t told[CT_SNAPSHOT_TASKS]; /* the clock's: start of what was
                                              logged last */

static void tell_ends(server_rec *s, const char *unused, unsigned int held)
{
    ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, s, CTLOGNO(01705) "%u more slow "
                 "task(s) are over", held);
}

static ct_rate_limit_t ends = CT_RATE_LIMIT(LINES, tell_ends);

static int seconds(apr_interval_time_t time)
{
    return time > 0 ? (int)apr_time_sec(time) : 0;
}

static const char *describe(char words[WORDS_SIZE], const ct_shown_t *shown)
{
    char ids[CT_END_TEXT_SIZE], room[CT_END_TEXT_SIZE];
    const char *attempt = ct_end_text_attempt(shown->attempt, room);

    if (shown->status) {
        apr_snprintf(words, WORDS_SIZE, "task \"%s\"%s after %d for %s (%s)",
                     shown->name, attempt, shown->status, shown->uri,
                     ct_end_text_ids(ids, shown->log_id, shown->server,
                                     shown->client, shown->traceparent));
    }
    else {
        apr_snprintf(words, WORDS_SIZE, "submitted task \"%s\"%s", shown->name,
                     attempt);
    }
    return words;
}

static void log_slow(const ct_shown_t *shown, apr_time_t now)
{
    char words[WORDS_SIZE];
    char since[APR_CTIME_LEN];
    char where[32] = " on no thread (it is held)";

    apr_ctime(since, shown->started);
    if (shown->thread) {
        apr_snprintf(where, sizeof(where), " on thread %d", shown->thread);
    }
    ap_log_error(APLOG_MARK, APLOG_WARNING, 0, ap_server_conf,
                 CTLOGNO(01701) "%s has been running for %d s%s, "
                 "%s%ssince %s (CrosstownSlowTask %d)", describe(words, shown),
                 seconds(now - shown->started), where, shown->target,
                 *shown->target ? ", " : "", since, seconds(limit));
}

static void log_others(unsigned int count)
{
    if (count > 0) {
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, ap_server_conf,
                     CTLOGNO(01702) "%u more task(s) have been running for "
                     "longer than %d s (CrosstownSlowTask)", count,
                     seconds(limit));
    }
}

/* Also a task's, while it is in the middle of it.
 * @return when the next one that runs now can be slow */
static apr_time_t look_at_all(apr_time_t now)
{
    apr_time_t next = now + limit;
    unsigned int slow = 0;
    int i;

    for (i = 0; i < CT_SNAPSHOT_TASKS; ++i) {
        ct_shown_t shown;

        if (!ct_active_tasks_look_own(i, &shown)
            || shown.started == told[i]) {
            continue;
        }
        if (now - shown.started < limit) {
            next = shown.started + limit < next ? shown.started + limit : next;
            continue;
        }
        told[i] = shown.started;
        if (++slow <= LINES) {
            log_slow(&shown, now);
        }
    }
    log_others(slow > LINES ? slow - LINES : 0);
    return next;
}

static void look(void *unused)
{
    apr_time_t now = apr_time_now();
    apr_interval_time_t wait = look_at_all(now) - now;

    /* Refused only by a clock that has stopped. */
    (void)ct_clock_set(&next_look, wait > SHORTEST_WAIT ? wait
                                                        : SHORTEST_WAIT);
}

/* The clock stops: there is nothing to be given back. */
static void look_no_more(void *unused)
{
}

void ct_slow_start(void)
{
    apr_interval_time_t wanted = ct_config()->slow_task;

    limit = wanted ? wanted : APR_INT64_MAX;
    next_look.ring = look;
    next_look.drop = look_no_more;
    atomic_store(&ct_slow_nobody_looks, wanted != 0);
}

void ct_slow_begin_to_look(void)
{
    apr_status_t rv;

    if (!atomic_exchange(&ct_slow_nobody_looks, 0)) {
        return;
    }
    rv = ct_clock_set(&next_look, limit);
    if (rv != APR_SUCCESS && rv != APR_EOF) {
        ap_log_error(APLOG_MARK, APLOG_ERR, rv, ap_server_conf,
                     CTLOGNO(01704) "CrosstownSlowTask: this child cannot "
                     "look for slow tasks, and logs none");
    }
}

static void keep(char *room, apr_size_t size, const char *text)
{
    apr_cpystrn(room, text ? text : "-", size);
}

static void show(ct_shown_t *shown, const crosstown_task_t *task)
{
    const crosstown_response_t *response = task->response;

    memset(shown, 0, sizeof(*shown));
    ct_name_ids_spell(shown->name, task->name);
    shown->attempt = task->attempt;
    if (response) {
        shown->status = response->status;
        apr_cpystrn(shown->uri, response->uri, sizeof(shown->uri));
        shown->server = response->server;
        keep(shown->log_id, sizeof(shown->log_id), response->log_id);
        keep(shown->client, sizeof(shown->client), response->client_ip);
        keep(shown->traceparent, sizeof(shown->traceparent),
             response->traceparent);
    }
}

static void log_over(server_rec *s, const crosstown_task_t *task,
                     apr_interval_time_t took)
{
    if (ct_rate_limit_allows(&ends, s, NULL)) {
        char words[WORDS_SIZE];
        ct_shown_t shown;

        show(&shown, task);
        ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, s, CTLOGNO(01703)
                     "%s is over after %d s", describe(words, &shown),
                     seconds(took));
    }
}

void ct_slow_over(server_rec *s, const crosstown_task_t *task,
                  apr_interval_time_t took)
{
    if (took >= limit) {
        log_over(s, task, took);
    }
}

void ct_slow_list(char text[CT_SLOW_LIST_SIZE])
{
    apr_time_t now = apr_time_now();
    apr_size_t used = 0;
    int listed = 0;
    int i;

    text[0] = '\0';
    for (i = 0; i < CT_SNAPSHOT_TASKS && listed < LISTED; ++i) {
        ct_shown_t shown;

        if (ct_active_tasks_look_own(i, &shown)) {
            char words[WORDS_SIZE];

            used += (apr_size_t)apr_snprintf(
                text + used, CT_SLOW_LIST_SIZE - used, "; %s for %d s",
                describe(words, &shown), seconds(now - shown.started));
            ++listed;
        }
    }
}
