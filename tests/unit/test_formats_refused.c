/* SPDX-License-Identifier: Apache-2.0 */
/* formats: what no worker could take is refused when the server starts, or
 * when the task is asked for. */
#include "support_formats.h"

static const struct {
    const char *format;
    const char *work;
    const char *queue;
    const char *prefix;
    const char *words;
} wrong_routes[] = {
    { "sidekiq", NULL, NULL, NULL, "format=sidekiq needs class=" },
    { "celery", NULL, NULL, NULL, "format=celery needs class=" },
    { "laravel", "A", NULL, NULL, "format=laravel needs prefix=" },
    { "sidekiq", "A b", NULL, NULL, "class=A b: write 1 to 200 letters" },
    { "sidekiq", "A\"", NULL, NULL, "class=A\": write" },
    { "sidekiq", "", NULL, NULL, "class=: write" },
    { "sidekiq", "A", "q\n", NULL, "queue=q\n: write" },
    { "sidekiq", "A", "q\\", NULL, "queue=q\\: write" },
    { "sidekiq", "A", "", NULL, "queue=: write" },
    { "rq", "\xc3\xbc", NULL, NULL, "class=\xc3\xbc: write" },
    { "bullmq", NULL, "a:b", NULL, "queue=a:b: write" },
    { "rq", "a.b", "q", "x y", "prefix=x y: write" },
    { NULL, NULL, NULL, NULL, NULL }
};

static void routes_that_no_worker_could_take(void **state)
{
    int i;

    assert_null(ct_format_find("resque"));
    for (i = 0; wrong_routes[i].format; ++i) {
        ct_route_t route = route_of(wrong_routes[i].format,
                                    wrong_routes[i].work,
                                    wrong_routes[i].queue,
                                    wrong_routes[i].prefix);
        const char *wrong = ct_route_complete(&route, "mail", *state);

        assert_non_null(wrong);
        assert_ptr_equal(strstr(wrong, wrong_routes[i].words), wrong);
    }
}

static void retries_where_the_job_can_say_so(void **state)
{
    ct_route_t route = route_of("celery", "a.b", NULL, NULL);

    route.has_retries = 1;
    assert_non_null(strstr(ct_route_complete(&route, "mail", *state),
                           "has no retries=: the task's own code"));
    route = route_of("bullmq", NULL, NULL, NULL);
    route.has_retries = 1;
    route_complete(&route, *state);
}

static void a_longest_name(void **state)
{
    ct_route_t route = route_of("sidekiq", NULL, NULL, NULL);
    char name[202];

    memset(name, 'A', sizeof(name));
    name[200] = '\0';
    route.work = name;
    route_complete(&route, *state);
    name[200] = 'A';
    name[201] = '\0';
    assert_non_null(ct_route_complete(&route, "mail", *state));
}

static void payloads_that_do_not_fit(void **state)
{
    const ct_format_t *its = ct_format_find("rq");
    const ct_format_t *stream = ct_format_find("stream");
    char *large = apr_pcalloc(*state, CT_FORMAT_LONGEST + 1);
    ct_route_t route = route_of("rq", "a.b", NULL, NULL);
    ct_commands_t commands;

    route_complete(&route, *state);
    memset(large, '1', CT_FORMAT_LONGEST + 1);
    assert_null(ct_format_fits(its, "", 0, *state));
    assert_null(ct_format_fits(its, large, CT_FORMAT_LONGEST, *state));
    assert_non_null(strstr(ct_format_fits(its, large, CT_FORMAT_LONGEST + 1,
                                          *state), "bytes"));
    assert_non_null(ct_format_fits(stream, large, CT_FORMAT_LONGEST + 1,
                                   *state));
    assert_null(ct_format_fits(stream, "a=b", 3, *state));
    assert_string_equal(ct_format_fits(its, "[1,]", 4, *state),
                        "format=rq takes JSON: column 4: expected a value: "
                        "{}, [], a text in double quotes, a number, true, "
                        "false or null");
    assert_non_null(job_write(&route, "a=b", 3, &commands, *state));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_pool(routes_that_no_worker_could_take),
        with_pool(retries_where_the_job_can_say_so),
        with_pool(a_longest_name),
        with_pool(payloads_that_do_not_fit),
    };

    return run_group("formats: refused", tests);
}
