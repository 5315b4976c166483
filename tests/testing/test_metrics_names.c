/* SPDX-License-Identifier: Apache-2.0 */
/* Names have numbers, and what differs is shown differently; texts in shared
 * memory. */
#include "support.h"

#include "accounting.h"
#include "name_ids.h"
#include "shared_text.h"
#include "snapshot.h"

static const char *spelled(const char *name)
{
    char *text = apr_palloc(crosstown_test_pool(), CT_SNAPSHOT_NAME_SIZE);

    memset(text, 'x', CT_SNAPSHOT_NAME_SIZE);
    ct_name_ids_spell(text, name);
    return text;
}

static const char *many(char letter, int times, const char *end)
{
    char *text = apr_palloc(crosstown_test_pool(), (apr_size_t)times + 1);

    memset(text, letter, (apr_size_t)times);
    text[times] = '\0';
    return apr_pstrcat(crosstown_test_pool(), text, end, NULL);
}

/* Its first bytes, '~', eight digits, and nothing behind them. */
static void assert_cut(const char *name, apr_size_t kept)
{
    const char *text = spelled(name);
    apr_size_t i;

    assert_memory_equal(text, name, kept);
    assert_int_equal(text[kept], '~');
    for (i = kept + 9; i < CT_SNAPSHOT_NAME_SIZE; ++i) {
        assert_int_equal(text[i], 0);
    }
    assert_int_equal(strspn(text + kept + 1, "0123456789abcdef"), 8);
}

static void short_names_stay(void **state)
{
    const char *names[] = { "", "a", "abcdefg", "abcdefgh", "abcdefghi",
                            many('n', 46, ""), many('n', 47, ""),
                            many('n', 34, "~12345678"), many('n', 47, "") };
    unsigned int i;

    for (i = 0; i < sizeof(names) / sizeof(names[0]); ++i) {
        const char *text = spelled(names[i]);

        assert_string_equal(text, names[i]);
        assert_int_equal(text[CT_SNAPSHOT_NAME_SIZE - 1], 0);
    }
}

static void long_names_are_cut(void **state)
{
    assert_cut(many('n', 48, ""), 38);
    assert_cut(many('n', 4000, ""), 38);
    assert_cut(many('n', 37, "\xc3\xbc and so on"), 37);
    assert_cut(many('n', 36, "\xc3\xbc and so on"), 38);
    assert_cut(many('n', 36, "\xe2\x82\xac and so on"), 36);
    assert_cut(many('n', 35, "\xe2\x82\xac and so on"), 38);
    assert_cut(many('n', 35, "\xf0\x9f\x8c\x87 and so on"), 35);
    assert_cut(many('n', 34, "\xf0\x9f\x8c\x87 and so on"), 38);
    assert_cut(many('\x80', 60, ""), 38);
    /* What looks like one. */
    assert_cut(many('n', 38, "~12345678"), 38);
    assert_cut(many('n', 35, "~12345678"), 38);
}

static void what_differs_looks_different(void **state)
{
    const char *long_one = many('n', 60, "");
    const char *names[] = {
        long_one, many('n', 61, ""), many('n', 60, "a"), many('n', 60, "b"),
        many('n', 56, "a"), many('n', 56, "b"), many('n', 55, "ab"),
        many('n', 55, "bb"), spelled(long_one), many('n', 48, ""),
        many('n', 46, "\xc3\xbc"), many('n', 46, "\xce\xa9"),
        many('n', 46, ""), many('n', 47, ""), many('n', 48, "abcdefgh"),
        many('n', 48, "abcdefgx"), many('n', 48, "xbcdefgh")
    };
    unsigned int count = sizeof(names) / sizeof(names[0]);
    unsigned int i, k;

    for (i = 0; i < count; ++i) {
        char text[CT_SNAPSHOT_NAME_SIZE];
        unsigned int number = ct_name_ids_find(names[i]);

        assert_true(number < CT_NAME_IDS_OTHER);
        assert_int_equal(ct_name_ids_find(names[i]), number);
        assert_int_equal(ct_name_ids_text(number, text), 1);
        assert_string_equal(text, spelled(names[i]));
        for (k = 0; k < i; ++k) {
            assert_string_not_equal(text, spelled(names[k]));
            assert_int_not_equal(number, ct_name_ids_find(names[k]));
        }
    }
}

