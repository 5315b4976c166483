/* SPDX-License-Identifier: Apache-2.0 */
/* formats: each job byte by byte, and what is refused. */
#include "support.h"

#include "apr_base64.h"

#include "format.h"
#include "once.h"

#define ID "0123456789abcdef0123456789abcdef"
#define UUID "01234567-89ab-cdef-0123-456789abcdef"
/* 2026-11-28T18:05:30.657634Z, and half a second before; and what Celery's tag
 * is then. */
#define NOW (apr_time_t)1795889130657634
#define CREATED (NOW - 500000)
#define TAG_UUID "0006615a-05b0-5762-0123-456789abcdef"

static ct_route_t route_of(const char *format, const char *work,
                           const char *queue, const char *prefix)
{
    ct_route_t route = { 0 };

    route.format = ct_format_find(format);
    assert_non_null(route.format);
    route.work = work;
    route.queue = queue;
    route.prefix = prefix;
    return route;
}

static void complete(ct_route_t *route, apr_pool_t *p)
{
    const char *wrong = ct_route_complete(route, "mail", p);

    if (wrong) {
        fail_msg("%s", wrong);
    }
}

static const char *try_to_write(const ct_route_t *route, const char *payload,
                                apr_size_t length, ct_commands_t *commands,
                                apr_pool_t *p)
{
    const ct_envelope_t envelope = { ID, CREATED, NOW, payload, length,
                                     NULL };

    return ct_format_write(route, &envelope, commands, p);
}

/* Words with a blank between them, a line for each command. */
static const char *written(const ct_route_t *route, const char *payload,
                           apr_pool_t *p)
{
    const char *text = "";
    const ct_word_t *word;
    ct_commands_t commands;
    int i;
    int j;

    assert_null(try_to_write(route, payload, strlen(payload), &commands, p));
    word = commands.words;
    for (i = 0; i < commands.count; ++i) {
        for (j = 0; j < commands.counts[i]; ++j, ++word) {
            text = apr_pstrcat(p, text, j ? " " : "",
                               apr_pstrmemdup(p, word->bytes, word->length),
                               NULL);
        }
        text = apr_pstrcat(p, text, "\n", NULL);
    }
    return text;
}

static void sidekiq(void **state)
{
    ct_route_t route = route_of("sidekiq", "Mail::Job", NULL, NULL);

    complete(&route, *state);
    assert_string_equal(written(&route, "[42,\"a\"]", *state),
        "MULTI\n"
        "SADD queues default\n"
        "LPUSH queue:default {\"class\":\"Mail::Job\",\"args\":[42,\"a\"],"
        "\"jid\":\"0123456789abcdef01234567\",\"queue\":\"default\","
        "\"retry\":true,\"created_at\":1795889130.157634,"
        "\"enqueued_at\":1795889130.657634}\n"
        "EXEC\n");
    route.has_retries = 1;
    route.retries = 3;
    route.queue = "mailers";
    route.prefix = "shop:";
    assert_string_equal(written(&route, " {\"to\": 42} ", *state),
        "MULTI\n"
        "SADD shop:queues mailers\n"
        "LPUSH shop:queue:mailers {\"class\":\"Mail::Job\","
        "\"args\":[{\"to\": 42}],\"jid\":\"0123456789abcdef01234567\","
        "\"queue\":\"mailers\",\"retry\":3,\"created_at\":1795889130.157634,"
        "\"enqueued_at\":1795889130.657634}\n"
        "EXEC\n");
}

/* Sidekiq 8 takes an integer for milliseconds. */
static void a_whole_second_has_a_fraction_too(void **state)
{
    ct_route_t route = route_of("sidekiq", "Job", NULL, NULL);
    const ct_envelope_t envelope = { ID, apr_time_from_sec(1795889130),
                                     apr_time_from_sec(1795889131), "", 0,
                                     NULL };
    ct_commands_t commands;

    complete(&route, *state);
    route.once = 1;
    assert_null(ct_format_write(&route, &envelope, &commands, *state));
    assert_non_null(strstr(commands.words[12].bytes,
        "\"args\":[],\"jid\":\"0123456789abcdef01234567\","
        "\"queue\":\"default\",\"retry\":true,"
        "\"created_at\":1795889130.000000,"
        "\"enqueued_at\":1795889131.000000}"));
}

