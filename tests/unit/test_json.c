/* SPDX-License-Identifier: Apache-2.0 */
/* json: what is taken, what is not, and where it is wrong. */
#include "support.h"

#include "json.h"

static const char *const good[] = {
    "null", "true", "false", "0", "-0", "12", "-1.5", "1e9", "1E+2", "0.1e-3",
    "12345678901234567890123", "\"\"", "\"a\"", "[]", "{}", "[ ]", "{ }",
    "[1,2]", " [1 , \"a\" , null]\r\n", "{\"a\":1}",
    "\t{ \"a\" : [ { } ] , \"b\" : { \"c\" : -1 } }",
    "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\"", "\"\\ud83d\\ude00\"",
    "\"\\uD83D\\uDE00\"", "\"\\u0000\"", "\"f\xc3\xbc\xf0\x9f\x98\x80\"",
    "{\"a\":1,\"a\":2}", "\"\x7f\"", NULL
};

static const struct {
    const char *text;
    apr_size_t column;
    const char *expected;
} bad[] = {
    { "", 1, "a value" }, { "  ", 3, "a value" }, { "nul", 1, "a value" },
    { "NaN", 1, "a value" }, { "Infinity", 1, "a value" },
    { "'a'", 1, "a value" }, { "+1", 1, "a value" }, { ".5", 1, "a value" },
    { "01", 2, "nothing behind" }, { "1 2", 3, "nothing behind" },
    { "[] x", 4, "nothing behind" }, { "-", 2, "a digit" },
    { "1.", 3, "a digit" }, { "1e", 3, "a digit" }, { "1e+-1", 4, "a digit" },
    { "[1,]", 4, "a value" }, { "[1 2]", 4, "a comma or ]" },
    { "[", 2, "a value" }, { "[1", 3, "a comma or ]" },
    { "{\"a\"}", 5, "a colon" }, { "{\"a\":}", 6, "a value" },
    { "{\"a\":1,}", 8, "a text" }, { "{a:1}", 2, "a text" },
    { "{1:1}", 2, "a text" }, { "{\"a\":1 ", 8, "a comma or }" },
    { "[1}", 3, "a comma or ]" }, { "\"a", 3, "a double quote" },
    { "\"\n\"", 2, "an escape" }, { "\"\\x\"", 3, "one of" },
    { "\"\\", 3, "one of" }, { "\"\\u12\"", 6, "four hex" },
    { "\"\\ud800\"", 8, "both halves" },
    { "\"\\ud800\\u0041\"", 14, "both halves" },
    { "\"\\ude00\"", 8, "both halves" }, { "\"\xff\"", 1, "UTF-8" },
    { "\"\xed\xa0\x80\"", 1, "UTF-8" }, { "\xef\xbb\xbf{}", 1, "a value" },
    { "// a\n1", 1, "a value" }, { NULL, 0, NULL }
};

static void json_is_taken(void **state)
{
    ct_json_t json;
    apr_size_t column;
    int i;

    (void)state;
    for (i = 0; good[i]; ++i) {
        const char *wrong = ct_json_read(&json, good[i], strlen(good[i]),
                                         &column);

        if (wrong) {
            fail_msg("%s: column %d: %s", good[i], (int)column, wrong);
        }
    }
}

static void all_else_is_not(void **state)
{
    ct_json_t json;
    apr_size_t column;
    int i;

    (void)state;
    for (i = 0; bad[i].text; ++i) {
        const char *wrong = ct_json_read(&json, bad[i].text,
                                         strlen(bad[i].text), &column);

        if (!wrong || !strstr(wrong, bad[i].expected)
            || column != bad[i].column) {
            fail_msg("%s: column %d: %s", bad[i].text, (int)column,
                     wrong ? wrong : "taken");
        }
    }
}

static void a_zero_byte_is_no_end(void **state)
{
    static const char *const texts[] = { "1\0", "\0001", "\"\0\"", "[\0]" };
    static const apr_size_t lengths[] = { 2, 2, 3, 3 };
    ct_json_t json;
    apr_size_t column;
    int i;

    (void)state;
    for (i = 0; i < 4; ++i) {
        assert_non_null(ct_json_read(&json, texts[i], lengths[i], &column));
    }
}

static void the_kind_and_what_is_without_blanks(void **state)
{
    ct_json_t json;
    apr_size_t column;

    (void)state;
    assert_null(ct_json_read(&json, " [1] ", 5, &column));
    assert_int_equal(json.kind, CT_JSON_ARRAY);
    assert_int_equal(json.length, 3);
    assert_memory_equal(json.text, "[1]", 3);
    assert_null(ct_json_read(&json, "\n{}", 3, &column));
    assert_int_equal(json.kind, CT_JSON_OBJECT);
    assert_int_equal(json.length, 2);
    assert_null(ct_json_read(&json, "\"{\"", 3, &column));
    assert_int_equal(json.kind, CT_JSON_OTHER);
}

static void nested(char *text, int depth, char open, char close)
{
    memset(text, open, (size_t)depth);
    memset(text + depth, close, (size_t)depth);
}

static void not_too_deep(void **state)
{
    static char text[100000];
    ct_json_t json;
    apr_size_t column;

    (void)state;
    nested(text, CT_JSON_DEPTH, '[', ']');
    assert_null(ct_json_read(&json, text, 2 * CT_JSON_DEPTH, &column));
    nested(text, CT_JSON_DEPTH + 1, '[', ']');
    assert_non_null(ct_json_read(&json, text, 2 * CT_JSON_DEPTH + 2, &column));
    assert_int_equal(column, CT_JSON_DEPTH + 2);
    nested(text, 50000, '[', ']');
    assert_non_null(ct_json_read(&json, text, 100000, &column));
    /* Beside each other as many as one likes. */
    memset(text, ' ', sizeof(text));
    text[0] = '[';
    for (column = 1; column < 90000; column += 3) {
        memcpy(text + column, "[],", 3);
    }
    memcpy(text + 90001, "1]", 2);
    assert_null(ct_json_read(&json, text, sizeof(text), &column));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_is_taken),
        cmocka_unit_test(all_else_is_not),
        cmocka_unit_test(a_zero_byte_is_no_end),
        cmocka_unit_test(the_kind_and_what_is_without_blanks),
        cmocka_unit_test(not_too_deep),
    };

    return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
