/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers that come later: /probe-later?how=HOW and
 *
 *   tag=T     what the ledger calls this request
 *   ms=N      how long it waits (default 20000)
 *   cancel=1  answer_or_cancel() instead of answer()
 *   gate=G    what the work waits for
 *   status=N type=T size=N    the reply; fail=N what the work fails with
 *   rounds=N  how often it calls and waits, or fails
 *
 * Thread: the request's; the links and the canceller: each says.
 * Lifetime: an order is copied by call(); everything else is on the stack.
 */
#include "mod_probe.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "http_protocol.h"
#include "apr_strings.h"

/* What the query says. Holds no pointer: a copy of it is complete. */
typedef struct later_t {
    char tag[48];
    char gate[160];
    char type[48];
    int status;
    int size;
    int rounds;
    int cancel;
    apr_status_t fail;
    apr_interval_time_t timeout;
} later_t;

static const crosstown_deferreds_t *deferreds(void)
{
    return probe_crosstown.deferreds;
}

static void note(const later_t *later, const char *event)
{
    probe_line_t line;

    probe_line_begin(&line, event);
    probe_line_add(&line, "tag", later->tag);
    probe_line_end(&line);
}

static void note_result(const later_t *later, const char *event,
                        apr_status_t rv)
{
    probe_line_t line;

    probe_line_begin(&line, event);
    probe_line_add(&line, "tag", later->tag);
    probe_line_result(&line, "answer", rv);
    probe_line_end(&line);
}

/* ---- links -------------------------------------------------------------- */

/* The pool's thread. The result is the order, in the chain's own memory: the
 * request may have left when the next link wants it. */
static apr_status_t work(crosstown_step_t *step, void *data)
{
    apr_pool_t *pool = deferreds()->pool(step->deferred);
    const later_t *later = data;

    note(later, "work");
    if (*later->gate) {
        probe_wait_at_gate(later->gate);
    }
    note(later, "work_end");
    if (later->fail != APR_SUCCESS) {
        step->message = "the probe has had enough";
        return later->fail;
    }
    step->result = pool ? apr_pmemdup(pool, later, sizeof(*later)) : NULL;
    return step->result ? APR_SUCCESS : APR_ENOMEM;
}

/* Behind work(): on whatever thread the chain runs. */
static apr_status_t make_reply(crosstown_step_t *step, void *unused)
{
    apr_pool_t *pool = deferreds()->pool(step->deferred);
    const later_t *later = step->result;
    char *body = pool ? apr_palloc(pool, (apr_size_t)later->size + 1) : NULL;

    (void)unused;
    if (!body) {
        return APR_ENOMEM;
    }
    memset(body, 'x', (apr_size_t)later->size);
    body[later->size] = '\0';
    step->result = deferreds()->reply(step->deferred, later->status,
                                      *later->type ? later->type : NULL,
                                      body);
    return step->result ? APR_SUCCESS : APR_ENOMEM;
}

static apr_status_t do_nothing(crosstown_step_t *step, void *data)
{
    (void)step;
    (void)data;
    return APR_SUCCESS;
}

/* The thread that cancels: the request's. */
static void note_cancel(crosstown_deferred_t *d, void *data)
{
    (void)d;
    note(data, "cancelled");
}

/* ---- calling and waiting ------------------------------------------------ */

static crosstown_deferred_t *call(crosstown_link_fn_t *fn, later_t *later)
{
    crosstown_opts_t opts = CROSSTOWN_OPTS_INIT;

    opts.name = "later";
    opts.data_size = sizeof(*later);
    return deferreds()->call(NULL, fn, later, &opts);
}

static apr_status_t wait_noted(const later_t *later, crosstown_deferred_t *d,
                               apr_interval_time_t timeout)
{
    crosstown_result_t result = { sizeof(result), APR_SUCCESS, NULL, NULL };
    apr_status_t rv = d ? deferreds()->wait(d, timeout, &result)
                        : APR_ENOMEM;

    note_result(later, "wait", rv);
    return rv;
}

/* A pool's thread, which waits for another of the same pool. */
static apr_status_t wait_inside(crosstown_step_t *step, void *data)
{
    later_t *later = data;
    crosstown_deferred_t *d = call(work, later);

    (void)step;
    (void)wait_noted(later, d, later->timeout);
    deferreds()->release(d);
    return APR_SUCCESS;
}

/* ---- the ways to answer: the request's thread --------------------------- */

static int say(request_rec *r, const char *text)
{
    ap_set_content_type(r, "text/plain");
    ap_rputs(text, r);
    return OK;
}

static int answer(request_rec *r, crosstown_deferred_t *d,
                  const later_t *later)
{
    probe_line_t line;
    int status;

    note(later, "waits");
    status = later->cancel
             ? deferreds()->answer_or_cancel(r, d, later->timeout)
             : deferreds()->answer(r, d, later->timeout);
    probe_line_begin(&line, "answered");
    probe_line_add(&line, "tag", later->tag);
    probe_line_number(&line, "status", status);
    probe_line_number(&line, "aborted", r->connection->aborted);
    probe_line_end(&line);
    return status;
}

static int answer_work(request_rec *r, later_t *later)
{
    crosstown_deferred_t *d = call(work, later);

    if (d) {
        deferreds()->add(d, make_reply, NULL, NULL, NULL);
    }
    return answer(r, d, later);
}

