/* SPDX-License-Identifier: Apache-2.0 */
/* statuses: the words' grammar, up to its edges, and messages that name the
 * word that is wrong. */
#include "support.h"

#include "statuses.h"

/* Low and high ends of what the words stand for; 0 ends the list. */
typedef struct good_t {
    const char *words;
    int ends[9];
} good_t;

static const good_t good[] = {
    { "100", { 100, 100 } },
    { "599", { 599, 599 } },
    { "302", { 302, 302 } },
    { "131", { 131, 131 } },             /* the edges of the 32 bit words */
    { "132", { 132, 132 } },
    { "131-132", { 131, 132 } },
    { "1xx", { 100, 199 } },
    { "5xx", { 500, 599 } },
    { "4XX", { 400, 499 } },
    { "3xX", { 300, 399 } },
    { "2Xx", { 200, 299 } },
    { "400-405", { 400, 405 } },
    { "400-400", { 400, 400 } },
    { "100-599", { 100, 599 } },
    { "none", { 0 } },
    { "  none\t", { 0 } },
    { "4xx 5xx", { 400, 599 } },
    { "5xx,4xx", { 400, 599 } },
    { "200,302 404", { 200, 200, 302, 302, 404, 404 } },
    { " , 200 ,, 302\t,\r\n404, ", { 200, 200, 302, 302, 404, 404 } },
    { "5xx 400-405 302", { 302, 302, 400, 405, 500, 599 } },
    { "404 404 400-404", { 400, 404 } },
    { "100-199 201 1xx", { 100, 199, 201, 201 } },
};

static int within(const int *ends, int status)
{
    for (; *ends; ends += 2) {
        if (status >= ends[0] && status <= ends[1]) {
            return 1;
        }
    }
    return 0;
}

static void words_that_parse(void **state)
{
    ct_statuses_t set;
    unsigned int i;
    int status;

    for (i = 0; i < sizeof(good) / sizeof(good[0]); ++i) {
        const char *message;

        memset(&set, 0xff, sizeof(set));
        message = ct_statuses_parse(&set, good[i].words, *state);
        if (message) {
            fail_msg("\"%s\": %s", good[i].words, message);
        }
        for (status = -1000; status <= 2000; ++status) {
            if (ct_statuses_has(&set, status)
                != within(good[i].ends, status)) {
                fail_msg("\"%s\" and %d", good[i].words, status);
            }
        }
    }
}

/* The message shows the word in quotes, and something of what is wrong. */
typedef struct bad_t {
    const char *words;
    const char *shown;
    const char *says;
} bad_t;

static const bad_t bad[] = {
    { "99", "\"99\"", "neither" },
    { "099", "\"099\"", "between 100 and 599" },
    { "600", "\"600\"", "between 100 and 599" },
    { "000", "\"000\"", "between 100 and 599" },
    { "999", "\"999\"", "between 100 and 599" },
    { "1000", "\"1000\"", "neither" },
    { "0xx", "\"0xx\"", "1xx to 5xx" },
    { "6xx", "\"6xx\"", "1xx to 5xx" },
    { "9XX", "\"9XX\"", "1xx to 5xx" },
    { "xxx", "\"xxx\"", "neither" },
    { "40x", "\"40x\"", "neither" },
    { "4x4", "\"4x4\"", "neither" },
    { "4x", "\"4x\"", "neither" },
    { "4", "\"4\"", "neither" },
    { "x", "\"x\"", "neither" },
    { "5xxx", "\"5xxx\"", "neither" },
    { "0x190", "\"0x190\"", "neither" },
    { "404abc", "\"404abc\"", "neither" },
    { "404;500", "\"404;500\"", "neither" },
    { "+404", "\"+404\"", "neither" },
    { "4.4", "\"4.4\"", "neither" },
    { "all", "\"all\"", "neither" },
    { "\xd9\xa4\xd9", "\"\xd9\xa4\xd9\"", "neither" },
    { "-1", "\"-1\"", "range" },
    { "-", "\"-\"", "range" },
    { "400-", "\"400-\"", "range" },
    { "-405", "\"-405\"", "range" },
    { "400--405", "\"400--405\"", "range" },
    { "400-405-", "\"400-405-\"", "range" },
    { "400-40", "\"400-40\"", "range" },
    { "400-4050", "\"400-4050\"", "range" },
    { "40-4000", "\"40-4000\"", "range" },
    { "4xx-5xx", "\"4xx-5xx\"", "range" },
    { "400-40x", "\"400-40x\"", "range" },
    { "400 - 405", "\"-\"", "range" },
    { "099-105", "\"099-105\"", "between 100 and 599" },
    { "599-600", "\"599-600\"", "between 100 and 599" },
    { "000-105", "\"000-105\"", "between 100 and 599" },
    { "100-000", "\"100-000\"", "between 100 and 599" },
    { "405-400", "\"405-400\"", "400-405" },
    { "none 404", "\"404\"", "stands alone" },
    { "404 none", "\"none\"", "stands alone" },
    { "404,none", "\"none\"", "stands alone" },
    { "none none", "\"none\"", "stands alone" },
    { "none 4x", "\"4x\"", "stands alone" },
    { "NONE", "\"NONE\"", "neither" },
    { "nonee", "\"nonee\"", "neither" },
    { "404 500 60 502", "\"60\"", "neither" },
    { "404 500-400 60", "\"500-400\"", "400-500" },
    { "200,4x 302", "\"4x\"", "neither" },
};

