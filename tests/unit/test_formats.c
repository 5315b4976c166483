/* SPDX-License-Identifier: Apache-2.0 */
/* formats: each job byte by byte. */
#include "support_formats.h"

#include "apr_base64.h"

#include "once.h"

#define UUID "01234567-89ab-cdef-0123-456789abcdef"
/* What Celery's tag is at the time of these jobs. */
#define TAG_UUID "0006615a-05b0-5762-0123-456789abcdef"

static void sidekiq(void **state)
{
    ct_route_t route = route_of("sidekiq", "Mail::Job", NULL, NULL);

    route_complete(&route, *state);
    assert_string_equal(job_written(&route, "[42,\"a\"]", *state),
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
    assert_string_equal(job_written(&route, " {\"to\": 42} ", *state),
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

    route_complete(&route, *state);
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

    route_complete(&route, *state);
    assert_string_equal(job_written(&route, "\"a.jpg\"", *state),
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

    route_complete(&route, *state);
    assert_string_equal(job_written(&route, "[42]", *state),
                        celery_job("[[42], {}, " EMBED, *state));
    assert_string_equal(job_written(&route, "{\"to\":42}", *state),
                        celery_job("[[], {\"to\":42}, " EMBED, *state));
    assert_string_equal(job_written(&route, "", *state),
                        celery_job("[[], {}, " EMBED, *state));
    assert_string_equal(job_written(&route, "true", *state),
                        celery_job("[[true], {}, " EMBED, *state));
}

static void rq(void **state)
{
    ct_route_t route = route_of("rq", "shop.mail", "high", NULL);

    route_complete(&route, *state);
    assert_string_equal(job_written(&route, "[42]", *state),
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
    assert_non_null(strstr(job_written(&route, "{\"a\":1}", *state),
        " data [\"shop.mail\", null, [], {\"a\":1}] created_at"));
    assert_non_null(strstr(job_written(&route, "", *state),
        " description shop.mail retries_left 2\n"));
}

static void bullmq(void **state)
{
    ct_route_t route = route_of("bullmq", NULL, NULL, NULL);

    route_complete(&route, *state);
    route.once = 60;
    assert_string_equal(job_written(&route, "{\"to\":42}", *state),
        apr_pstrcat(*state, "EVALSHA ", ct_once_sha(*state, 1),
                    " 1 crosstown:once:" ID " 60 bull:mail: " UUID
                    " mail {\"to\":42} {\"attempts\":1} 1795889130657\n",
                    NULL));
    route.once = 0;
    route.retries = 4;
    route.queue = "out";
    route.work = "send";
    route.prefix = "{shop}:";
    assert_string_equal(job_written(&route, "", *state),
        apr_pstrcat(*state, "EVALSHA ", ct_once_sha(*state, 1),
                    " 1 crosstown:once:" ID " 0 {shop}:out: " UUID
                    " send {} {\"attempts\":5} 1795889130657\n", NULL));
}

static void laravel(void **state)
{
    ct_route_t route = route_of("laravel", "App\\Jobs\\Mail", NULL,
                                "shop_database_");

    route_complete(&route, *state);
    assert_string_equal(job_written(&route, "{\"to\":42}", *state),
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
    route_complete(&route, *state);
    assert_non_null(strstr(job_written(&route, "[1]", *state),
        "\"displayName\":\"Mail@send\",\"job\":\"Mail@send\","
        "\"maxTries\":3,"));
}

static void a_stream_takes_any_bytes(void **state)
{
    ct_route_t route = route_of("stream", NULL, NULL, NULL);
    ct_commands_t commands;

    route_complete(&route, *state);
    assert_string_equal(job_written(&route, "a b", *state),
                        "XADD mail * id " ID " name mail payload a b\n");
    assert_null(job_write(&route, "\0\xff\r\n", 4, &commands, *state));
    assert_int_equal(commands.words[8].length, 4);
    assert_memory_equal(commands.words[8].bytes, "\0\xff\r\n", 4);
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
    };

    return run_group("formats", tests);
}
