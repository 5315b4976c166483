/* SPDX-License-Identifier: Apache-2.0 */
/* amqp: messages byte by byte, addresses, and what a broker's codes mean. */
#include "support.h"

#include "amqp_address.h"
#include "amqp_answer.h"
#include "format.h"

#define ID "0123456789abcdef0123456789abcdef"
#define UUID "01234567-89ab-cdef-0123-456789abcdef"
#define CREATED (apr_time_t)1795889130157634

static ct_route_t route_of(const char *format, const char *work,
                           apr_pool_t *p)
{
    ct_route_t route = { 0 };
    const char *wrong;

    route.carrier = CT_BY_AMQP;
    route.format = ct_format_find(format);
    route.work = work;
    wrong = ct_route_complete(&route, "mail", p);
    if (wrong) {
        fail_msg("%s", wrong);
    }
    return route;
}

/* As it waits; @return bytes, whose number is size. */
static char *packed(const ct_route_t *route, const char *payload,
                    apr_size_t length, const char *type, apr_size_t *size,
                    apr_pool_t *p)
{
    const ct_envelope_t envelope = { ID, CREATED, CREATED, payload, length,
                                     type };
    ct_publish_t publish;
    char *bytes;

    assert_null(ct_format_publish(route, &envelope, &publish, p));
    *size = ct_publish_size(&publish);
    bytes = apr_palloc(p, *size + 1);
    bytes[*size] = '!';
    ct_publish_write(&publish, bytes);
    assert_int_equal(bytes[*size], '!');
    return bytes;
}

static void assert_packed(const ct_route_t *route, const char *payload,
                          apr_size_t length, const char *type,
                          const char *expected, apr_size_t expected_size,
                          apr_pool_t *p)
{
    apr_size_t size;
    const char *bytes = packed(route, payload, length, type, &size, p);

    assert_int_equal(size, expected_size);
    assert_memory_equal(bytes, expected, size);
}

#define HEADERS "lang\0py\0task\0shop.mail\0id\0" UUID "\0root_id\0" UUID \
    "\0argsrepr\0\0kwargsrepr\0{}\0origin\0crosstown\0\0"
#define EMBED "{\"callbacks\":null,\"errbacks\":null,\"chain\":null," \
              "\"chord\":null}]"
#define CELERY(queue, body) "\0" queue "\0" UUID "\0" UUID "\0\0" \
    "application/json\0utf-8\0" "1795889130\0" HEADERS body EMBED

static void celery(void **state)
{
    static const char array[] = CELERY("celery", "[[42], {}, ");
    static const char object[] = CELERY("low", "[[], {\"to\":\"\\u00fc\"}, ");
    static const char empty[] = CELERY("low", "[[], {}, ");
    ct_route_t route = route_of("celery", "shop.mail", *state);

    assert_packed(&route, "[42]", 4, NULL, array, sizeof(array) - 1, *state);
    route.queue = "low";
    assert_packed(&route, " {\"to\":\"\\u00fc\"} ", 17, NULL, object,
                  sizeof(object) - 1, *state);
    assert_packed(&route, "", 0, NULL, empty, sizeof(empty) - 1, *state);
}

#define MESSAGE(exchange, key, type, body) exchange "\0" key "\0" ID \
    "\0\0mail\0" type "\0\0" "1795889130\0\0" body

static void a_message_takes_any_bytes(void **state)
{
    static const char bytes[] =
        MESSAGE("", "mail", "application/octet-stream", "\0\xff\r\n");
    static const char json[] = MESSAGE("events", "a.b", "application/json",
                                       "{}");
    ct_route_t route = route_of("message", NULL, *state);

    assert_packed(&route, "\0\xff\r\n", 4, NULL, bytes, sizeof(bytes) - 1,
                  *state);
    route.exchange = "events";
    route.queue = "a.b";
    assert_packed(&route, "{}", 2, "application/json", json, sizeof(json) - 1,
                  *state);
}

/* A short string of AMQP has 255 bytes at most. */
static void a_type_that_is_too_long(void **state)
{
    static const char any[] = MESSAGE("", "mail", "application/octet-stream",
                                      "x");
    ct_route_t route = route_of("message", NULL, *state);
    char type[257];
    apr_size_t size;

    memset(type, 'a', sizeof(type));
    type[256] = '\0';
    assert_packed(&route, "x", 1, type, any, sizeof(any) - 1, *state);
    type[255] = '\0';
    (void)packed(&route, "x", 1, type, &size, *state);
    assert_int_equal(size, sizeof(any) - 1 + 255 - 24);
}

static void read_as_written(void **state)
{
    ct_route_t route = route_of("celery", "shop.mail", *state);
    apr_size_t size;
    const char *bytes = packed(&route, "[\"a\"]", 5, NULL, &size, *state);
    ct_publish_t publish;

    ct_publish_read(&publish, bytes, size);
    assert_string_equal(publish.texts[CT_PUBLISH_EXCHANGE], "");
    assert_string_equal(publish.texts[CT_PUBLISH_KEY], "celery");
    assert_string_equal(publish.texts[CT_PUBLISH_ID], UUID);
    assert_string_equal(publish.texts[CT_PUBLISH_CORRELATION], UUID);
    assert_string_equal(publish.texts[CT_PUBLISH_NAME], "");
    assert_string_equal(publish.texts[CT_PUBLISH_TIME], "1795889130");
    assert_int_equal(publish.header_count, 7);
    assert_string_equal(publish.headers[2], "task");
    assert_string_equal(publish.headers[3], "shop.mail");
    assert_string_equal(publish.headers[13], "crosstown");
    assert_memory_equal(publish.body, "[[\"a\"], {}, {", 13);
    assert_ptr_equal(publish.body + publish.length, bytes + size);
}

