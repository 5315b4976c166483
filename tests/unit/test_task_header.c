/* SPDX-License-Identifier: Apache-2.0 */
/* task_header: what the grammar of RFC 9651 takes and what it does not, value
 * by value; what our own rules add; and that a message leads to the place and
 * to what should stand there. */
#include "support.h"

#include "task_header.h"
#include "utf8.h"

#define KINDS "idstbBD"

/* name[key=K:text...] for each task; K is one letter of KINDS. */
static const char *shown(apr_pool_t *pool, const apr_array_header_t *tasks)
{
    const char *text = "";
    int i;
    int j;

    for (i = 0; i < tasks->nelts; ++i) {
        const ct_asked_task_t *task = &((ct_asked_task_t *)tasks->elts)[i];

        text = apr_pstrcat(pool, text, task->name, "[", NULL);
        for (j = 0; j < task->fields->nelts; ++j) {
            const ct_sf_parameter_t *field =
                &((ct_sf_parameter_t *)task->fields->elts)[j];

            assert_int_equal(strlen(field->value.text), field->value.length);
            text = apr_psprintf(pool, "%s%s%s=%c:%s", text, j ? " " : "",
                                field->key, KINDS[field->value.kind],
                                field->value.text);
        }
        text = apr_pstrcat(pool, text, "]", NULL);
    }
    return text;
}

static const char *read_field(apr_pool_t *pool, const char *field)
{
    const char *error = NULL;
    apr_array_header_t *tasks = ct_task_header_read(pool, field, strlen(field),
                                                    &error);

    return tasks ? shown(pool, tasks) : error;
}

static const char *const read_as[][2] = {
    { "", "" },
    { "   ", "" },
    { "mail", "mail[]" },
    { "  mail  ", "mail[]" },
    { "mail,thumb", "mail[]thumb[]" },
    { "mail \t , \tthumb", "mail[]thumb[]" },
    { "mail;to=42", "mail[to=i:42]" },
    { "mail; to=42;  cc=43", "mail[to=i:42 cc=i:43]" },
    { "mail;ok", "mail[ok=B:1]" },
    { "mail;ok=?1;no=?0", "mail[ok=B:1 no=B:0]" },
    { "mail;a=1;b=2;a=3", "mail[a=i:3 b=i:2]" },
    { "a;n=-0;o=007;p=-0120", "a[n=i:0 o=i:7 p=i:-120]" },
    { "a;n=1.500;o=00.0;p=-0.0;q=-0.05",
      "a[n=d:1.5 o=d:0.0 p=d:0.0 q=d:-0.05]" },
    { "a;n=999999999999999", "a[n=i:999999999999999]" },
    { "a;n=-999999999999.999", "a[n=d:-999999999999.999]" },
    { "a;s=\"a b.jpg\"", "a[s=s:a b.jpg]" },
    { "a;s=\"\\\"\\\\\"", "a[s=s:\"\\]" },
    { "a;s=\"\"", "a[s=s:]" },
    { "a;t=*x/y:z!#$%&'*+-.^_`|~", "a[t=t:*x/y:z!#$%&'*+-.^_`|~]" },
    { "a;b=:aGVsbG8=:", "a[b=b:hello]" },
    { "a;b=:aGVsbG8:", "a[b=b:hello]" },
    { "a;b=::", "a[b=b:]" },
    { "a;d=%\"f%c3%bc%25\"", "a[d=D:f\xc3\xbc%]" },
    { "a;*k._-9=1", "a[*k._-9=i:1]" },
    { "a.b-C_9;x=1", "a.b-C_9[x=i:1]" },
};

static void what_is_right_is_read(void **state)
{
    size_t i;

    for (i = 0; i < sizeof(read_as) / sizeof(read_as[0]); ++i) {
        assert_string_equal(read_field(*state, read_as[i][0]), read_as[i][1]);
    }
}