static void activejob(void **state)
{
    ct_route_t route = route_of("activejob", "ThumbJob", "low", NULL);

    complete(&route, *state);
    assert_string_equal(written(&route, "\"a.jpg\"", *state),
        "MULTI\n"
        "SADD queues low\n"
        "LPUSH queue:low {\"class\":"
        "\"ActiveJob::QueueAdapters::SidekiqAdapter::JobWrapper\","
        "\"wrapped\":\"ThumbJob\",\"args\":[{\"job_class\":\"ThumbJob\","
        "\"job_id\":\"" UUID "\",\"queue_name\":\"low\","
        "\"arguments\":[\"a.jpg\"],\"executions\":0,"
        "\"exception_executions\":{},\"locale\":\"en\",\"timezone\":\"UTC\"}],"
        "\"jid\":\"0123456789abcdef01234567\",\"queue\":\"low\","
        "\"retry\":true,\"created_at\":1795889130.157634,"
        "\"enqueued_at\":1795889130.657634}\n"
        "EXEC\n");
}

static const char *in_base64(const char *text, apr_pool_t *p)
{
    char *to = apr_palloc(p, (apr_size_t)apr_base64_encode_len(
                                 (int)strlen(text)));

    apr_base64_encode(to, text, (int)strlen(text));
    return to;
}

#define EMBED "{\"callbacks\":null,\"errbacks\":null,\"chain\":null," \
              "\"chord\":null}]"

static const char *celery_job(const char *body, apr_pool_t *p)
{
    return apr_pstrcat(p, "LPUSH celery {\"body\":\"", in_base64(body, p),
        "\",\"content-encoding\":\"utf-8\","
        "\"content-type\":\"application/json\","
        "\"headers\":{\"lang\":\"py\",\"task\":\"shop.mail\","
        "\"id\":\"" UUID "\",\"root_id\":\"" UUID "\",\"parent_id\":null,"
        "\"eta\":null,\"expires\":null,\"retries\":0,"
        "\"timelimit\":[null,null],\"argsrepr\":\"\",\"kwargsrepr\":\"{}\","
        "\"origin\":\"crosstown\",\"ignore_result\":false},"
        "\"properties\":{\"correlation_id\":\"" UUID "\",\"reply_to\":\"\","
        "\"delivery_mode\":2,\"delivery_info\":{\"exchange\":\"\","
        "\"routing_key\":\"celery\"},\"priority\":0,"
        "\"body_encoding\":\"base64\",\"delivery_tag\":\"" TAG_UUID "\"}}\n",
        NULL);
}

static void celery(void **state)
{
    ct_route_t route = route_of("celery", "shop.mail", NULL, NULL);

    complete(&route, *state);
    assert_string_equal(written(&route, "[42]", *state),
                        celery_job("[[42], {}, " EMBED, *state));
    assert_string_equal(written(&route, "{\"to\":42}", *state),
                        celery_job("[[], {\"to\":42}, " EMBED, *state));
    assert_string_equal(written(&route, "", *state),
                        celery_job("[[], {}, " EMBED, *state));
    assert_string_equal(written(&route, "true", *state),
                        celery_job("[[true], {}, " EMBED, *state));
}

static void rq(void **state)
{
    ct_route_t route = route_of("rq", "shop.mail", "high", NULL);

    complete(&route, *state);
    assert_string_equal(written(&route, "[42]", *state),
        "MULTI\n"
        "HSET rq:job:" UUID " data [\"shop.mail\", null, [42], {}] "
        "created_at 2026-11-28T18:05:30.157634Z "
        "enqueued_at 2026-11-28T18:05:30.657634Z origin high status queued "
        "timeout 180 description shop.mail\n"
        "SADD rq:queues rq:queue:high\n"
        "RPUSH rq:queue:high " UUID "\n"
        "EXEC\n");
    route.has_retries = 1;
    route.retries = 2;
    assert_non_null(strstr(written(&route, "{\"a\":1}", *state),
        " data [\"shop.mail\", null, [], {\"a\":1}] created_at"));
    assert_non_null(strstr(written(&route, "", *state),
        " description shop.mail retries_left 2\n"));
}

static void bullmq(void **state)
{
    ct_route_t route = route_of("bullmq", NULL, NULL, NULL);

    complete(&route, *state);
    route.once = 60;
    assert_string_equal(written(&route, "{\"to\":42}", *state),
        apr_pstrcat(*state, "EVALSHA ", ct_once_sha(*state, 1),
                    " 1 crosstown:once:" ID " 60 bull:mail: " UUID
                    " mail {\"to\":42} {\"attempts\":1} 1795889130657\n",
                    NULL));
    route.once = 0;
    route.retries = 4;
    route.queue = "out";
    route.work = "send";
    route.prefix = "{shop}:";
    assert_string_equal(written(&route, "", *state),
        apr_pstrcat(*state, "EVALSHA ", ct_once_sha(*state, 1),
                    " 1 crosstown:once:" ID " 0 {shop}:out: " UUID
                    " send {} {\"attempts\":5} 1795889130657\n", NULL));
}

