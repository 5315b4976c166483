/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_statuses: any string of status words. The reference knows no
 * arithmetic: it has the text of each status, compares a word with every one
 * of them, and calls a word that stands for none wrong. */
#include "fuzz.h"

#include "statuses.h"

#define STATUSES (CT_STATUSES_LAST - CT_STATUSES_FIRST + 1)
#define SHOWN 40

static char texts[STATUSES][12];     /* "100" to "599" */
static apr_pool_t *pool;

static void once(void)
{
    int i;

    if (pool) {
        return;
    }
    require(apr_initialize() == APR_SUCCESS
            && apr_pool_create(&pool, NULL) == APR_SUCCESS, "no pool");
    for (i = 0; i < STATUSES; ++i) {
        snprintf(texts[i], sizeof(texts[i]), "%d", CT_STATUSES_FIRST + i);
    }
}

/* ---- the reference ---- */

typedef struct {
    const char *start;
    size_t length;
} word_t;

typedef struct {
    char has[STATUSES];
    const word_t *wrong;             /* NULL: none */
} answer_t;

static int is_separator(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == ',';
}

static size_t split(const char *text, word_t *words)
{
    size_t count = 0;
    int inside = 0;

    for (; *text; ++text) {
        if (is_separator(*text)) {
            inside = 0;
        }
        else if (inside) {
            words[count - 1].length++;
        }
        else {
            words[count].start = text;
            words[count++].length = 1;
            inside = 1;
        }
    }
    return count;
}

static int is_none(const word_t *word)
{
    return word->length == 4 && !strncmp(word->start, "none", 4);
}

static int is_x(char c)
{
    return c == 'x' || c == 'X';
}

static int same(const char *text, const char *s)
{
    return text[0] == s[0] && text[1] == s[1] && text[2] == s[2];
}

/* Where in the list of texts is this one? -1: nowhere. */
static int place_of(const char *text)
{
    int i;

    for (i = 0; i < STATUSES; ++i) {
        if (same(texts[i], text)) {
            return i;
        }
    }
    return -1;
}

static int add_range(answer_t *answer, const char *s)
{
    int low = place_of(s);
    int high = place_of(s + 4);
    int i;

    if (low < 0 || high < low) {
        return 0;
    }
    for (i = low; i <= high; ++i) {
        answer->has[i] = 1;
    }
    return 1;
}

static int add(answer_t *answer, const word_t *word)
{
    const char *s = word->start;
    int any = 0;
    int i;

    if (word->length == 7 && s[3] == '-') {
        return add_range(answer, s);
    }
    for (i = 0; word->length == 3 && i < STATUSES; ++i) {
        if (same(texts[i], s)
            || (texts[i][0] == s[0] && is_x(s[1]) && is_x(s[2]))) {
            answer->has[i] = 1;
            any = 1;
        }
    }
    return any;
}

static void ask_reference(const word_t *words, size_t count, answer_t *answer)
{
    size_t i;

    memset(answer, 0, sizeof(*answer));
    if (count == 1 && is_none(words)) {
        return;
    }
    for (i = 0; i < count; ++i) {
        int alone = i == 0 && is_none(&words[0]);

        if (!alone && !add(answer, &words[i])) {
            answer->wrong = &words[i];
            return;
        }
        if (i == 1 && is_none(&words[0])) {
            answer->wrong = &words[1];
            return;
        }
    }
}

/* ---- the comparison ---- */

static void compare_sets(const ct_statuses_t *set, const answer_t *answer,
                         const char *text)
{
    static const int outside[] = { INT32_MIN, -200, -1, 0, 1, 67, 68, 99, 600,
                                   611, 612, 700, 1000, INT32_MAX };
    size_t i;

    for (i = 0; i < STATUSES; ++i) {
        int status = CT_STATUSES_FIRST + (int)i;

        require(ct_statuses_has(set, status) == answer->has[i],
                "%d in \"%s\"", status, text);
    }
    for (i = 0; i < sizeof(outside) / sizeof(outside[0]); ++i) {
        require(!ct_statuses_has(set, outside[i]), "%d in \"%s\"",
                outside[i], text);
    }
}

/* "WORD" is ..., or "WORD..." if it is long. */
static void check_message(const char *message, const word_t *word)
{
    size_t length = word->length > SHOWN ? SHOWN : word->length;
    const char *behind = message + 1 + length;

    require(message[0] == '"' && !strncmp(message + 1, word->start, length),
            "%s", message);
    if (word->length > SHOWN) {
        require(!strncmp(behind, "...", 3), "%s", message);
        behind += 3;
    }
    require(!strncmp(behind, "\" is no status word: ", 21), "%s", message);
    require(strlen(message) < 300, "%s", message);
}

static void compare(const char *text, word_t *words)
{
    size_t count = split(text, words);
    ct_statuses_t set;
    answer_t answer;
    const char *message;

    memset(&set, 0xa5, sizeof(set));
    message = ct_statuses_parse(&set, text, pool);
    ask_reference(words, count, &answer);
    require((message != NULL) == (answer.wrong || count == 0),
            "\"%s\": %s", text, message ? message : "taken");
    if (!message) {
        compare_sets(&set, &answer, text);
    }
    else {
        require(strstr(message, "expected NNN"), "%s", message);
        if (count > 0) {
            check_message(message, answer.wrong);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
    size_t length = strnlen((const char *)input, size);
    char *text = malloc(length + 1);
    word_t *words = malloc((length + 1) * sizeof(*words));

    once();
    require(text && words, "no memory");
    memcpy(text, input, length);
    text[length] = '\0';
    compare(text, words);
    free(words);
    free(text);
    apr_pool_clear(pool);
    return 0;
}
