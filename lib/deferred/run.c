/* SPDX-License-Identifier: Apache-2.0 */
/* run: running links. Where one waits for another deferred, the result is
 * moved over when it has come, and the one that got it has its turn before
 * the other goes on (as in Twisted). Who is to go on after whom is a list
 * through on.below, so that the longest nest of deferreds takes no more of
 * the stack than a single one.
 *
 * Thread: the one that owns the chain, see deferred.h.
 * Lifetime: a run holds a reference to each deferred in its list. */
#include "deferred.h"

/** A run that this thread is inside of. */
typedef struct run_t {
    crosstown_deferred_t *current;
    struct run_t *outside;
} run_t;

static _Thread_local run_t *runs;

int ct_run_is_here(crosstown_deferred_t *d)
{
    const run_t *run;
    const crosstown_deferred_t *at;

    for (run = runs; run; run = run->outside) {
        for (at = run->current; at; at = at->on.below) {
            if (at == d) {
                return 1;
            }
        }
    }
    return 0;
}

static int is_this(crosstown_deferred_t *at, void *data)
{
    return at == data;
}

/* Have the current one wait for inner, whose reference is ours. Once it
 * stands in inner's links, it may be running on another thread. */
static void follow(run_t *run, crosstown_deferred_t *inner)
{
    crosstown_deferred_t *d = run->current;
    crosstown_deferred_t *below = d->on.below;
    apr_status_t rv = APR_SUCCESS;
    ct_link_t link;
    int done;

    if (ct_chain_any(inner, is_this, d)) {
        ct_failure_text_fail(d, APR_EDEADLK,
                             "a deferred cannot wait for itself");
        ct_deferred_release(inner);
        return;
    }
    ct_deferred_lock(d);
    d->waiting = 1;
    d->on.inner = inner;
    ct_deferred_unlock(d);
    link.follower = d;
    ct_deferred_lock(inner);
    done = ct_deferred_done(inner);
    if (done) {
        ct_failure_text_move(inner, d);
        ct_owned_memory_move(inner, d);
    }
    else {
        rv = ct_links_append(inner, CT_LINK_FOLLOW, &link);
    }
    ct_deferred_unlock(inner);
    if (!done && rv == APR_SUCCESS) {
        run->current = below;
        return;
    }
    ct_deferred_lock(d);
    d->waiting = 0;
    d->on.below = below;
    ct_deferred_unlock(d);
    if (rv != APR_SUCCESS) {
        ct_failure_text_fail(d, rv, NULL);
    }
    ct_deferred_release(inner);
}

static void put_on_top(run_t *run, crosstown_deferred_t *d)
{
    d->on.below = run->current;
    run->current = d;
}

/* The current one has what the other waits for. */
static void go_on_with(run_t *run, crosstown_deferred_t *follower)
{
    crosstown_deferred_t *d = run->current;

    ct_failure_text_move(d, follower);
    ct_owned_memory_move(d, follower);
    ct_deferred_lock(follower);
    follower->waiting = 0;
    put_on_top(run, follower);
    ct_deferred_unlock(follower);
    ct_deferred_release(d);          /* the follower's reference; the run has
                                        one of its own */
}

static void hand_on(run_t *run, crosstown_step_t *step, apr_status_t status)
{
    crosstown_deferred_t *d = run->current;

    if (status != APR_SUCCESS) {
        ct_failure_text_fail(d, status, step->message);
        ct_deferred_release(step->wait_for);
    }
    else if (step->wait_for) {
        follow(run, step->wait_for);
    }
    else {
        ct_failure_text_succeed(d, step->result);
    }
}

static void call(run_t *run, const ct_pair_t *pair)
{
    crosstown_deferred_t *d = run->current;
    int well = d->status == APR_SUCCESS;
    crosstown_link_fn_t *fn = well ? pair->callback : pair->errback;
    crosstown_step_t step = { .size = sizeof(step), .deferred = d,
                              .result = d->result, .status = d->status };
    char room[CT_WORDS_SIZE];

    if (!fn) {
        return;
    }
    if (!well) {
        d->seen = 1;
        step.message = ct_failure_text_say(d, room);
    }
    hand_on(run, &step, fn(&step, well ? pair->callback_data
                                       : pair->errback_data));
}

static void tap(run_t *run, ct_tap_t *what)
{
    crosstown_deferred_t *begun = what->over(what, run->current);

    if (begun) {
        put_on_top(run, begun);
    }
}

/* With none left, or none to be run now, the chain is given up. */
static ct_link_e take(run_t *run, ct_link_t *link)
{
    crosstown_deferred_t *d = run->current;
    ct_link_e kind;

    ct_deferred_lock(d);
    kind = d->paused ? CT_LINK_NONE : ct_links_take(d, link);
    if (kind == CT_LINK_NONE) {
        run->current = d->on.below;
        d->running = 0;
        if (!d->paused) {
            ct_wait_tell(d);
        }
    }
    ct_deferred_unlock(d);
    return kind;
}

static void run_all(run_t *run)
{
    ct_link_t link;

    while (run->current) {
        crosstown_deferred_t *d = run->current;

        switch (take(run, &link)) {
        case CT_LINK_PAIR:
            call(run, &link.pair);
            break;
        case CT_LINK_TAP:
            tap(run, link.tap);
            break;
        case CT_LINK_FOLLOW:
            go_on_with(run, link.follower);
            break;
        default:
            ct_deferred_release(d);
        }
    }
}

void ct_run_from(crosstown_deferred_t *d, crosstown_step_t *step,
                 apr_status_t status)
{
    run_t run = { ct_deferred_keep(d), runs };

    runs = &run;
    if (step) {
        hand_on(&run, step, status);
    }
    run_all(&run);
    runs = run.outside;
}

void ct_run_chain(crosstown_deferred_t *d)
{
    ct_run_from(d, NULL, APR_SUCCESS);
}
