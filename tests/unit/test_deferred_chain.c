/* SPDX-License-Identifier: Apache-2.0 */
/* deferred: what a link sees and what it hands on. */
#include "support_deferred.h"

static void a_result_reaches_the_callback(void **state)
{
    trail_t trail = TRAIL_INIT;
    mark_t good = MARK(&trail, "good");
    mark_t bad = MARK(&trail, "bad");
    crosstown_deferred_t *d = fresh();

    deferreds->add(d, mark_link, &good, mark_link, &bad);
    assert_trail(&trail, "");
    fire(d, "hello");
    assert_trail(&trail, "good=hello");
    deferreds->release(d);
}

static void a_result_flows_along_the_callbacks(void **state)
{
    trail_t trail = TRAIL_INIT;
    mark_t a = MARK(&trail, "a"), b = MARK(&trail, "b"), c = MARK(&trail, "c");
    crosstown_deferred_t *d = fresh();

    b.gives = "bread";
    on_result(d, &a);
    on_result(d, &b);
    on_result(d, &c);
    fire(d, "flour");
    assert_trail(&trail, "a=flour b=flour c=bread");
    assert_result(d, "bread");
    deferreds->release(d);
}

typedef struct view_t {
    crosstown_step_t step;
    char message[80];
} view_t;

static apr_status_t look(crosstown_step_t *step, void *data)
{
    view_t *view = data;

    view->step = *step;
    apr_cpystrn(view->message, step->message ? step->message : "(none)",
                sizeof(view->message));
    return step->status;
}

static void a_step_shows_all_that_is_known(void **state)
{
    view_t good, bad;
    crosstown_deferred_t *d = fresh();

    memset(&good, 0xff, sizeof(good));
    memset(&bad, 0xff, sizeof(bad));
    deferreds->add(d, look, &good, NULL, NULL);
    fire(d, "hello");
    assert_int_equal(good.step.size, sizeof(crosstown_step_t));
    assert_ptr_equal(good.step.deferred, d);
    assert_string_equal(good.step.result, "hello");
    assert_int_equal(good.step.status, APR_SUCCESS);
    assert_string_equal(good.message, "(none)");
    assert_null(good.step.wait_for);
    assert_null(good.step.task);
    deferreds->release(d);

    d = broken("no flour");
    deferreds->add(d, NULL, NULL, look, &bad);
    assert_int_equal(bad.step.size, sizeof(crosstown_step_t));
    assert_ptr_equal(bad.step.deferred, d);
    assert_null(bad.step.result);
    assert_int_equal(bad.step.status, APR_EGENERAL);
    assert_string_equal(bad.message, "no flour");
    assert_null(bad.step.wait_for);
    assert_null(bad.step.task);
    assert_failed(d, APR_EGENERAL, "no flour");
    deferreds->release(d);
}

static void each_link_has_its_own_data(void **state)
{
    trail_t trail = TRAIL_INIT;
    mark_t marks[4] = { MARK(&trail, "a"), MARK(&trail, "b"),
                        MARK(&trail, "c"), MARK(&trail, "d") };
    crosstown_deferred_t *d = fresh();

    marks[0].fails = APR_EGENERAL;
    deferreds->add(d, mark_link, &marks[0], mark_link, &marks[1]);
    deferreds->add(d, mark_link, &marks[2], mark_link, &marks[3]);
    fire(d, "x");
    assert_trail(&trail, "a=x d!bad");
    deferreds->release(d);
}

static apr_status_t insist_on_null(crosstown_step_t *step, void *data)
{
    step->result = data ? "data" : "no data";
    return APR_SUCCESS;
}

static void data_may_be_null(void **state)
{
    crosstown_deferred_t *d = fired("x");
    crosstown_deferred_t *failed = broken("x");

    deferreds->add(d, insist_on_null, NULL, NULL, NULL);
    assert_result(d, "no data");
    deferreds->add(failed, NULL, NULL, insist_on_null, NULL);
    assert_result(failed, "no data");
    deferreds->release(failed);
    deferreds->release(d);
}

static void what_has_no_link_passes_through(void **state)
{
    trail_t trail = TRAIL_INIT;
    mark_t marks[4] = { MARK(&trail, "a"), MARK(&trail, "b"),
                        MARK(&trail, "c"), MARK(&trail, "d") };
    crosstown_deferred_t *d = fresh();

    on_failure(d, &marks[0]);
    deferreds->add(d, NULL, NULL, NULL, NULL);
    on_result(d, &marks[1]);
    fire(d, "x");
    assert_trail(&trail, "b=x");
    deferreds->release(d);

    d = fresh();
    on_result(d, &marks[2]);
    deferreds->add(d, NULL, NULL, NULL, NULL);
    on_failure(d, &marks[3]);
    break_it(d, "x");
    assert_trail(&trail, "b=x d!bad");
    deferreds->release(d);
}

static void a_callback_that_fails_leads_to_the_errbacks(void **state)
{
    trail_t trail = TRAIL_INIT;
    mark_t marks[4] = { MARK(&trail, "a"), MARK(&trail, "b"),
                        MARK(&trail, "c"), MARK(&trail, "d") };
    crosstown_deferred_t *d = fresh();

    marks[0].fails = APR_ENOENT;
    marks[0].says = "the cupboard is bare";
    marks[2].lets_pass = 1;
    on_result(d, &marks[0]);
    on_result(d, &marks[1]);
    on_failure(d, &marks[2]);
    on_failure(d, &marks[3]);
    marks[3].lets_pass = 1;
    fire(d, "x");
    assert_trail(&trail, "a=x c!2 d!2");
    assert_failed(d, APR_ENOENT, "the cupboard is bare");
    deferreds->release(d);
}