static void those_beyond_the_table_are_others(void **state)
{
    char text[CT_SNAPSHOT_NAME_SIZE];
    unsigned int numbers[CT_SNAPSHOT_NAMES];
    char seen[CT_SNAPSHOT_NAMES] = { 0 };
    unsigned int i;

    assert_int_equal(ct_name_ids_find("other"), CT_NAME_IDS_OTHER);
    assert_int_equal(ct_name_ids_text(CT_NAME_IDS_OTHER, text), 1);
    assert_string_equal(text, "other");
    for (i = 0; i < CT_SNAPSHOT_NAMES; ++i) {
        assert_int_equal(ct_name_ids_text(i, text), 0);
    }
    for (i = 0; i < CT_SNAPSHOT_NAMES; ++i) {
        const char *name = apr_psprintf(crosstown_test_pool(), "n%u", i);

        numbers[i] = ct_name_ids_find(name);
        assert_true(numbers[i] < CT_SNAPSHOT_NAMES);
        assert_int_equal(seen[numbers[i]]++, 0);
    }
    assert_int_equal(ct_name_ids_find("one more"), CT_NAME_IDS_OTHER);
    assert_int_equal(ct_name_ids_find("n7"), numbers[7]);
}

/* Who took the place may have been killed in the middle of it. */
static void a_name_is_completed_by_the_next_one(void **state)
{
    unsigned int number = ct_name_ids_find("a name");
    ct_name_t *known = &ct_scoreboard_shared()->names[number];
    char text[CT_SNAPSHOT_NAME_SIZE];

    memset(known, 0, sizeof(*known));
    assert_int_equal(ct_name_ids_text(number, text), 0);
    assert_int_equal(ct_name_ids_find("a name"), number);
    assert_int_equal(ct_name_ids_text(number, text), 1);
    assert_string_equal(text, "a name");
}

static const char *through(const char *text)
{
    static char out[16];
    ct_counter_t words[3];

    memset(words, 'x', sizeof(words));
    memset(out, 'x', sizeof(out));
    ct_shared_text_write(words, sizeof(out), text);
    ct_shared_text_read(words, out, sizeof(out));
    assert_int_equal(words[2], 0x7878787878787878);
    return out;
}

static void texts_are_cut_at_characters(void **state)
{
    assert_string_equal(through(""), "");
    assert_string_equal(through("1234567"), "1234567");
    assert_string_equal(through("12345678"), "12345678");
    assert_string_equal(through("123456789"), "123456789");
    assert_string_equal(through("123456789012345"), "123456789012345");
    assert_string_equal(through("1234567890123456"), "123456789012345");
    assert_string_equal(through("12345678901234\xc3\xbc"), "12345678901234");
    assert_string_equal(through("1234567890123\xc3\xbc"),
                        "1234567890123\xc3\xbc");
    assert_string_equal(through("123456789012\xf0\x9f\x8c\x87"),
                        "123456789012");
    assert_string_equal(through("1234567890123\xe2\x82"), "1234567890123");
}

static void no_name_is_left_out(void **state)
{
    ct_numbers_t total;
    unsigned int i;

    for (i = 0; i < CT_SCOREBOARD_NAMES; ++i) {
        ct_accounting_recorded(i);
    }
    ct_snapshot_read_total(&total);
    assert_int_equal(total.recorded, CT_SCOREBOARD_NAMES);
    assert_int_equal(total.open, CT_SCOREBOARD_NAMES);
}

static void a_task_without_a_name_is_a_dash(void **state)
{
    crosstown_opts_t opts;

    memset(&opts, 0, sizeof(opts));
    assert_string_equal(ct_accounting_name(NULL), "-");
    opts.name = "a";
    assert_string_equal(ct_accounting_name(&opts), "-");
    opts.size = sizeof(opts);
    assert_string_equal(ct_accounting_name(&opts), "a");
    opts.name = NULL;
    assert_string_equal(ct_accounting_name(&opts), "-");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        recording(short_names_stay),
        recording(long_names_are_cut),
        recording(what_differs_looks_different),
        recording(those_beyond_the_table_are_others),
        recording(a_name_is_completed_by_the_next_one),
        recording(texts_are_cut_at_characters),
        recording(no_name_is_left_out),
        recording(a_task_without_a_name_is_a_dash),
    };

    return cmocka_run_group_tests_name("metrics: names", tests, NULL, NULL);
}
