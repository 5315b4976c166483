/* SPDX-License-Identifier: Apache-2.0 */
/* deferreds: the table, and whether work may begin. What the glue brought is
 * kept after the stop: failures that nobody has seen are still told. */
#include "deferreds.h"

#include "clock.h"
#include "deferred.h"

typedef enum {
    NEW,
    STARTED,
    STOPPED
} state_e;

static ct_deferreds_with_t brought;       /* set when it starts */
static _Atomic(state_e) state;            /* seq_cst: who sees that it has
                                             started sees `brought` */

void ct_deferreds_fill(crosstown_deferreds_t *table)
{
    table->size = sizeof(*table);
    table->make = ct_deferred_make;
    table->succeeded = ct_deferred_make_fired;
    table->failed = ct_deferred_make_failed;
    table->attempt = ct_call_attempt;
    table->keep = ct_deferred_keep;
    table->release = ct_deferred_release;
    table->own = ct_deferred_own;
    table->pool = ct_owned_memory_pool;
    table->add = ct_chain_add;
    table->add_both = ct_chain_add_both;
    table->add_links = ct_chain_add_links;
    table->fire = ct_deferred_fire;
    table->fail = ct_deferred_fail;
    table->cancel = ct_deferred_cancel;
    table->pause = ct_chain_pause;
    table->resume = ct_chain_resume;
    table->gather = ct_gather_several;
    table->timeout = ct_timeout_set;
    table->call = ct_call_function;
    table->wait = ct_wait_result;
    table->stash = ct_stash_put;
    table->retrieve = ct_stash_take;
    table->reply = ct_owned_memory_reply;
    table->make_fired = ct_deferred_make_fired;
    table->make_failed = ct_deferred_make_failed;
}

const ct_deferreds_with_t *ct_deferreds_with(void)
{
    return atomic_load(&state) == NEW ? NULL : &brought;
}

void ct_deferreds_before_use(void)
{
    if (atomic_load(&state) == STARTED && brought.before_use) {
        brought.before_use();
    }
}

apr_status_t ct_deferreds_open(void)
{
    switch (atomic_load(&state)) {
    case NEW:
        return APR_EINVAL;
    case STARTED:
        return APR_SUCCESS;
    default:
        return APR_EOF;
    }
}

apr_status_t ct_deferreds_start(const ct_deferreds_with_t *with)
{
    apr_status_t rv;

    if (!with->submit) {
        return APR_EINVAL;
    }
    rv = ct_clock_start();
    if (rv == APR_SUCCESS) {
        brought = *with;
        ct_wait_open();
        atomic_store(&state, STARTED);
    }
    return rv;
}

void ct_deferreds_release_waiters(void)
{
    ct_wait_close();
}

void ct_deferreds_stop(void)
{
    ct_wait_close();
    atomic_store(&state, STOPPED);
    ct_clock_stop();
    ct_stash_empty();
}