/* The field, and how its message begins. */
static const char *const refused[][2] = {
    { "mail;to=a@b.c", "column 10: a value without quotes ends before this, "
      "but \"@\" stands here; write to=\"...\"" },
    { "mail;To=1", "column 6: a key begins with a lower-case letter" },
    { "mail;tO=1", "column 7: a key has lower-case letters only" },
    { "mail;to =1", "column 8: no blank may stand before \"=\"" },
    { "mail;to=a b", "column 10: a value without quotes ends before this, "
      "but \" \" stands here; write to=\"...\"" },
    { "mail order", "column 5: \";\" or \",\" was expected, but \" \" stands "
      "here; write name;field=value" },
    { "mail;to= 1", "column 9: no value begins like this: \" \" stands here; "
      "write to=\"...\"" },
    { "mail;to=", "column 9: a value was expected behind \"to=\"" },
    { "mail;", "column 6: a key begins" },
    { "mail ;to=1", "column 5: no blank may stand before \";\"" },
    { "mail,", "column 6: a name was expected behind \",\"" },
    { "mail,,thumb", "column 6: a name begins with a letter" },
    { ",mail", "column 1: a name begins with a letter" },
    { "mail\t", "column 5: a tab stands at the end" },
    { "\tmail", "column 1: a name begins with a letter" },
    { "(mail)", "column 1: a name begins with a letter" },
    { "\"mail\"", "column 1: a name begins with a letter" },
    { "4mail", "column 1: a name begins with a letter" },
    { "mail;n=1.", "column 8: a decimal has" },
    { "mail;n=1.2345", "column 8: a decimal has" },
    { "mail;n=1234567890123.1", "column 8: a decimal has" },
    { "mail;n=1234567890123456", "column 8: an integer has" },
    { "mail;n=-", "column 9: a digit was expected" },
    { "mail;n=--1", "column 9: a digit was expected" },
    { "mail;n=1x", "column 9: a value without quotes ends" },
    { "mail;s=\"a", "column 8: the string that begins here" },
    { "mail;s=\"a\\n\"", "column 11: only" },
    { "mail;s=\"a\\", "column 11: only" },
    { "mail;s=\"\xc3\xbc\"", "column 9: a string has printable ASCII only, "
      "but the byte 0xc3 stands here; write other text as :base64:" },
    { "mail;s='a'", "column 8: no value begins" },
    { "mail;b=:aGVsbG8=", "column 8: the bytes that begin here" },
    { "mail;b=:aGVs bG8=:", "column 13: between two \":\"" },
    { "mail;b=:a:", "column 8: what stands between" },
    { "mail;b=:aGV====:", "column 8: what stands between" },
    { "mail;b=:aG==Vs:", "column 13: between two" },
    { "mail;b=?2", "column 9: 0 or 1" },
    { "mail;b=?", "column 9: 0 or 1" },
    { "mail;d=@1", "column 8: dates are not taken" },
    { "mail;d=%a", "column 9: a quote was expected" },
    { "mail;d=%\"%C3%BC\"", "column 10: two lower-case" },
    { "mail;d=%\"%c3\"", "column 8: the text that begins here is not UTF-8" },
    { "mail;d=%\"%c\"", "column 10: two lower-case" },
    { "mail;d=%\"a", "column 8: the text that begins here has no" },
    { "mail;to=1;ct-retry=3", "column 11: there is no option \"ct-retry\"" },
    { "mail;ct-delay", "column 6: the option \"ct-delay\" has no value" },
    { "mail;ct-no-go=\"\"", "column 6: the option \"ct-no-go\" has no value" },
    { "ok, a/b", "column 5: \"a/b\" is no task's name" },
    { "*a", "column 1: \"*a\" is no task's name" },
};

static void what_is_wrong_is_told(void **state)
{
    size_t i;

    for (i = 0; i < sizeof(refused) / sizeof(refused[0]); ++i) {
        const char *told = read_field(*state, refused[i][0]);

        if (strncmp(told, refused[i][1], strlen(refused[i][1])) != 0) {
            fail_msg("%s: %s", refused[i][0], told);
        }
    }
}

