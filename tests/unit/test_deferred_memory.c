/* SPDX-License-Identifier: Apache-2.0 */
/* deferred: references, memory, and what happens without memory. */
#include "support_deferred.h"

#ifdef HEAP_CAN_BE_EMPTY
#include <malloc.h>
#endif

static void it_goes_with_its_last_reference(void **state)
{
    gate_t gone = GATE_INIT;
    crosstown_deferred_t *d = fresh();

    watch_memory(d, &gone);
    assert_ptr_equal(deferreds->keep(d), d);
    deferreds->release(d);
    assert_int_equal(gone.opened, 0);
    fire(d, "x");
    assert_result(d, "x");
    deferreds->release(d);
    assert_int_equal(gone.opened, 1);
}

static void a_pool_may_own_a_reference(void **state)
{
    apr_pool_t *owner = scratch_of(*state);
    gate_t gone = GATE_INIT;
    crosstown_deferred_t *d = fresh();

    watch_memory(d, &gone);
    assert_ptr_equal(deferreds->own(d, owner), d);
    deferreds->keep(d);
    apr_pool_clear(owner);
    assert_int_equal(gone.opened, 0);
    deferreds->own(d, owner);
    apr_pool_destroy(owner);
    assert_int_equal(gone.opened, 1);
}

static void its_pool_is_one_and_the_same(void **state)
{
    crosstown_deferred_t *d = fresh(), *other = fresh();
    apr_pool_t *pool = deferreds->pool(d);

    assert_non_null(pool);
    assert_ptr_equal(deferreds->pool(d), pool);
    assert_ptr_not_equal(deferreds->pool(other), pool);
    fire(d, apr_pstrdup(pool, "kept"));
    assert_ptr_equal(deferreds->pool(d), pool);
    assert_result(d, "kept");
    deferreds->release(other);
    deferreds->release(d);
}

static void use_pool(crosstown_step_t *step, mark_t *mark)
{
    mark->gives = apr_pstrcat(deferreds->pool(step->deferred), step->result,
                              " and butter", NULL);
}

static void links_may_use_its_pool(void **state)
{
    trail_t trail = TRAIL_INIT;
    mark_t mark = MARK(&trail, "a");
    crosstown_deferred_t *d = fresh();

    mark.act = use_pool;
    on_result(d, &mark);
    fire(d, "bread");
    assert_result(d, "bread and butter");
    deferreds->release(d);
}

static apr_status_t make_reply(crosstown_step_t *step, void *data)
{
    char body[] = "<p>No flour.</p>";

    step->result = deferreds->reply(step->deferred, 400, data, body);
    memset(body, 'x', sizeof(body) - 1);
    return APR_SUCCESS;
}

static const crosstown_reply_t *reply_of(crosstown_deferred_t *d)
{
    return what_fired(d);
}

static void a_reply_lives_in_its_memory(void **state)
{
    char type[] = "text/plain";
    crosstown_deferred_t *d = fired("x");
    const crosstown_reply_t *reply;

    deferreds->add(d, make_reply, type, NULL, NULL);
    reply = reply_of(d);
    assert_int_equal(reply->size, sizeof(*reply));
    assert_int_equal(reply->status, 400);
    assert_string_equal(reply->type, "text/plain");
    assert_int_equal(reply->length, strlen("<p>No flour.</p>"));
    assert_memory_equal(reply->body, "<p>No flour.</p>", reply->length);

    reply = deferreds->reply(d, 204, NULL, NULL);
    assert_non_null(reply);
    assert_int_equal(reply->status, 204);
    assert_null(reply->type);
    assert_int_equal(reply->length, 0);
    deferreds->release(d);
}

#ifdef HEAP_CAN_BE_EMPTY
#define MANY 1000

/* Of the C library's heap, with what it adds to each piece. */
static size_t in_use(void)
{
    return mallinfo2().uordblks;
}

static void an_empty_one_is_small(void **state)
{
    crosstown_deferred_t *many[MANY];
    size_t before = in_use();
    size_t each;
    int i;

    for (i = 0; i < MANY; ++i) {
        many[i] = fresh();
    }
    each = (in_use() - before) / MANY;
    assert_in_range(each, sizeof(void *), 128);
    for (i = 0; i < MANY; ++i) {
        deferreds->release(many[i]);
    }
    assert_in_range(in_use(), 0, before + 4096);
}