static void words_that_do_not_parse(void **state)
{
    ct_statuses_t set;
    unsigned int i;

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); ++i) {
        const char *message = ct_statuses_parse(&set, bad[i].words, *state);

        if (!message) {
            fail_msg("\"%s\" parses", bad[i].words);
            return;
        }
        if (strncmp(message, bad[i].shown, strlen(bad[i].shown)) != 0
            || !strstr(message, bad[i].says)
            || !strstr(message, "expected NNN")) {
            fail_msg("\"%s\": %s", bad[i].words, message);
        }
    }
}

static void no_word_at_all(void **state)
{
    static const char *const empty[] = { NULL, "", " ", ",", "\t\r\n", " , ,",
                                         ",,," };
    ct_statuses_t set;
    unsigned int i;

    for (i = 0; i < sizeof(empty) / sizeof(empty[0]); ++i) {
        const char *message = ct_statuses_parse(&set, empty[i], *state);

        assert_non_null(message);
        assert_non_null(strstr(message, "status words"));
        assert_non_null(strstr(message, "expected NNN"));
    }
}

/* A line of the log has its limits; a word is cut, and one sees that. */
static void very_long_words(void **state)
{
    static const int lengths[] = { 39, 40, 41, 42, 100, 100000 };
    ct_statuses_t set;
    unsigned int i;

    for (i = 0; i < sizeof(lengths) / sizeof(lengths[0]); ++i) {
        int length = lengths[i];
        char *word = apr_palloc(*state, length + 1);
        const char *message;

        memset(word, '4', length);
        word[length] = '\0';
        message = ct_statuses_parse(&set, apr_pstrcat(*state, "200 ", word,
                                                      " 302", NULL), *state);
        assert_non_null(message);
        assert_true(strlen(message) < 200);
        assert_int_equal(message[0], '"');
        assert_int_equal(strspn(message + 1, "4"), length > 40 ? 40 : length);
        assert_int_equal(strstr(message, "4...\" is") != NULL, length > 40);
    }
}

static void very_many_words(void **state)
{
    char *words = apr_palloc(*state, 4 * 100000 + 1);
    ct_statuses_t set;
    int i;

    for (i = 0; i < 100000; ++i) {
        memcpy(words + 4 * i, i % 2 ? "404 " : "302,", 4);
    }
    words[4 * 100000] = '\0';
    assert_null(ct_statuses_parse(&set, words, *state));
    assert_true(ct_statuses_has(&set, 302) && ct_statuses_has(&set, 404));
    assert_false(ct_statuses_has(&set, 303));
}

static void the_default_is_4xx_5xx(void **state)
{
    static const ct_statuses_t by_default = CT_STATUSES_4XX_5XX;
    ct_statuses_t set;

    assert_null(ct_statuses_parse(&set, "4xx 5xx", *state));
    assert_memory_equal(&set, &by_default, sizeof(set));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_pool(words_that_parse),
        with_pool(words_that_do_not_parse),
        with_pool(no_word_at_all),
        with_pool(very_long_words),
        with_pool(very_many_words),
        with_pool(the_default_is_4xx_5xx),
    };

    return run_group("statuses", tests);
}
