/* SPDX-License-Identifier: Apache-2.0 */
/* commands: RESP2, in which a command is an array of byte strings with their
 * lengths in front: nothing in a payload can become a command. The size is
 * known before anything is written, so that a job is one block of memory. */
#include "commands.h"

#include "apr_strings.h"

#include <stdarg.h>
#include <string.h>

/* Around commands that are done together. */
#define MULTI "*1\r\n$5\r\nMULTI\r\n"
#define EXEC  "*1\r\n$4\r\nEXEC\r\n"

void ct_commands_init(ct_commands_t *commands, apr_pool_t *p)
{
    commands->words = apr_array_make(p, 16, sizeof(ct_word_t));
    commands->counts = apr_array_make(p, 4, sizeof(int));
    commands->script = 0;
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

/* Without a script. */
static int is_transaction(const ct_commands_t *commands)
{
    return !commands->script && commands->counts->nelts > 1;
}

int ct_commands_count(const ct_commands_t *commands)
{
    int count = commands->counts->nelts;

    return commands->script ? 3 + count + commands->words->nelts
           : is_transaction(commands) ? count + 2 : count;
}

/* ---- the wire ---- */

/* By hand: a job has dozens, and a formatted print costs as much as all else
 * that is done for it. */
static apr_size_t digits_of(apr_size_t number)
{
    apr_size_t digits = 1;

    while (number >= 10) {
        number /= 10;
        ++digits;
    }
    return digits;
}

static char *write_digits(char *to, apr_size_t number)
{
    apr_size_t digits = digits_of(number);
    apr_size_t i;

    for (i = digits; i > 0; --i) {
        to[i - 1] = (char)('0' + number % 10);
        number /= 10;
    }
    return to + digits;
}

static char *write_end(char *to)
{
    *to++ = '\r';
    *to++ = '\n';
    return to;
}

static char *write_head(char *to, char kind, apr_size_t number)
{
    *to = kind;
    return write_end(write_digits(to + 1, number));
}

static char *write_word(char *to, const char *bytes, apr_size_t length)
{
    to = write_head(to, '$', length);
    memcpy(to, bytes, length);
    return write_end(to + length);
}

/* A number that is a word. */
static char *write_count(char *to, int count)
{
    to = write_head(to, '$', digits_of((apr_size_t)count));
    return write_end(write_digits(to, (apr_size_t)count));
}

static apr_size_t head_size(apr_size_t number)
{
    return 1 + digits_of(number) + 2;
}

static apr_size_t word_size(apr_size_t length)
{
    return head_size(length) + length + 2;
}

static apr_size_t count_size(int count)
{
    return word_size(digits_of((apr_size_t)count));
}

apr_size_t ct_commands_size(const ct_commands_t *commands)
{
    apr_size_t size = 0;
    int i;

    for (i = 0; i < commands->counts->nelts; ++i) {
        int count = APR_ARRAY_IDX(commands->counts, i, int);

        size += commands->script ? count_size(count)
                                 : head_size((apr_size_t)count);
    }
    for (i = 0; i < commands->words->nelts; ++i) {
        size += word_size(APR_ARRAY_IDX(commands->words, i,
                                        ct_word_t).length);
    }
    if (commands->script) {
        size += word_size(strlen(commands->seconds))
                + word_size(strlen(commands->marker)) 
                + count_size(commands->counts->nelts);
    }
    return size + (is_transaction(commands) ? strlen(MULTI EXEC) : 0);
}

/* @return where its words go */
static char *write_begin(const ct_commands_t *commands, char *to)
{
    if (commands->script) {
        to = write_word(to, commands->seconds, strlen(commands->seconds));
        to = write_word(to, commands->marker, strlen(commands->marker));
        return write_count(to, commands->counts->nelts);
    }
    if (is_transaction(commands)) {
        memcpy(to, MULTI, strlen(MULTI));
        to += strlen(MULTI);
    }
    return to;
}

void ct_commands_write(const ct_commands_t *commands, char *to)
{
    const ct_word_t *word = (const ct_word_t *)commands->words->elts;
    int i;
    int j;

    to = write_begin(commands, to);
    for (i = 0; i < commands->counts->nelts; ++i) {
        int count = APR_ARRAY_IDX(commands->counts, i, int);

        to = commands->script ? write_count(to, count)
                              : write_head(to, '*', (apr_size_t)count);
        for (j = 0; j < count; ++j, ++word) {
            to = write_word(to, word->bytes, word->length);
        }
    }
    if (is_transaction(commands)) {
        memcpy(to, EXEC, strlen(EXEC));
    }
}
