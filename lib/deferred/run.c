/* SPDX-License-Identifier: Apache-2.0 */
/* run: running links. Where one waits for another deferred, the result is
 * moved over when it has come, and the one that got it has its turn before
 * the other goes on (as in Twisted). Who is to go on after whom is a list
 * through on.below, so that the longest nest of deferreds takes no more of
 * the stack than a single one. A run holds a reference to each in its list.
 *
 * That a ring is closed is looked for when the deferred stands in the links of
 * the one it waits for, not before: of several threads that close one at the
 * same time the last to get there sees all of it. Until then it may seem to be
 * there when it is not, because its parts are seen one after the other: so it
 * is looked for twice. */
#include "deferred.h"

/* fire() inside a link runs the other chain inside it, but not any number of
 * times: the stack is small. */
#define DEEPEST 32

/* For a ring, see above. */
#define LOOKS 2

/** A run that this thread is inside of. */
typedef struct run_t {
    crosstown_deferred_t *current;
    crosstown_deferred_t *later;     /* fired inside the link that runs, too
                                        deep to run there; like current */
    crosstown_deferred_t **later_end;
    struct run_t *outside;
    unsigned int depth;
} run_t;

static _Thread_local run_t *runs;

int ct_run_is_any_on_thread(void)
{
    return runs != NULL;
}

static int is_in_list(const crosstown_deferred_t *at,
                      const crosstown_deferred_t *d)
{
    while (at && at != d) {
        at = at->on.below;
    }
    return at != NULL;
}

int ct_run_is_on_thread(crosstown_deferred_t *d)
{
    const run_t *run;

    for (run = runs; run; run = run->outside) {
        if (is_in_list(run->current, d) || is_in_list(run->later, d)) {
            return 1;
        }
    }
    return 0;
}

static void put_on_top(run_t *run, crosstown_deferred_t *d)
{
    d->on.below = run->current;
    run->current = d;
}

static int is_this(crosstown_deferred_t *at, void *data)
{
    return at == data;
}

/* What the one that was to wait has instead. */
static void go_on(run_t *run, crosstown_deferred_t *d)
{
    ct_deferred_lock(d);
    d->waiting = 0;
    put_on_top(run, d);
    ct_deferred_unlock(d);
}

/* It stands in inner's links. @return is it this thread's again? */
static int take_back(crosstown_deferred_t *d, crosstown_deferred_t *inner)
{
    int looks, is_ours;

    for (looks = 0; looks < LOOKS; ++looks) {
        if (!ct_chain_any(inner, is_this, d)) {
            return 0;
        }
    }
    ct_deferred_lock(inner);
    is_ours = ct_links_unfollow(inner, d);
    ct_deferred_unlock(inner);
    return is_ours;
}

static int is_followed(crosstown_deferred_t *d)
{
    int is;

    ct_deferred_lock(d);
    is = d->followed;
    ct_deferred_unlock(d);
    return is;
}

/* The references are the caller's, because others may run both by now. */
static void break_ring(run_t *run, crosstown_deferred_t *d,
                       crosstown_deferred_t *inner)
{
    if (is_followed(d) && take_back(d, inner)) {
        go_on(run, d);
        ct_failure_text_fail(d, APR_EDEADLK,
                             "a deferred cannot wait for itself");
        ct_deferred_release(inner);
    }
    ct_deferred_release(inner);
    ct_deferred_release(d);
}

/* Under inner's lock. @return is a ring possible? Then there is one reference
 *         more to each. */
static int is_suspicious(crosstown_deferred_t *d, crosstown_deferred_t *inner)
{
    if (inner->waiting) {
        (void)ct_deferred_keep(d);
        (void)ct_deferred_keep(inner);
    }
    return inner->waiting;
}

/* Have the current one wait for inner, whose reference is ours. Once it
 * stands in inner's links, it may be running on another thread. */
static void follow(run_t *run, crosstown_deferred_t *inner)
{
    crosstown_deferred_t *d = run->current;
    apr_status_t rv = APR_SUCCESS;
    int is_suspect = 0;
    ct_link_t link;
    int done;

    run->current = d->on.below;
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
    if (!done && rv == APR_SUCCESS) {
        inner->followed = 1;
        is_suspect = is_suspicious(d, inner);
    }
    ct_deferred_unlock(inner);
    if (!done && rv == APR_SUCCESS) {
        if (is_suspect) {
            break_ring(run, d, inner);
        }
        ct_wait_doubt();
        return;
    }
    go_on(run, d);
    if (rv != APR_SUCCESS) {
        ct_failure_text_fail(d, rv, NULL);
    }
    ct_deferred_release(inner);
}

/* The current one has what the other waits for. */
static void go_on_with(run_t *run, crosstown_deferred_t *follower)
{
    crosstown_deferred_t *d = run->current;

    ct_failure_text_move(d, follower);
    ct_owned_memory_move(d, follower);
    go_on(run, follower);
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

/* They have their turn before the one whose link has fired them. */
static void take_later(run_t *run)
{
    if (run->later) {
        *run->later_end = run->current;
        run->current = run->later;
        run->later = NULL;
    }
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
        take_later(run);
    }
}

static run_t begin(crosstown_deferred_t *d)
{
    run_t run = { .current = ct_deferred_keep(d), .outside = runs,
                  .depth = runs ? runs->depth + 1 : 0 };

    return run;
}

/* One at most is current: none has had its turn so far. */
static void postpone(crosstown_deferred_t *current, run_t *outside)
{
    if (!current) {
        return;
    }
    if (outside->later) {
        *outside->later_end = current;
    }
    else {
        outside->later = current;
    }
    outside->later_end = &current->on.below;
}

void ct_run_from(crosstown_deferred_t *d, crosstown_step_t *step,
                 apr_status_t status)
{
    run_t run = begin(d);

    if (step) {
        hand_on(&run, step, status);
    }
    if (run.depth > DEEPEST) {
        postpone(run.current, run.outside);
        return;
    }
    runs = &run;
    run_all(&run);
    runs = run.outside;
}

void ct_run_chain(crosstown_deferred_t *d)
{
    ct_run_from(d, NULL, APR_SUCCESS);
}

void ct_run_now(crosstown_deferred_t *d, crosstown_link_fn_t *fn, void *data)
{
    const ct_pair_t pair = { fn, data, NULL, NULL };
    run_t run = begin(d);

    runs = &run;
    call(&run, &pair);
    take_later(&run);
    run_all(&run);
    runs = run.outside;
}
