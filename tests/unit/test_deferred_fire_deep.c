/* SPDX-License-Identifier: Apache-2.0 */
/* deferred: links that fire others, whose links fire others: so deep that some
 * have to wait for their turn, and in which order they have it. */
#include "support_deferred.h"

#define LEVELS 50

/* Each fires the next one, from its link. */
typedef struct levels_t {
    crosstown_deferred_t *all[LEVELS];
    int begun;
    int inside[LEVELS];              /* it had begun when that had ended */
    int tells_deadlock;
} levels_t;

static apr_status_t fire_next(crosstown_step_t *step, void *data)
{
    levels_t *levels = data;
    crosstown_result_t result = CROSSTOWN_RESULT_INIT;
    int level = levels->begun++;

    if (level + 1 < LEVELS) {
        deferreds->fire(levels->all[level + 1], "next");
        levels->inside[level] = levels->begun > level + 1;
        /* What is to run on this very thread is not waited for. */
        levels->tells_deadlock
            += deferreds->wait(levels->all[level + 1], SUPPORT_HOUR, &result)
               == APR_EDEADLK;
    }
    return APR_SUCCESS;
}

static void links_run_before_fire_returns_unless_very_deep(void **state)
{
    levels_t *levels = apr_pcalloc(*state, sizeof(*levels));
    int i;

    for (i = 0; i < LEVELS; ++i) {
        levels->all[i] = fresh();
        assert_int_equal(deferreds->add(levels->all[i], fire_next, levels,
                                        NULL, NULL), APR_SUCCESS);
    }
    fire(levels->all[0], "first");
    assert_int_equal(levels->begun, LEVELS);
    for (i = 0; i < 32; ++i) {
        assert_int_equal(levels->inside[i], 1);
    }
    assert_int_equal(levels->inside[32], 0);
    assert_int_equal(levels->tells_deadlock, LEVELS - 1 - 32);
    for (i = 0; i < LEVELS; ++i) {
        assert_result(levels->all[i], i == 0 ? "first" : "next");
        deferreds->release(levels->all[i]);
    }
}

/* A link at the deepest level fires several: they have their turns in that
 * order, and before what the link's own chain goes on with. */
typedef struct bottom_t {
    crosstown_deferred_t *levels[LEVELS];
    crosstown_deferred_t *several[3];
    int level;
    trail_t trail;
    mark_t marks[4];
} bottom_t;

static apr_status_t fire_several(crosstown_step_t *step, void *data)
{
    bottom_t *bottom = data;
    int i;

    if (++bottom->level < 33) {
        deferreds->fire(bottom->levels[bottom->level], "level");
    }
    else {
        for (i = 0; i < 3; ++i) {
            deferreds->fire(bottom->several[i], "x");
        }
        trail_add(&bottom->trail, "fired");
    }
    return APR_SUCCESS;
}

static void those_fired_very_deep_run_in_that_order(void **state)
{
    bottom_t *bottom = apr_pcalloc(*state, sizeof(*bottom));
    const trail_t empty = TRAIL_INIT;
    const char *names[] = { "1", "2", "3", "own" };
    int i;

    bottom->trail = empty;
    for (i = 0; i < 4; ++i) {
        const mark_t mark = MARK(&bottom->trail, names[i]);

        bottom->marks[i] = mark;
    }
    for (i = 0; i < 33; ++i) {
        bottom->levels[i] = fresh();
        deferreds->add(bottom->levels[i], fire_several, bottom, NULL, NULL);
    }
    on_result(bottom->levels[32], &bottom->marks[3]);
    for (i = 0; i < 3; ++i) {
        bottom->several[i] = fresh();
        on_result(bottom->several[i], &bottom->marks[i]);
    }
    fire(bottom->levels[0], "level");
    assert_trail(&bottom->trail, "fired 1=x 2=x 3=x own=level");
    for (i = 0; i < 33; ++i) {
        deferreds->release(bottom->levels[i]);
    }
    for (i = 0; i < 3; ++i) {
        deferreds->release(bottom->several[i]);
    }
}

/* Even there an attempt is made before it returns. */
static void count_attempt(crosstown_step_t *step, mark_t *mark)
{
    mark_t *tried = mark->context;
    crosstown_deferred_t *d = deferreds->attempt(mark_link, NULL, tried);

    assert_int_equal(tried->calls, 1);
    assert_result(d, "tried");
    deferreds->release(d);
}

static void an_attempt_is_made_however_deep(void **state)
{
    bottom_t *bottom = apr_pcalloc(*state, sizeof(*bottom));
    const trail_t empty = TRAIL_INIT;
    const mark_t new = MARK(NULL, "a");
    mark_t tried = MARK(NULL, "b");
    int i;

    tried.gives = "tried";
    bottom->trail = empty;
    for (i = 0; i < 33; ++i) {
        bottom->levels[i] = fresh();
        deferreds->add(bottom->levels[i], fire_several, bottom, NULL, NULL);
    }
    for (i = 0; i < 3; ++i) {
        bottom->several[i] = fresh();
    }
    bottom->marks[0] = new;
    bottom->marks[0].act = count_attempt;
    bottom->marks[0].context = &tried;
    on_result(bottom->levels[32], &bottom->marks[0]);
    fire(bottom->levels[0], "level");
    assert_int_equal(bottom->marks[0].calls, 1);
    for (i = 0; i < 33; ++i) {
        deferreds->release(bottom->levels[i]);
    }
    for (i = 0; i < 3; ++i) {
        deferreds->release(bottom->several[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_deferreds(links_run_before_fire_returns_unless_very_deep),
        with_deferreds(those_fired_very_deep_run_in_that_order),
        with_deferreds(an_attempt_is_made_however_deep),
    };

    return run_group("deferred: fire, deep", tests);
}
