/* SPDX-License-Identifier: Apache-2.0 */
/* payload: each kind of value in both formats. */
#include "support.h"

#include "payload.h"
#include "task_header.h"

static const char *written(apr_pool_t *pool, const char *item,
                           ct_payload_format_e format)
{
    const char *error = NULL;
    apr_array_header_t *tasks = ct_task_header_read(pool, item, strlen(item),
                                                    &error);
    apr_size_t length;
    const char *body;

    assert_non_null(tasks);
    body = ct_payload_write(pool, format,
                            ((ct_asked_task_t *)tasks->elts)->fields, &length);
    assert_int_equal(strlen(body), length);
    return body;
}

static const char *const bodies[][3] = {
    { "a", "", "{}" },
    { "a;ct-delay=5", "", "{}" },
    { "a;to=42;ok;s=\"a&b\"", "to=42&ok=1&s=a%26b",
      "{\"to\":42,\"ok\":true,\"s\":\"a&b\"}" },
    { "a;n=-1.50;z=-0;f=?0;t=x/y", "n=-1.5&z=0&f=0&t=x%2Fy",
      "{\"n\":-1.5,\"z\":0,\"f\":false,\"t\":\"x/y\"}" },
    { "a;s=\"a b+c%=\\\"\\\\\"", "s=a%20b%2Bc%25%3D%22%5C",
      "{\"s\":\"a b+c%=\\\"\\\\\"}" },
    { "a;d=%\"f%c3%bc%0a%7f%01\"", "d=f%C3%BC%0A%7F%01",
      "{\"d\":\"f\xc3\xbc\\u000a\\u007f\\u0001\"}" },
    { "a;b=:AAECA/8=:", "b=%00%01%02%03%FF", "{\"b\":\"AAECA/8=\"}" },
    { "a;b=:aGk:", "b=hi", "{\"b\":\"aGk=\"}" },
    { "a;*k=1", "%2Ak=1", "{\"*k\":1}" },
    { NULL, NULL, NULL },
};

static void both_formats(void **state)
{
    size_t i;

    for (i = 0; bodies[i][1]; ++i) {
        assert_string_equal(written(*state, bodies[i][0], CT_PAYLOAD_FORM),
                            bodies[i][1]);
        assert_string_equal(written(*state, bodies[i][0], CT_PAYLOAD_JSON),
                            bodies[i][2]);
    }
}

/* The room is worked out before: at its worst nothing is written beyond. */
static void the_worst_values_fit(void **state)
{
    char value[1001];
    char key[101];
    apr_size_t length;
    int i;

    memset(key, '*', sizeof(key) - 1);
    key[sizeof(key) - 1] = '\0';
    for (i = 0; i < 3; ++i) {
        static const ct_sf_kind_e kinds[] = { CT_SF_DISPLAY, CT_SF_BYTES,
                                              CT_SF_STRING };
        ct_sf_parameter_t *field;
        apr_array_header_t *fields = apr_array_make(*state, 1,
                                                    sizeof(*field));
        const char *body;

        memset(value, i == 2 ? '"' : 1, sizeof(value) - 1);
        value[sizeof(value) - 1] = '\0';
        field = apr_array_push(fields);
        field->key = key;
        field->value.kind = kinds[i];
        field->value.text = value;
        field->value.length = sizeof(value) - 1;
        body = ct_payload_write(*state, CT_PAYLOAD_JSON, fields, &length);
        assert_int_equal(length, i == 0 ? 100 + 6000 + 7
                                        : i == 1 ? 100 + 1336 + 7
                                                 : 100 + 2000 + 7);
        assert_int_equal(body[length - 1], '}');
        (void)ct_payload_write(*state, CT_PAYLOAD_FORM, fields, &length);
        assert_int_equal(length, 3 * 100 + 1 + 3 * 1000);
    }
}

static void types_are_said(void **state)
{
    (void)state;
    assert_string_equal(ct_payload_type(CT_PAYLOAD_FORM),
                        "application/x-www-form-urlencoded");
    assert_string_equal(ct_payload_type(CT_PAYLOAD_JSON), "application/json");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_pool(both_formats),
        with_pool(the_worst_values_fit),
        with_pool(types_are_said),
    };

    return run_group("payload", tests);
}
