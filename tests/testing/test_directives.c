/* SPDX-License-Identifier: Apache-2.0 */
/* Directives that only fill in a configuration, and lines taken apart, by the
 * server's own functions. */
#include "support.h"

extern module slots_module;

typedef struct {
    int number;
    int flag;
    char small_flag;
    const char *word;
    const char *lower;
    const char *path;
} slots_t;

static slots_t *slots;

static void *create(apr_pool_t *p, char *directory)
{
    return slots = apr_pcalloc(p, sizeof(*slots));
}

#define AT(member) (void *)APR_OFFSETOF(slots_t, member)

static const command_rec directives[] = {
    AP_INIT_TAKE1("SlotNumber", ap_set_int_slot, AT(number), OR_ALL, ""),
    AP_INIT_FLAG("SlotFlag", ap_set_flag_slot, AT(flag), OR_ALL, ""),
    AP_INIT_FLAG("SlotSmall", ap_set_flag_slot_char, AT(small_flag), OR_ALL,
                 ""),
    AP_INIT_TAKE1("SlotWord", ap_set_string_slot, AT(word), OR_ALL, ""),
    AP_INIT_TAKE1("SlotLower", ap_set_string_slot_lower, AT(lower), OR_ALL,
                  ""),
    AP_INIT_TAKE1("SlotPath", ap_set_file_slot, AT(path), OR_ALL, ""),
    AP_INIT_RAW_ARGS("SlotOld", ap_set_deprecated, NULL, OR_ALL,
                     "SlotOld is gone, use SlotWord"),
    { NULL }
};

module slots_module = {
    STANDARD20_MODULE_STUFF, create, NULL, NULL, NULL, directives, NULL, 0
};

static void slots_are_filled(void **state)
{
    static const char *const lines[] = {
        "SlotNumber -42", "SlotFlag on", "SlotSmall On", "SlotWord \"A b\"",
        "SlotLower AbC", "SlotPath a/../file", "SlotFlag off"
    };
    unsigned int i;
    char *path;

    crosstown_test_load(&slots_module);
    for (i = 0; i < sizeof(lines) / sizeof(lines[0]); ++i) {
        slots->flag = 1;
        assert_null(crosstown_test_configure(lines[i]));
    }
    assert_int_equal(slots->number, -42);
    assert_int_equal(slots->flag, 0);
    assert_int_equal(slots->small_flag, 1);
    assert_string_equal(slots->word, "A b");
    assert_string_equal(slots->lower, "abc");
    apr_filepath_merge(&path, NULL, "file", 0, crosstown_test_pool());
    assert_string_equal(slots->path, path);
    assert_null(crosstown_test_configure("SlotPath /file"));
    assert_string_equal(slots->path, "/file");
}

static void wrong_words_are_complained_of(void **state)
{
    char line[APR_PATH_MAX + 100] = "SlotPath ";

    crosstown_test_load(&slots_module);
    assert_non_null(crosstown_test_configure("SlotNumber many"));
    assert_non_null(crosstown_test_configure("SlotNumber 4x"));
    assert_non_null(crosstown_test_configure("SlotNumber \"\""));
    assert_string_equal(crosstown_test_configure("SlotOld way"),
                        "SlotOld is gone, use SlotWord");
    memset(line + strlen(line), 'x', sizeof(line) - strlen(line) - 1);
    assert_non_null(strstr(crosstown_test_configure(line),
                           "Invalid file path"));
}

/* ---- words ------------------------------------------------------------- */

typedef char *(take_fn_t)(apr_pool_t *p, const char **line);

static char *take_item(apr_pool_t *p, const char **line)
{
    return ap_getword(p, line, ';');
}

static char *take_field(apr_pool_t *p, const char **line)
{
    return ap_getword_nulls(p, line, ';');
}

static char *take_item_nc(apr_pool_t *p, const char **line)
{
    return ap_getword_nc(p, (char **)line, ';');
}

static char *take_white_nc(apr_pool_t *p, const char **line)
{
    return ap_getword_white_nc(p, (char **)line);
}

static char *take_conf_nc(apr_pool_t *p, const char **line)
{
    return ap_getword_conf_nc(p, (char **)line);
}

/* All words of a line, each ended by '|'. */
static const char *words(take_fn_t *take, const char *line)
{
    apr_pool_t *p = crosstown_test_pool();
    const char *all = "";

    while (*line) {
        const char *word = take(p, &line);

        all = apr_pstrcat(p, all, word, "|", NULL);
    }
    return all;
}

static void lines_are_taken_apart(void **state)
{
    assert_string_equal(words(take_item, "a; b;;c;"), "a| b|c|");
    assert_string_equal(words(take_item_nc, ";a"), "|a|");
    assert_string_equal(words(take_field, "a;;b"), "a||b|");
    assert_string_equal(words(ap_getword_white, "a \t b\nc"), "a|b|c|");
    assert_string_equal(words(take_white_nc, " a"), "|a|");
    assert_string_equal(words(ap_getword_conf, "  a \"b c\" 'd' e\"f"),
                        "a|b c|d|e\"f|");
    assert_string_equal(words(ap_getword_conf,
                              "\"a\\\"b\\\\c\\d\" \"\" x\\\\y"),
                        "a\"b\\c\\d||x\\y|");
    assert_string_equal(words(take_conf_nc, "\"open end"), "open end|");
    assert_string_equal(words(take_conf_nc, "\"open end\\"), "open end\\|");
}

static void text_is_put_into_urls(void **state)
{
    apr_pool_t *p = crosstown_test_pool();

    assert_string_equal(ap_escape_urlencoded(p, "a b&c"), "a+b%26c");
    assert_string_equal(ap_escape_path_segment(p, "a b/c"), "a%20b%2fc");
    assert_string_equal(ap_escape_uri(p, "a b/c"), "a%20b/c");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        recording(slots_are_filled),
        recording(wrong_words_are_complained_of),
        recording(lines_are_taken_apart),
        recording(text_is_put_into_urls),
    };

    return cmocka_run_group_tests_name("testing: directives", tests, NULL,
                                       NULL);
}