static void payloads_that_do_not_fit(void **state)
{
    ct_route_t route = route_of("celery", "a.b", *state);
    const ct_envelope_t envelope = { ID, CREATED, CREATED, "a=b", 3,
                                     NULL };
    ct_publish_t publish;

    assert_non_null(strstr(ct_format_publish(&route, &envelope, &publish,
                                             *state), "takes JSON"));
}

static void formats_that_go_the_other_way(void **state)
{
    ct_route_t route = { 0 };

    route.format = ct_format_find("sidekiq");
    route.carrier = CT_BY_AMQP;
    route.work = "A";
    assert_string_equal(ct_route_complete(&route, "mail", *state),
                        "format=sidekiq goes by redis:// alone; write celery "
                        "or message here");
    route.format = ct_format_find("message");
    route.carrier = CT_BY_REDIS;
    assert_string_equal(ct_route_complete(&route, "mail", *state),
                        "format=message goes by amqp:// alone; write stream, "
                        "sidekiq, activejob, celery, rq, bullmq or laravel "
                        "here");
}

static void an_exchange_has_a_name(void **state)
{
    ct_route_t route = { 0 };

    route.format = ct_format_find("message");
    route.carrier = CT_BY_AMQP;
    route.exchange = "a b";
    assert_non_null(strstr(ct_route_complete(&route, "mail", *state),
                           "exchange=a b: write 1 to 200"));
}

/* ---- addresses ---- */

static ct_amqp_address_t address_of(const char *text, apr_pool_t *p)
{
    ct_amqp_address_t address = { 0 };
    const char *wrong = ct_amqp_address_read(&address, text, p);

    if (wrong) {
        fail_msg("%s: %s", text, wrong);
    }
    ct_amqp_address_complete(&address, p);
    return address;
}

static void addresses(void **state)
{
    ct_amqp_address_t address = address_of("amqp://h", *state);

    assert_string_equal(address.host, "h");
    assert_int_equal(address.port, 5672);
    assert_string_equal(address.vhost, "/");
    assert_string_equal(address.user, "guest");
    assert_string_equal(address.password, "guest");
    assert_false(address.is_tls);
    assert_string_equal(address.shown, "amqp://h/");
    address = address_of("amqps://u:s%40c@[::1]:7/a%2fb/c", *state);
    assert_string_equal(address.host, "::1");
    assert_int_equal(address.port, 7);
    assert_string_equal(address.vhost, "a/b/c");
    assert_string_equal(address.password, "s@c");
    assert_true(address.is_tls);
    assert_string_equal(address.shown, "amqps://u:***@[::1]:7/a%2fb/c");
    assert_int_equal(address_of("amqps://h", *state).port, 5671);
    assert_string_equal(address_of("amqp://h/", *state).vhost, "/");
    assert_string_equal(address_of("amqp://h//", *state).vhost, "/");
    assert_string_equal(address_of("amqp://h/%2F", *state).vhost, "/");
    assert_string_equal(address_of("amqp://u@h", *state).password, "");
}

static void the_same_address_has_the_same_key(void **state)
{
    const char *key = address_of("amqp://u:a@h/v", *state).key;

    assert_string_equal(key, address_of("amqp://u:a@h/v", *state).key);
    assert_string_not_equal(key, address_of("amqp://u:b@h/v", *state).key);
    assert_string_not_equal(key, address_of("amqp://u:a@h/w", *state).key);
}

/* ---- what a broker says ---- */

static void answers(void **state)
{
    const char *remedy;

    assert_int_equal(ct_amqp_answer_connection(403, &remedy), CT_SENT_MEND);
    assert_non_null(strstr(remedy, "password="));
    assert_int_equal(ct_amqp_answer_connection(530, &remedy), CT_SENT_MEND);
    assert_non_null(strstr(remedy, "vhost"));
    assert_int_equal(ct_amqp_answer_connection(320, &remedy), CT_SENT_AGAIN);
    assert_int_equal(ct_amqp_answer_connection(541, &remedy), CT_SENT_AGAIN);
    assert_string_equal(remedy, "");
    assert_int_equal(ct_amqp_answer_channel(404, &remedy), CT_SENT_REFUSED);
    assert_non_null(strstr(remedy, "exchange="));
    assert_int_equal(ct_amqp_answer_channel(403, &remedy), CT_SENT_REFUSED);
    assert_int_equal(ct_amqp_answer_channel(406, &remedy), CT_SENT_UNKNOWN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_pool(celery),
        with_pool(a_message_takes_any_bytes),
        with_pool(a_type_that_is_too_long),
        with_pool(read_as_written),
        with_pool(payloads_that_do_not_fit),
        with_pool(formats_that_go_the_other_way),
        with_pool(an_exchange_has_a_name),
        with_pool(addresses),
        with_pool(the_same_address_has_the_same_key),
        cmocka_unit_test(answers),
    };

    return run_group("amqp", tests);
}
