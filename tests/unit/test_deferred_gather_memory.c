/* SPDX-License-Identifier: Apache-2.0 */
/* deferred: who keeps whom while several are gathered, and for how long. */
#include "support_deferred.h"

/* The gathering keeps what it gathers, and its caller keeps his own. */
static void references_are_its_own(void **state)
{
    gate_t gone[2] = { GATE_INIT, GATE_INIT };
    crosstown_deferred_t *several[2] = { fresh(), fresh() };
    crosstown_deferred_t *one = several[0], *two = several[1];
    crosstown_deferred_t *d;

    watch_memory(one, &gone[0]);
    watch_memory(two, &gone[1]);
    d = deferreds->gather(several, 2, CROSSTOWN_GATHER_ALL);
    memset(several, 0, sizeof(several));
    fire(one, apr_pstrdup(deferreds->pool(one), "mine"));
    deferreds->release(one);
    assert_int_equal(gone[0].opened, 0);
    fire(two, "2");
    assert_gathered(gathered(d), 0, "mine");
    deferreds->release(d);
    assert_int_equal(gone[0].opened, 1);
    assert_int_equal(gone[1].opened, 0);
    deferreds->release(two);
    assert_int_equal(gone[1].opened, 1);
}

static void a_gathering_that_is_let_go_still_ends(void **state)
{
    gate_t gone[2] = { GATE_INIT, GATE_INIT };
    crosstown_deferred_t *one = fresh();
    crosstown_deferred_t *d;

    watch_memory(one, &gone[0]);
    d = deferreds->gather(&one, 1, CROSSTOWN_GATHER_EACH);
    watch_memory(d, &gone[1]);
    deferreds->release(d);
    fire(one, "1");
    deferreds->release(one);
    assert_int_equal(gone[0].opened, 1);
    assert_int_equal(gone[1].opened, 1);
}

/* Complete, it has no reference to those that came too late. */
static void the_others_are_let_go(void **state)
{
    gate_t gone = GATE_INIT;
    crosstown_deferred_t *several[2] = { fired("1"), fresh() };
    crosstown_deferred_t *d;

    watch_memory(several[1], &gone);
    d = deferreds->gather(several, 2, CROSSTOWN_GATHER_FIRST);
    deferreds->release(several[1]);
    assert_int_equal(gone.opened, 1);
    assert_gathered(gathered(d), 0, "1");
    deferreds->release(several[0]);
    deferreds->release(d);
}

/* Until then it has. */
static void all_are_kept_until_it_is_complete(void **state)
{
    gate_t gone = GATE_INIT;
    crosstown_deferred_t *several[2] = { fresh(), fresh() };
    crosstown_deferred_t *d;

    watch_memory(several[1], &gone);
    d = deferreds->gather(several, 2, CROSSTOWN_GATHER_FIRST);
    deferreds->release(several[1]);
    assert_int_equal(gone.opened, 0);
    fire(several[0], "1");
    assert_int_equal(gone.opened, 1);
    deferreds->release(several[0]);
    deferreds->release(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_deferreds(references_are_its_own),
        with_deferreds(a_gathering_that_is_let_go_still_ends),
        with_deferreds(the_others_are_let_go),
        with_deferreds(all_are_kept_until_it_is_complete),
    };

    return run_group("deferred: gather, memory", tests);
}
