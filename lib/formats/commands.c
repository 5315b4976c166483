/* SPDX-License-Identifier: Apache-2.0 */
/* commands: RESP2, in which a command is an array of byte strings with their
 * lengths in front: nothing in a payload can become a command. The size is
 * known before anything is written, so that a job is one block of memory. */
#include "commands.h"

#include "apr_strings.h"

#include <stdarg.h>
#include <string.h>

#define LONGEST_NUMBER 20            /* digits */

void ct_commands_init(ct_commands_t *commands, apr_pool_t *p)
{
    commands->words = apr_array_make(p, 16, sizeof(ct_word_t));
    commands->counts = apr_array_make(p, 4, sizeof(int));
}

void ct_commands_begin(ct_commands_t *commands)
{
    APR_ARRAY_PUSH(commands->counts, int) = 0;
}

void ct_commands_word(ct_commands_t *commands, const char *bytes,
                      apr_size_t length)
{
    ct_word_t *word = apr_array_push(commands->words);

    word->bytes = bytes;
    word->length = length;
    ++APR_ARRAY_IDX(commands->counts, commands->counts->nelts - 1, int);
}

void ct_commands_text(ct_commands_t *commands, const char *text)
{
    ct_commands_word(commands, text, strlen(text));
}

void ct_commands_add(ct_commands_t *commands, ...)
{
    va_list words;
    const char *word;

    ct_commands_begin(commands);
    va_start(words, commands);
    while ((word = va_arg(words, const char *)) != NULL) {
        ct_commands_text(commands, word);
    }
    va_end(words);
}

void ct_commands_pack(ct_commands_t *commands, const ct_commands_t *others)
{
    const ct_word_t *word = (const ct_word_t *)others->words->elts;
    int i;
    int j;

    for (i = 0; i < others->counts->nelts; ++i) {
        int count = APR_ARRAY_IDX(others->counts, i, int);

        ct_commands_text(commands, apr_itoa(commands->words->pool, count));
        for (j = 0; j < count; ++j, ++word) {
            ct_commands_word(commands, word->bytes, word->length);
        }
    }
}

/* By hand: a job has dozens, and a formatted print costs as much as all else
 * that is done for it. @return how many bytes */
static apr_size_t write_number(char *to, char kind, apr_size_t number)
{
    char digits[LONGEST_NUMBER];
    apr_size_t count = 0;
    apr_size_t at = 0;

    do {
        digits[count++] = (char)('0' + number % 10);
        number /= 10;
    } while (number);
    to[at++] = kind;
    while (count > 0) {
        to[at++] = digits[--count];
    }
    to[at++] = '\r';
    to[at++] = '\n';
    return at;
}

static apr_size_t number_size(apr_size_t number)
{
    apr_size_t size = 4;             /* kind, one digit, CR LF */

    while (number >= 10) {
        number /= 10;
        ++size;
    }
    return size;
}

apr_size_t ct_commands_size(const ct_commands_t *commands)
{
    apr_size_t size = 0;
    int i;

    for (i = 0; i < commands->counts->nelts; ++i) {
        size += number_size((apr_size_t)APR_ARRAY_IDX(commands->counts, i,
                                                      int));
    }
    for (i = 0; i < commands->words->nelts; ++i) {
        apr_size_t length = APR_ARRAY_IDX(commands->words, i,
                                          ct_word_t).length;

        size += number_size(length) + length + 2;
    }
    return size;
}

void ct_commands_write(const ct_commands_t *commands, char *to)
{
    const ct_word_t *word = (const ct_word_t *)commands->words->elts;
    int i;
    int j;

    for (i = 0; i < commands->counts->nelts; ++i) {
        int count = APR_ARRAY_IDX(commands->counts, i, int);

        to += write_number(to, '*', (apr_size_t)count);
        for (j = 0; j < count; ++j, ++word) {
            to += write_number(to, '$', word->length);
            memcpy(to, word->bytes, word->length);
            to += word->length;
            memcpy(to, "\r\n", 2);
            to += 2;
        }
    }
}
