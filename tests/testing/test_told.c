/* SPDX-License-Identifier: Apache-2.0 */
/* Who uses memory that is no longer there is told whose it was; then the
 * signal goes where it would have gone. Each case is a process of its own. */
#include "support.h"

#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#define CAUGHT 7                     /* exit code */
#define PAGE 65536                   /* bytes, of the largest kind */

static volatile char touched;
static const char *kept;

static void touch(const char *memory)
{
    touched = *(const volatile char *)memory;
}

static apr_status_t touch_data(const crosstown_task_t *task, void *data)
{
    touch(data);
    return APR_SUCCESS;
}

static apr_status_t touch_kept(const crosstown_task_t *task, void *data)
{
    touch(kept);
    return APR_SUCCESS;
}

static apr_status_t keep_scratch(const crosstown_task_t *task, void *data)
{
    kept = apr_pstrdup(task->pool, "scratch");
    return APR_SUCCESS;
}

static void touch_kept_when_over(const crosstown_task_t *task,
                                 crosstown_outcome_e outcome,
                                 apr_status_t result, void *data)
{
    touch(kept);
}

static void caught(int number)
{
    _exit(CAUGHT);
}

static void caught_at(int number, siginfo_t *info, void *context)
{
    _exit(info->si_addr == kept ? CAUGHT : 1);
}

static void finish_and_run(request_rec *r)
{
    crosstown_test_finish(r, 200);
    crosstown_test_run_all();
}

static void use_late(const char *name)
{
    request_rec *r = crosstown_test_request("GET", "/page?a=b");

    kept = r->uri;
    (void)CROSSTOWN_TRAFFIC(&crosstown, r, touch_data, r->uri, .name = name);
    finish_and_run(r);
}

/* ---- the cases --------------------------------------------------------- */

static void a_task(void)
{
    record_setup(NULL);
    use_late("late");
}

static void a_task_with_a_long_name(void)
{
    char name[2000];

    memset(name, 'x', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    record_setup(NULL);
    use_late(name);
}

static void the_test(void)
{
    request_rec *r;

    record_setup(NULL);
    r = crosstown_test_request("POST", "/page");
    record(r, "well", NULL);
    finish_and_run(r);
    touch(r->uri);
}

static void who_was_not_run(void)
{
    request_rec *r;

    record_setup(NULL);
    r = crosstown_test_request("GET", "/page");
    kept = r->uri;
    (void)CROSSTOWN_TRAFFIC(&crosstown, r, deed, NULL, .name = "stopped",
                            .over = touch_kept_when_over);
    crosstown_test_finish(r, 200);
    crosstown_test_stop();
}

static void scratch(void)
{
    request_rec *r;

    record_setup(NULL);
    r = crosstown_test_request("GET", "/page");
    (void)CROSSTOWN_TRAFFIC(&crosstown, r, keep_scratch, NULL, .name = "one");
    (void)CROSSTOWN_TRAFFIC(&crosstown, r, touch_kept, NULL, .name = "two");
    finish_and_run(r);
}

static void a_handler_from_before(void)
{
    struct sigaction action = { .sa_sigaction = caught_at,
                                .sa_flags = SA_SIGINFO };

    sigaction(SIGSEGV, &action, NULL);
    sigaction(SIGBUS, &action, NULL);
    record_setup(NULL);
    use_late("late");
}

static void a_handler_from_between(void)
{
    record_setup(NULL);
    signal(SIGSEGV, caught);
    signal(SIGBUS, caught);
    use_late("late");
}

/* A framework that puts back what it found, but for the flags. */
static void a_handler_put_back(void)
{
    void (*found)(int number);

    record_setup(NULL);
    found = signal(SIGSEGV, caught);
    signal(SIGSEGV, found);
    use_late("late");
}

static void memory_of_somebody_else(void)
{
    static _Alignas(PAGE) char page[PAGE];

    record_setup(NULL);
    (void)mprotect(page, sizeof(page), PROT_NONE);
    finish_and_run(crosstown_test_request("GET", "/page"));
    touch(page);
}

static void a_signal_that_was_sent(void)
{
    record_setup(NULL);
    raise(SIGSEGV);
}

static void after_the_end(void)
{
    signal(SIGSEGV, caught);
    record_setup(NULL);
    crosstown_test_end();
    _exit(signal(SIGSEGV, SIG_DFL) == caught ? CAUGHT : 1);
}

/* ------------------------------------------------------------------------ */

static void assert_ends(void (*act)(void), int end, const char *words)
{
    const char *said;

    assert_int_equal(in_a_process(act, &said), end);
    if (words) {
        const char *line = strstr(said, "crosstown_testing: ");

        assert_non_null(line);
        assert_non_null(strstr(line, words));
        assert_non_null(strstr(line, "fsanitize=address.\n"));
    }
    else {
        assert_string_equal(said, "");
    }
}

static void the_line_names_task_and_request(void **state)
{
    assert_ends(a_task, SIGSEGV, "task \"late\" used memory of GET /page, "
                "which is finished (never keep r; copy with data_size or "
                "carry). ");
    assert_ends(the_test, SIGSEGV, "the test used memory of POST /page, ");
    assert_ends(who_was_not_run, SIGSEGV, "task \"stopped\" used memory of ");
    assert_ends(scratch, SIGSEGV, "task \"two\" used memory of a task that ");
    assert_ends(a_task_with_a_long_name, SIGSEGV, "xxx\" used memory of ");
}

static void the_signal_goes_on(void **state)
{
    assert_ends(a_handler_from_before, -CAUGHT, "task \"late\"");
    assert_ends(a_handler_from_between, -CAUGHT, "task \"late\"");
    assert_ends(a_handler_put_back, SIGSEGV, "task \"late\"");
}

static void nothing_is_said_of_other_crashes(void **state)
{
    assert_ends(memory_of_somebody_else, SIGSEGV, NULL);
    assert_ends(a_signal_that_was_sent, SIGSEGV, NULL);
    assert_ends(after_the_end, -CAUGHT, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_line_names_task_and_request),
        cmocka_unit_test(the_signal_goes_on),
        cmocka_unit_test(nothing_is_said_of_other_crashes),
    };

    return cmocka_run_group_tests_name("testing: told", tests, NULL, NULL);
}