static void a_zero_byte_is_refused_wherever_it_is(void **state)
{
    static const char field[] = "a;b=\"c\", d;e=:aa==:;f=%\"g\";h=i;j=1";
    apr_size_t length = sizeof(field) - 1;
    apr_size_t i;

    for (i = 0; i < length; ++i) {
        char *spoilt = apr_pmemdup(*state, field, length);
        const char *error = NULL;

        spoilt[i] = '\0';
        assert_null(ct_task_header_read(*state, spoilt, length, &error));
        assert_non_null(error);
    }
}

static void options_are_no_payload(void **state)
{
    static const char field[] =
        "mail;ct-no-go=\"5xx 404\";to=42;ct-delay=\"5min\";ct-unique=42";
    const char *error = NULL;
    apr_array_header_t *tasks = ct_task_header_read(*state, field,
                                                    sizeof(field) - 1, &error);
    const ct_asked_task_t *task;

    assert_non_null(tasks);
    assert_string_equal(shown(*state, tasks), "mail[to=i:42]");
    task = (ct_asked_task_t *)tasks->elts;
    assert_string_equal(task->no_go, "5xx 404");
    assert_string_equal(task->delay, "5min");
    assert_string_equal(task->unique, "42");
    assert_int_equal(task->column, 1);
}

static const char *repeated(apr_pool_t *pool, const char *first,
                            const char *each, int times)
{
    while (times-- > 0) {
        first = apr_pstrcat(pool, first, each, NULL);
    }
    return first;
}

static const char *with_fields(apr_pool_t *pool, int fields)
{
    const char *text = "a";
    int i;

    for (i = 0; i < fields; ++i) {
        text = apr_psprintf(pool, "%s;k%d=1", text, i);
    }
    return text;
}

static int is_read(apr_pool_t *pool, const char *field)
{
    const char *error = NULL;

    return ct_task_header_read(pool, field, strlen(field), &error) != NULL;
}

static void limits_hold_up_to_their_edge(void **state)
{
    const char *name = repeated(*state, "", "n", CT_TASK_NAME_LENGTH);
    const char *wide = repeated(*state, "a;s=\"", "x",
                                CT_TASK_HEADER_BYTES - 6);

    assert_true(is_read(*state, repeated(*state, "a", ",a",
                                         CT_TASK_HEADER_ITEMS - 1)));
    assert_false(is_read(*state, repeated(*state, "a", ",a",
                                          CT_TASK_HEADER_ITEMS)));
    assert_true(is_read(*state, with_fields(*state, CT_TASK_HEADER_FIELDS)));
    assert_false(is_read(*state, with_fields(*state,
                                             CT_TASK_HEADER_FIELDS + 1)));
    /* A key that comes again is no further field. */
    assert_true(is_read(*state, repeated(*state, "a", ";k=1",
                                         CT_TASK_HEADER_FIELDS + 1)));
    assert_true(is_read(*state, apr_pstrcat(*state, wide, "\"", NULL)));
    assert_false(is_read(*state, apr_pstrcat(*state, wide, "x\"", NULL)));
    assert_true(is_read(*state, name));
    assert_false(is_read(*state, apr_pstrcat(*state, name, "n", NULL)));
}

static void utf8_is_known(void **state)
{
    static const char *const good[] = {
        "", "a", "\x7f", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80",
        "\xed\x9f\xbf", "\xee\x80\x80", "\xef\xbf\xbf", "\xf0\x90\x80\x80",
        "\xf4\x8f\xbf\xbf", "a\xc3\xbc\x62",
    };
    static const char *const bad[] = {
        "\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc2", "\xc2\x7f",
        "\xc2\xc0", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xe1\x80",
        "\xe1\x80\x7f", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80",
        "\xf5\x80\x80\x80", "\xf1\x80\x80", "\xff", "a\xc3",
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(good) / sizeof(good[0]); ++i) {
        assert_true(ct_is_utf8(good[i], strlen(good[i])));
    }
    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); ++i) {
        assert_false(ct_is_utf8(bad[i], strlen(bad[i])));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_pool(what_is_right_is_read),
        with_pool(what_is_wrong_is_told),
        with_pool(a_zero_byte_is_refused_wherever_it_is),
        with_pool(options_are_no_payload),
        with_pool(limits_hold_up_to_their_edge),
        with_pool(utf8_is_known),
    };

    return run_group("task_header", tests);
}