static void an_errback_that_succeeds_leads_back_to_the_callbacks(void **state)
{
    trail_t trail = TRAIL_INIT;
    mark_t marks[3] = { MARK(&trail, "a"), MARK(&trail, "b"),
                        MARK(&trail, "c") };
    crosstown_deferred_t *d = fresh();

    marks[0].gives = "water";
    on_failure(d, &marks[0]);
    on_failure(d, &marks[1]);
    on_result(d, &marks[2]);
    break_it(d, "no milk");
    assert_trail(&trail, "a!bad c=water");
    assert_result(d, "water");
    deferreds->release(d);

    d = broken("no milk");
    marks[0].gives = NULL;
    on_failure(d, &marks[0]);
    on_result(d, &marks[2]);
    assert_trail(&trail, "a!bad c=water a!bad c=-");
    deferreds->release(d);
}

static void a_link_for_either_sees_both(void **state)
{
    trail_t trail = TRAIL_INIT;
    mark_t a = MARK(&trail, "a"), b = MARK(&trail, "b");
    crosstown_deferred_t *d = fired("x");

    a.fails = APR_EGENERAL;
    on_either(d, &a);
    on_either(d, &b);
    assert_trail(&trail, "a=x b!bad");
    assert_int_equal(a.calls, 1);
    deferreds->release(d);
}

static void an_errback_may_fail_otherwise(void **state)
{
    trail_t trail = TRAIL_INIT;
    mark_t a = MARK(&trail, "a"), b = MARK(&trail, "b");
    crosstown_deferred_t *d = broken("first");

    a.fails = APR_ENOENT;
    a.says = "second";
    b.fails = APR_EACCES;
    on_failure(d, &a);
    assert_failed(d, APR_ENOENT, "second");
    on_failure(d, &b);
    deferred_assert_failed(d, APR_EACCES, NULL, __FILE__, __LINE__);
    deferreds->release(d);
}

static void a_table_is_a_chain(void **state)
{
    static const crosstown_link_t both[] = {
        { mark_link, NULL }, { NULL, mark_link }, { mark_link, mark_link },
        CROSSTOWN_CHAIN_END
    };
    trail_t trail = TRAIL_INIT;
    mark_t mark = MARK(&trail, "m");
    mark_t after = MARK(&trail, "z");
    crosstown_deferred_t *d = fresh();

    assert_int_equal(deferreds->add_links(d, both, &mark), APR_SUCCESS);
    on_result(d, &after);
    fire(d, "x");
    assert_trail(&trail, "m=x m=x z=x");
    assert_int_equal(deferreds->add_links(d, both, &mark), APR_SUCCESS);
    assert_trail(&trail, "m=x m=x z=x m=x m=x");
    deferreds->release(d);

    d = broken("x");
    mark.lets_pass = 1;
    assert_int_equal(deferreds->add_links(d, both, &mark), APR_SUCCESS);
    assert_trail(&trail, "m=x m=x z=x m=x m=x m!bad m!bad");
    assert_failed(d, APR_EGENERAL, "x");
    deferreds->release(d);
}

/* Each kind takes its memory elsewhere; the order knows nothing of it. */
static void tables_and_links_keep_their_order(void **state)
{
    static const crosstown_link_t one[] = {
        { mark_link, NULL }, CROSSTOWN_CHAIN_END
    };
    static const crosstown_link_t none[] = { CROSSTOWN_CHAIN_END };
    trail_t trail = TRAIL_INIT;
    mark_t marks[6] = { MARK(&trail, "a"), MARK(&trail, "b"),
                        MARK(&trail, "c"), MARK(&trail, "d"),
                        MARK(&trail, "e"), MARK(&trail, "f") };
    crosstown_deferred_t *d = fresh();

    on_result(d, &marks[0]);
    assert_int_equal(deferreds->add_links(d, one, &marks[1]), APR_SUCCESS);
    assert_int_equal(deferreds->add_links(d, none, NULL), APR_SUCCESS);
    on_result(d, &marks[2]);
    on_result(d, &marks[3]);
    assert_int_equal(deferreds->add_links(d, one, &marks[4]), APR_SUCCESS);
    on_result(d, &marks[5]);
    fire(d, "x");
    assert_trail(&trail, "a=x b=x c=x d=x e=x f=x");
    deferreds->release(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_deferreds(a_result_reaches_the_callback),
        with_deferreds(a_result_flows_along_the_callbacks),
        with_deferreds(a_step_shows_all_that_is_known),
        with_deferreds(each_link_has_its_own_data),
        with_deferreds(data_may_be_null),
        with_deferreds(what_has_no_link_passes_through),
        with_deferreds(a_callback_that_fails_leads_to_the_errbacks),
        with_deferreds(an_errback_that_succeeds_leads_back_to_the_callbacks),
        with_deferreds(a_link_for_either_sees_both),
        with_deferreds(an_errback_may_fail_otherwise),
        with_deferreds(a_table_is_a_chain),
        with_deferreds(tables_and_links_keep_their_order),
    };

    return run_group("deferred: chain", tests);
}