/* Its reply is there when the wait begins. */
static int answer_now(request_rec *r, later_t *later)
{
    crosstown_deferred_t *d = deferreds()->attempt(work, NULL, later);

    if (d) {
        deferreds()->add(d, make_reply, NULL, NULL, NULL);
    }
    return answer(r, d, later);
}

static int answer_never(request_rec *r, later_t *later)
{
    return answer(r, deferreds()->make(note_cancel, later), later);
}

/* A chain that ends well, but not with a reply. */
static int answer_nothing(request_rec *r, later_t *later)
{
    return answer(r, deferreds()->succeeded(NULL), later);
}

/* Nobody is there to see them fail. */
static int forget_failure(request_rec *r, later_t *later)
{
    int i;

    for (i = 0; i < later->rounds; ++i) {
        deferreds()->release(deferreds()->failed(later->fail,
                                                 "the probe has had enough"));
    }
    return say(r, "forgotten\n");
}

static int wait_plainly(request_rec *r, later_t *later)
{
    crosstown_deferred_t *d = deferreds()->make(NULL, NULL);
    apr_status_t rv;

    note(later, "waits");
    rv = wait_noted(later, d, later->timeout);
    deferreds()->release(d);
    return rv == APR_EOF ? HTTP_SERVICE_UNAVAILABLE : say(r, "waited\n");
}

/* Too short a time first; then the work may go on. */
static int wait_again(request_rec *r, later_t *later)
{
    crosstown_deferred_t *d = call(work, later);

    (void)wait_noted(later, d, 0);
    (void)wait_noted(later, d, 1000);
    (void)wait_noted(later, d, later->timeout);
    (void)wait_noted(later, d, 0);
    deferreds()->release(d);
    return say(r, "waited\n");
}

static int nest(request_rec *r, later_t *later)
{
    crosstown_deferred_t *d = call(wait_inside, later);

    (void)wait_noted(later, d, later->timeout);
    deferreds()->release(d);
    return say(r, "nested\n");
}

static apr_int64_t now_ns(clockid_t id)
{
    struct timespec now;

    clock_gettime(id, &now);
    return (apr_int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* Straight on: there and back again, so many times. */
static int wait_in_rounds(request_rec *r, later_t *later)
{
    apr_int64_t begin = now_ns(CLOCK_MONOTONIC);
    apr_int64_t busy = now_ns(CLOCK_PROCESS_CPUTIME_ID);
    int well = 0;
    int i;

    for (i = 0; i < later->rounds; ++i) {
        crosstown_result_t result = { sizeof(result), APR_EGENERAL, NULL,
                                      NULL };
        crosstown_deferred_t *d = call(do_nothing, later);

        well += d && deferreds()->wait(d, later->timeout, &result)
                     == APR_SUCCESS && result.status == APR_SUCCESS;
        deferreds()->release(d);
    }
    ap_set_content_type(r, "text/plain");
    ap_rprintf(r, "%d rounds, %" APR_INT64_T_FMT " ns, %" APR_INT64_T_FMT
               " ns of the process\n", well,
               now_ns(CLOCK_MONOTONIC) - begin,
               now_ns(CLOCK_PROCESS_CPUTIME_ID) - busy);
    return OK;
}

/* ---- the query ---------------------------------------------------------- */

static int number(const char *args, const char *key, int otherwise)
{
    char text[16];

    return probe_argument(args, key, text, sizeof(text)) ? atoi(text)
                                                         : otherwise;
}

static void read_order(request_rec *r, later_t *later)
{
    char gate[64];

    memset(later, 0, sizeof(*later));
    (void)probe_argument(r->args, "tag", later->tag, sizeof(later->tag));
    (void)probe_argument(r->args, "type", later->type, sizeof(later->type));
    if (probe_argument(r->args, "gate", gate, sizeof(gate))) {
        apr_snprintf(later->gate, sizeof(later->gate), "%s/%s", probe_gates,
                     gate);
    }
    later->status = number(r->args, "status", 0);
    later->size = number(r->args, "size", 5);
    later->rounds = number(r->args, "rounds", 1);
    later->cancel = number(r->args, "cancel", 0);
    later->fail = number(r->args, "fail", 0);
    later->timeout = apr_time_from_msec(number(r->args, "ms", 20000));
}

int probe_answer_later(request_rec *r)
{
    static const struct {
        const char *how;
        int (*play)(request_rec *r, later_t *later);
    } ways[] = {
        { "work", answer_work }, { "now", answer_now },
        { "never", answer_never }, { "nothing", answer_nothing },
        { "forget", forget_failure }, { "wait", wait_plainly },
        { "again", wait_again }, { "nest", nest },
        { "rounds", wait_in_rounds }, { NULL, NULL }
    };
    later_t later;
    char how[16];
    int i;

    if (!deferreds() || !probe_argument(r->args, "how", how, sizeof(how))) {
        return HTTP_NOT_IMPLEMENTED;
    }
    read_order(r, &later);
    for (i = 0; ways[i].how; ++i) {
        if (!strcmp(ways[i].how, how)) {
            return ways[i].play(r, &later);
        }
    }
    return HTTP_NOT_FOUND;
}