static const crosstown_link_t table[] = {
    { mark_link, mark_link }, { mark_link, mark_link }, CROSSTOWN_CHAIN_END
};

static void the_first_table_takes_no_memory(void **state)
{
    trail_t trail = TRAIL_INIT;
    mark_t mark = MARK(&trail, "a");
    crosstown_deferred_t *d = fresh();
    size_t before = in_use();
    apr_status_t rv;

    heap_empty(1);
    rv = deferreds->add_links(d, table, &mark);
    heap_empty(0);
    assert_int_equal(rv, APR_SUCCESS);
    assert_int_equal(in_use(), before);
    heap_empty(1);
    rv = deferreds->fire(d, "x");
    heap_empty(0);
    assert_int_equal(rv, APR_SUCCESS);
    assert_trail(&trail, "a=x a=x");
    deferreds->release(d);
}

static void nothing_is_made_without_memory(void **state)
{
    crosstown_deferred_t *one = fresh(), *made[3], *d;
    trail_t trail = TRAIL_INIT;
    mark_t mark = MARK(&trail, "a");

    heap_empty(1);
    made[0] = deferreds->make(NULL, NULL);
    made[1] = deferreds->succeeded("x");
    made[2] = deferreds->failed(APR_ENOENT, "x");
    d = deferreds->gather(&one, 1, CROSSTOWN_GATHER_ALL);
    heap_empty(0);
    assert_null(made[0]);
    assert_null(made[1]);
    assert_null(made[2]);
    assert_null(d);

    heap_empty(1);
    d = deferreds->attempt(mark_link, "x", &mark);
    heap_empty(0);
    assert_null(d);
    assert_trail(&trail, "a=x");
    fire(one, "x");
    deferreds->release(one);
}

/* What could not be added is not there; what was there before is. */
static void nothing_is_added_without_memory(void **state)
{
    trail_t trail = TRAIL_INIT;
    mark_t kept = MARK(&trail, "kept"), lost = MARK(&trail, "lost");
    crosstown_deferred_t *d = fresh();
    int added = 0;
    apr_status_t rv = APR_SUCCESS;

    on_result(d, &kept);
    heap_empty(1);
    /* Some may fit into memory that is there. */
    while (added < MANY && rv == APR_SUCCESS) {
        rv = deferreds->add_both(d, mark_link, &lost);
        added += rv == APR_SUCCESS;
    }
    heap_empty(0);
    assert_int_equal(rv, APR_ENOMEM);
    lost.trail = NULL;
    fire(d, "x");
    assert_int_equal(kept.calls, 1);
    assert_int_equal(lost.calls, added);
    deferreds->release(d);
}

/* The failure arrives, in whatever words there is room for. */
static void it_fails_without_memory(void **state)
{
    trail_t trail = TRAIL_INIT;
    mark_t mark = MARK(&trail, "a");
    crosstown_deferred_t *d = fresh();
    apr_status_t rv;

    mark.lets_pass = 1;
    assert_int_equal(deferreds->add_links(d, table, &mark), APR_SUCCESS);
    heap_empty(1);
    rv = deferreds->fail(d, APR_ENOENT, "a long story");
    heap_empty(0);
    assert_int_equal(rv, APR_SUCCESS);
    assert_trail(&trail, "a!2 a!2");
    assert_failed(d, APR_ENOENT, NULL);
    deferreds->release(d);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_deferreds(it_goes_with_its_last_reference),
        with_deferreds(a_pool_may_own_a_reference),
        with_deferreds(its_pool_is_one_and_the_same),
        with_deferreds(links_may_use_its_pool),
        with_deferreds(a_reply_lives_in_its_memory),
#ifdef HEAP_CAN_BE_EMPTY
        with_deferreds(an_empty_one_is_small),
        with_deferreds(the_first_table_takes_no_memory),
        with_deferreds(nothing_is_made_without_memory),
        with_deferreds(nothing_is_added_without_memory),
        with_deferreds(it_fails_without_memory),
#endif
    };

    return run_group("deferred: memory", tests);
}
