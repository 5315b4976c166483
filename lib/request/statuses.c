/* SPDX-License-Identifier: Apache-2.0 */
/* statuses: no word is ever accepted in part, and a message names the word
 * as it was written, cut to what fits a log line. */
#include "statuses.h"

#include <string.h>

#include "apr_strings.h"

#define EXPECTED "expected NNN (100-599), NNN-NNN, Nxx (1xx-5xx), " \
                 "or \"none\" alone"
#define SEPARATORS " \t\r\n,"
#define SHOWN 40

typedef struct {
    const char *start;
    apr_size_t length;
} word_t;

static const char *complain(apr_pool_t *p, const word_t *word,
                            const char *what)
{
    int shown = word->length > SHOWN ? SHOWN : (int)word->length;

    return apr_psprintf(p, "\"%.*s%s\" is no status word: %s; " EXPECTED,
                        shown, word->start,
                        word->length > SHOWN ? "..." : "", what);
}

/* Those of a word of 32 bits from this one on. */
static apr_uint32_t bits_from(int bit)
{
    return ~(apr_uint32_t)0 << (bit % 32);
}

static void add(ct_statuses_t *set, int low, int high)
{
    int first = low - CT_STATUSES_FIRST;
    int last = high - CT_STATUSES_FIRST;
    int i;

    for (i = first / 32; i <= last / 32; ++i) {
        apr_uint32_t bits = ~(apr_uint32_t)0;

        if (i == first / 32) {
            bits &= bits_from(first);
        }
        if (i == last / 32) {
            bits &= ~(bits_from(last) << 1);
        }
        set->bits[i] |= bits;
    }
}

/* Not apr_isdigit(): what a digit is must not depend on a locale. */
static int digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The three digits at s as a number, or -1 where they are not three digits.
 * The caller knows that three characters are there. */
static int number(const char *s)
{
    if (!digit(s[0]) || !digit(s[1]) || !digit(s[2])) {
        return -1;
    }
    return (s[0] - '0') * 100 + (s[1] - '0') * 10 + (s[2] - '0');
}

static int in_range(int status)
{
    return status >= CT_STATUSES_FIRST && status <= CT_STATUSES_LAST;
}

static const char *add_range(ct_statuses_t *set, const word_t *word,
                             apr_pool_t *p)
{
    int low = number(word->start);
    int high = number(word->start + 4);

    if (low < 0 || high < 0) {
        return complain(p, word, "a range is three digits, '-', three digits");
    }
    if (!in_range(low) || !in_range(high)) {
        return complain(p, word, "a status lies between 100 and 599");
    }
    if (low > high) {
        return complain(p, word, apr_psprintf(p, "the range runs backwards, "
                                              "write %d-%d", high, low));
    }
    add(set, low, high);
    return NULL;
}

static const char *add_single(ct_statuses_t *set, const word_t *word,
                              apr_pool_t *p)
{
    const char *s = word->start;
    int status;

    if (digit(s[0]) && (s[1] == 'x' || s[1] == 'X')
        && (s[2] == 'x' || s[2] == 'X')) {
        int hundreds = (s[0] - '0') * 100;

        if (!in_range(hundreds)) {
            return complain(p, word, "the classes are 1xx to 5xx");
        }
        add(set, hundreds, hundreds + 99);
        return NULL;
    }
    status = number(s);
    if (status < 0) {
        return complain(p, word, "neither a status nor a class");
    }
    if (!in_range(status)) {
        return complain(p, word, "a status lies between 100 and 599");
    }
    add(set, status, status);
    return NULL;
}

static const char *add_word(ct_statuses_t *set, const word_t *word,
                            apr_pool_t *p)
{
    if (word->length == 3) {
        return add_single(set, word, p);
    }
    if (word->length == 7 && word->start[3] == '-') {
        return add_range(set, word, p);
    }
    if (memchr(word->start, '-', word->length)) {
        return complain(p, word, "a range is three digits, '-', three digits");
    }
    return complain(p, word, "neither a status nor a class");
}

static int is_none(const word_t *word)
{
    return word->length == 4 && memcmp(word->start, "none", 4) == 0;
}

const char *ct_statuses_parse(ct_statuses_t *set, const char *words,
                              apr_pool_t *p)
{
    const char *message = NULL;
    int seen = 0;
    int none = 0;

    memset(set, 0, sizeof(*set));
    if (!words) {
        return "no status words; " EXPECTED;
    }
    while (!message) {
        word_t word;

        words += strspn(words, SEPARATORS);
        if (!*words) {
            break;
        }
        word.start = words;
        word.length = strcspn(words, SEPARATORS);
        words += word.length;
        if (none || (seen && is_none(&word))) {
            return complain(p, &word, "\"none\" stands alone");
        }
        ++seen;
        if (is_none(&word)) {
            none = 1;
        }
        else {
            message = add_word(set, &word, p);
        }
    }
    if (!message && !seen) {
        return "the list of status words is empty; " EXPECTED;
    }
    return message;
}

int ct_statuses_has(const ct_statuses_t *set, int status)
{
    int bit;

    if (!in_range(status)) {         /* a handler may have set any number */
        return 0;
    }
    bit = status - CT_STATUSES_FIRST;
    return (set->bits[bit / 32] >> (bit % 32) & 1) != 0;
}

/* The first status from this one on that is in the set, or is not; a whole
 * word of bits at a time where it can be. */
static int find(const ct_statuses_t *set, int status, int is_in)
{
    apr_uint32_t others = is_in ? 0 : ~(apr_uint32_t)0;

    while (status <= CT_STATUSES_LAST
           && ct_statuses_has(set, status) != is_in) {
        int bit = status - CT_STATUSES_FIRST;

        status += bit % 32 == 0 && set->bits[bit / 32] == others ? 32 : 1;
    }
    return status;
}

static const char *add_words(const char *words, int low, int high,
                             apr_pool_t *p)
{
    const char *blank = *words ? " " : "";

    return low == high
           ? apr_psprintf(p, "%s%s%d", words, blank, low)
           : apr_psprintf(p, "%s%s%d-%d", words, blank, low, high);
}

const char *ct_statuses_words(const ct_statuses_t *set, apr_pool_t *p)
{
    const char *words = "";
    int status = CT_STATUSES_FIRST;

    while ((status = find(set, status, 1)) <= CT_STATUSES_LAST) {
        int high = find(set, status, 0) - 1;

        if (status % 100 == 0 && high >= status + 99) {
            words = apr_psprintf(p, "%s%s%dxx", words, *words ? " " : "",
                                 status / 100);
            status += 100;
        }
        else {
            /* A class behind it is a word of its own. */
            int next_class = status - status % 100 + 100;

            if (high >= next_class + 99) {
                high = next_class - 1;
            }
            words = add_words(words, status, high, p);
            status = high + 1;
        }
    }
    return *words ? words : "none";
}
