/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a test wants to know of the inside of mod_crosstown, or to do there:
 * its tally, in a build for it the faults, tasks that submit tasks, and tasks
 * that hear of a stop.
 *
 * The tally is told twice: to whoever asks for it, and, since nobody can ask a
 * server that has stopped, in a file beside the ledger when the parent takes
 * its configuration down.
 *
 * Thread: the request's; a task's where it says so; the parent's main thread.
 * Lifetime: nothing is kept but the path of that file, in pconf.
 */
#include "mod_probe.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "apr_strings.h"
#include "fault_points.h"
#include "http_protocol.h"

/* One line per number, for tests to read. */
static apr_status_t print_tally(char *text, apr_size_t room)
{
    crosstown_tally_t tally;
    apr_status_t rv;

    memset(&tally, 0, sizeof(tally));
    tally.size = sizeof(tally);
    rv = crosstown_client_tally(&probe_crosstown, &tally);
    apr_snprintf(text, room, "recorded=%" APR_UINT64_T_FMT
                 "\nran=%" APR_UINT64_T_FMT "\nfailed=%" APR_UINT64_T_FMT
                 "\nno_go=%" APR_UINT64_T_FMT "\ncancelled=%" APR_UINT64_T_FMT
                 "\nrejected=%" APR_UINT64_T_FMT "\nstopped=%"
                 APR_UINT64_T_FMT "\nlost=%" APR_UINT64_T_FMT "\nopen=%"
                 APR_UINT64_T_FMT "\n",
                 tally.recorded, tally.ran, tally.failed, tally.no_go,
                 tally.cancelled, tally.rejected, tally.stopped, tally.lost,
                 tally.open);
    return rv;
}

int probe_tell_tally(request_rec *r)
{
    char text[512];

    if (print_tally(text, sizeof(text)) != APR_SUCCESS) {
        return HTTP_NOT_IMPLEMENTED;
    }
    ap_set_content_type(r, "text/plain");
    ap_rputs(text, r);
    return OK;
}

typedef struct last_words_t {
    const char *path;
    pid_t parent;
} last_words_t;

static apr_status_t write_tally(void *data)
{
    const last_words_t *words = data;
    char text[512];
    int file;

    if (getpid() != words->parent
        || print_tally(text, sizeof(text)) != APR_SUCCESS) {
        return APR_SUCCESS;
    }
    file = open(words->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (file < 0) {
        return APR_SUCCESS;    /* httpd -X: nobody special any more */
    }
    if (write(file, text, strlen(text)) != (ssize_t)strlen(text)) {
        /* No tally is better than a part of one. */
        abort();
    }
    close(file);
    return APR_SUCCESS;
}

/* At a stop all children are gone by then. Modules are unloaded later. */
void probe_keep_tally(apr_pool_t *pconf, const char *ledger)
{
    last_words_t *words = apr_palloc(pconf, sizeof(*words));

    words->path = apr_pstrcat(pconf, ledger, ".tally", NULL);
    words->parent = getpid();
    apr_pool_cleanup_register(pconf, words, write_tally,
                              apr_pool_cleanup_null);
}

/* ?point=P&nth=N&times=N; what it says is how often the one before has
 * failed. */
int probe_set_fault(request_rec *r)
{
    APR_OPTIONAL_FN_TYPE(crosstown_fault) *set =
        APR_RETRIEVE_OPTIONAL_FN(crosstown_fault);
    char point[16], nth[16], times[16];

    if (!set || !probe_argument(r->args, "point", point, sizeof(point))
        || !probe_argument(r->args, "nth", nth, sizeof(nth))
        || !probe_argument(r->args, "times", times, sizeof(times))) {
        return HTTP_NOT_IMPLEMENTED;
    }
    ap_set_content_type(r, "text/plain");
    ap_rprintf(r, "%d\n", set(point, (unsigned int)atoi(nth),
                              (unsigned int)atoi(times)));
    return OK;
}

/* A task's thread. Indexes that no task recorded by a script has. */
void probe_submit_from(const crosstown_task_t *task,
                       const probe_order_t *order)
{
    probe_order_t next = *order;
    crosstown_opts_t opts = CROSSTOWN_OPTS_INIT;
    int i;

    next.submits = 0;
    next.owned = 0;
    opts.name = task->name;
    opts.data_size = sizeof(next);
    opts.over = probe_over;
    for (i = 0; i < order->submits; ++i) {
        probe_line_t line;

        next.index = (order->index + 1) * 100000 + i;
        probe_line_begin(&line, "submit");
        probe_line_add(&line, "tag", order->tag);
        probe_line_number(&line, "index", next.index);
        probe_line_result(&line, "answer",
                          crosstown_client_submit(&probe_crosstown, NULL,
                                                  probe_run, &next, &opts));
        probe_line_end(&line);
    }
}

/* A task's thread. A test that never stops the server fails for it. */
void probe_wait_for_stop(const probe_order_t *order)
{
    apr_time_t deadline = apr_time_now() + apr_time_from_sec(30);
    probe_line_t line;

    while (!crosstown_client_stopping(&probe_crosstown)
           && apr_time_now() < deadline) {
        apr_sleep(2000);
    }
    probe_line_begin(&line, "heard");
    probe_line_add(&line, "tag", order->tag);
    probe_line_number(&line, "count",
                      crosstown_client_stopping(&probe_crosstown));
    probe_line_end(&line);
}
