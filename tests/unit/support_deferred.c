/* SPDX-License-Identifier: Apache-2.0 */
/* support_deferred: marks, short ways, cancellers. See support_deferred.h. */
#include "support_deferred.h"

#include <stdio.h>
#include <stdlib.h>

void trail_add(trail_t *trail, const char *word)
{
    size_t length;

    pthread_mutex_lock(&trail->lock);
    length = strlen(trail->text);
    snprintf(trail->text + length, sizeof(trail->text) - length, "%s%s",
             length ? " " : "", word);
    pthread_mutex_unlock(&trail->lock);
}

static void describe(char *word, size_t size, const char *name,
                     const crosstown_step_t *step)
{
    switch (step->status) {
    case APR_SUCCESS:
        snprintf(word, size, "%s=%s", name,
                 step->result ? (const char *)step->result : "-");
        return;
    case CROSSTOWN_ECANCELED:
        snprintf(word, size, "%s!cancelled", name);
        return;
    case APR_TIMEUP:
        snprintf(word, size, "%s!late", name);
        return;
    case APR_EGENERAL:
        snprintf(word, size, "%s!bad", name);
        return;
    default:
        snprintf(word, size, "%s!%d", name, step->status);
    }
}

apr_status_t mark_link(crosstown_step_t *step, void *data)
{
    mark_t *mark = data;
    char word[80];

    ++mark->calls;
    if (mark->trail) {
        describe(word, sizeof(word), mark->name, step);
        trail_add(mark->trail, word);
    }
    if (mark->act) {
        mark->act(step, mark);
    }
    if (mark->waits_for) {
        step->wait_for = deferreds->keep(mark->waits_for);
    }
    if (mark->gives) {
        step->result = mark->gives;
    }
    if (mark->fails) {
        step->message = mark->says;
        return mark->fails;
    }
    return mark->lets_pass ? step->status : APR_SUCCESS;
}

void on_result(crosstown_deferred_t *d, mark_t *mark)
{
    assert_int_equal(deferreds->add(d, mark_link, mark, NULL, NULL),
                     APR_SUCCESS);
}

void on_failure(crosstown_deferred_t *d, mark_t *mark)
{
    assert_int_equal(deferreds->add(d, NULL, NULL, mark_link, mark),
                     APR_SUCCESS);
}

void on_either(crosstown_deferred_t *d, mark_t *mark)
{
    assert_int_equal(deferreds->add_both(d, mark_link, mark), APR_SUCCESS);
}

crosstown_deferred_t *fresh(void)
{
    crosstown_deferred_t *d = deferreds->make(NULL, NULL);

    assert_non_null(d);
    return d;
}

crosstown_deferred_t *fired(const char *result)
{
    crosstown_deferred_t *d = deferreds->succeeded((void *)result);

    assert_non_null(d);
    return d;
}

crosstown_deferred_t *broken(const char *message)
{
    crosstown_deferred_t *d = deferreds->failed(APR_EGENERAL, message);

    assert_non_null(d);
    return d;
}

void fire(crosstown_deferred_t *d, const char *result)
{
    assert_int_equal(deferreds->fire(d, (void *)result), APR_SUCCESS);
}

void break_it(crosstown_deferred_t *d, const char *message)
{
    assert_int_equal(deferreds->fail(d, APR_EGENERAL, message), APR_SUCCESS);
}

static crosstown_result_t no_result(void)
{
    crosstown_result_t result;

    memset(&result, 0, sizeof(result));
    result.size = sizeof(result);
    return result;
}

static int same(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

void deferred_assert_result(crosstown_deferred_t *d, const char *expected,
                            const char *file, int line)
{
    crosstown_result_t result = no_result();
    apr_status_t rv = deferreds->wait(d, 0, &result);

    if (rv != APR_SUCCESS || result.status != APR_SUCCESS || result.message
        || !same(result.result, expected)) {
        print_error("expected \"%s\"; wait(): %d, status %d, result \"%s\", "
                    "message \"%s\"\n", expected, rv, result.status,
                    result.status ? "-" : (char *)result.result,
                    result.message);
        _fail(file, line);
    }
}

void deferred_assert_failed(crosstown_deferred_t *d, apr_status_t status,
                            const char *message, const char *file, int line)
{
    crosstown_result_t result = no_result();
    apr_status_t rv = deferreds->wait(d, 0, &result);

    if (rv != APR_SUCCESS || result.status != status || !result.message
        || !*result.message || (message && !same(result.message, message))) {
        print_error("expected failure %d \"%s\"; wait(): %d, status %d, "
                    "message \"%s\"\n", status, message ? message : "(any)",
                    rv, result.status, result.message);
        _fail(file, line);
    }
}

void deferred_assert_pending(crosstown_deferred_t *d, const char *file,
                             int line)
{
    crosstown_result_t result = no_result();
    apr_status_t rv = deferreds->wait(d, 0, &result);

    if (rv != APR_TIMEUP) {
        print_error("expected none yet; wait(): %d\n", rv);
        _fail(file, line);
    }
}

apr_status_t wait_for_end(crosstown_deferred_t *d, const char **result)
{
    crosstown_result_t got = no_result();

    assert_int_equal(deferreds->wait(d, apr_time_from_sec(SUPPORT_PATIENCE),
                                     &got), APR_SUCCESS);
    if (result) {
        *result = got.result;
    }
    return got.status;
}

const void *what_fired(crosstown_deferred_t *d)
{
    crosstown_result_t got = no_result();

    assert_int_equal(deferreds->wait(d, 0, &got), APR_SUCCESS);
    assert_int_equal(got.status, APR_SUCCESS);
    assert_non_null(got.result);
    return got.result;
}

const crosstown_gathered_t *gathered(crosstown_deferred_t *d)
{
    return what_fired(d);
}

void cancel_as_told(crosstown_deferred_t *d, void *data)
{
    canceller_t *canceller = data;
    const canceller_t told = *canceller;

    ++canceller->calls;
    canceller->seen = d;
    if (told.fires) {                    /* who waits for that may be gone */
        deferreds->fire(d, (void *)told.fires);
    }
    if (told.breaks) {
        deferreds->fail(d, APR_EGENERAL, told.breaks);
    }
}

crosstown_deferred_t *cancellable(canceller_t *canceller)
{
    crosstown_deferred_t *d = deferreds->make(cancel_as_told, canceller);

    assert_non_null(d);
    return d;
}

static apr_status_t tell_gone(void *gate)
{
    gate_open(gate);
    return APR_SUCCESS;
}

void watch_memory(crosstown_deferred_t *d, gate_t *gone)
{
    apr_pool_t *pool = deferreds->pool(d);

    assert_non_null(pool);
    apr_pool_cleanup_register(pool, gone, tell_gone, apr_pool_cleanup_null);
}