static void laravel(void **state)
{
    ct_route_t route = route_of("laravel", "App\\Jobs\\Mail", NULL,
                                "shop_database_");

    complete(&route, *state);
    assert_string_equal(written(&route, "{\"to\":42}", *state),
        "MULTI\n"
        "RPUSH shop_database_queues:default {\"uuid\":\"" UUID "\","
        "\"displayName\":\"App\\\\Jobs\\\\Mail\","
        "\"job\":\"App\\\\Jobs\\\\Mail@fire\",\"maxTries\":null,"
        "\"maxExceptions\":null,\"failOnTimeout\":false,\"backoff\":null,"
        "\"timeout\":null,\"data\":{\"to\":42},\"id\":\"" UUID "\","
        "\"attempts\":0}\n"
        "RPUSH shop_database_queues:default:notify 1\n"
        "EXEC\n");
    route.work = "Mail@send";
    route.has_retries = 1;
    route.retries = 2;
    complete(&route, *state);
    assert_non_null(strstr(written(&route, "[1]", *state),
        "\"displayName\":\"Mail@send\",\"job\":\"Mail@send\","
        "\"maxTries\":3,"));
}

static void a_stream_takes_any_bytes(void **state)
{
    ct_route_t route = route_of("stream", NULL, NULL, NULL);
    ct_commands_t commands;

    complete(&route, *state);
    assert_string_equal(written(&route, "a b", *state),
                        "XADD mail * id " ID " name mail payload a b\n");
    assert_null(try_to_write(&route, "\0\xff\r\n", 4, &commands, *state));
    assert_int_equal(commands.words[8].length, 4);
    assert_memory_equal(commands.words[8].bytes, "\0\xff\r\n", 4);
}

static void with_a_marker_all_are_one_call(void **state)
{
    ct_route_t route = route_of("laravel", "Mail", "q", "");
    const char *text;

    complete(&route, *state);
    route.once = 3600;
    text = written(&route, "1", *state);
    assert_ptr_equal(strstr(text,
        apr_pstrcat(*state, "EVALSHA ", ct_once_sha(*state, 0),
                    " 1 crosstown:once:" ID " 3600 3 RPUSH queues:q {",
                    NULL)), text);
    assert_non_null(strstr(text, "} 3 RPUSH queues:q:notify 1\n"));
}

static void marker_before_the_words(void **state)
{
    ct_route_t route = route_of("stream", "w", "s", "p:");
    const char *text;

    complete(&route, *state);
    route.once = 7;
    text = written(&route, "x", *state);
    assert_string_equal(text,
        apr_pstrcat(*state, "EVALSHA ", ct_once_sha(*state, 0),
                    " 1 crosstown:once:" ID
                    " 7 9 XADD p:s * id " ID " name w payload x\n", NULL));
}

static void bytes_of_the_wire(void **state)
{
    ct_commands_t commands;
    char bytes[100];
    apr_size_t size;

    ct_commands_init(&commands, *state);
    ct_commands_add(&commands, "LPUSH", "q", NULL);
    ct_commands_word(&commands, "\r\n\0", 3);
    ct_commands_add(&commands, "X", "", NULL);
    size = ct_commands_size(&commands);
    assert_int_equal(size, 48);
    memset(bytes, '!', sizeof(bytes));
    ct_commands_write(&commands, bytes);
    assert_memory_equal(bytes,
        "*3\r\n$5\r\nLPUSH\r\n$1\r\nq\r\n$3\r\n\r\n\0\r\n"
        "*2\r\n$1\r\nX\r\n$0\r\n\r\n!", size + 1);
}

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
    complete(&route, *state);
}

static void a_longest_name(void **state)
{
    ct_route_t route = route_of("sidekiq", NULL, NULL, NULL);
    char name[202];

    memset(name, 'A', sizeof(name));
    name[200] = '\0';
    route.work = name;
    complete(&route, *state);
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

    complete(&route, *state);
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
    assert_non_null(try_to_write(&route, "a=b", 3, &commands, *state));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_pool(sidekiq),
        with_pool(a_whole_second_has_a_fraction_too),
        with_pool(activejob),
        with_pool(celery),
        with_pool(rq),
        with_pool(bullmq),
        with_pool(laravel),
        with_pool(a_stream_takes_any_bytes),
        with_pool(with_a_marker_all_are_one_call),
        with_pool(marker_before_the_words),
        with_pool(bytes_of_the_wire),
        with_pool(routes_that_no_worker_could_take),
        with_pool(retries_where_the_job_can_say_so),
        with_pool(a_longest_name),
        with_pool(payloads_that_do_not_fit),
    };

    return run_group("formats", tests);
}
