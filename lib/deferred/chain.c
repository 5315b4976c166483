/* SPDX-License-Identifier: Apache-2.0 */
/* chain: adding links, holding them back, and looking along the deferreds of
 * which each waits for the next. Who adds runs what may run, unless another
 * thread owns the chain. */
#include "deferred.h"

/* Two threads at the same time can make deferreds wait for each other in a
 * ring: it is walked until one comes by that was noted (Brent, 1980). */
crosstown_deferred_t *ct_chain_find(crosstown_deferred_t *d,
                                    int (*is_so)(crosstown_deferred_t *at,
                                                 void *data), void *data)
{
    crosstown_deferred_t *at = ct_deferred_keep(d);
    crosstown_deferred_t *noted = NULL;
    apr_size_t steps = 0;
    apr_size_t next_note = 1;

    while (at && at != noted && !is_so(at, data)) {
        crosstown_deferred_t *inner = ct_deferred_inner(at);

        if (++steps == next_note) {
            next_note *= 2;
            ct_deferred_release(noted);
            noted = ct_deferred_keep(at);
        }
        ct_deferred_release(at);
        at = inner;
    }
    if (at && at == noted) {
        ct_deferred_release(at);
        at = NULL;
    }
    ct_deferred_release(noted);
    return at;
}

int ct_chain_any(crosstown_deferred_t *d,
                 int (*is_so)(crosstown_deferred_t *at, void *data),
                 void *data)
{
    crosstown_deferred_t *found = ct_chain_find(d, is_so, data);

    ct_deferred_release(found);
    return found != NULL;
}

/* Under lock. @return is it the caller who has to run it? */
static int claim(crosstown_deferred_t *d)
{
    if (!ct_deferred_done(d)) {
        return 0;
    }
    d->running = 1;
    d->on.below = NULL;
    return 1;
}

static apr_status_t add(crosstown_deferred_t *d, ct_link_e kind,
                        const ct_link_t *link)
{
    apr_status_t rv;
    int mine;

    if (!d) {
        return APR_ENOMEM;
    }
    ct_deferred_lock(d);
    rv = ct_links_append(d, kind, link);
    mine = rv == APR_SUCCESS && claim(d);
    ct_deferred_unlock(d);
    if (mine) {
        ct_run_chain(d);
    }
    return rv;
}

apr_status_t ct_chain_add(crosstown_deferred_t *d,
                          crosstown_link_fn_t *callback, void *callback_data,
                          crosstown_link_fn_t *errback, void *errback_data)
{
    ct_link_t link = { .pair = { callback, callback_data,
                                 errback, errback_data } };

    return add(d, CT_LINK_PAIR, &link);
}

apr_status_t ct_chain_add_both(crosstown_deferred_t *d,
                               crosstown_link_fn_t *fn, void *data)
{
    return ct_chain_add(d, fn, data, fn, data);
}

apr_status_t ct_chain_add_links(crosstown_deferred_t *d,
                                const crosstown_link_t *links, void *data)
{
    ct_link_t link = { .table = { links, data } };

    if (d && !links) {
        return APR_EINVAL;
    }
    if (d && !links->callback && !links->errback) {
        return APR_SUCCESS;
    }
    return add(d, CT_LINK_TABLE, &link);
}

apr_status_t ct_chain_tap(crosstown_deferred_t *d, ct_tap_t *tap)
{
    ct_link_t link = { .tap = tap };

    return add(d, CT_LINK_TAP, &link);
}

void ct_chain_pause(crosstown_deferred_t *d)
{
    if (d) {
        ct_deferred_lock(d);
        ++d->paused;
        ct_deferred_unlock(d);
    }
}

void ct_chain_resume(crosstown_deferred_t *d)
{
    int mine;

    if (!d) {
        return;
    }
    ct_deferred_lock(d);
    mine = d->paused > 0 && --d->paused == 0 && claim(d);
    ct_deferred_unlock(d);
    if (mine) {
        ct_run_chain(d);
    }
}
