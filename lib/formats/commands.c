/* SPDX-License-Identifier: Apache-2.0 */
/* commands: RESP2, in which a command is an array of byte strings with their
 * lengths in front: nothing in a payload can become a command. The size is
 * known before anything is written, so that a job is one block of memory. */
#include "commands.h"

#include "apr_strings.h"

#include <stdarg.h>
#include <string.h>

void ct_commands_init(ct_commands_t *commands, apr_pool_t *p)
{
    commands->pool = p;
    commands->count = 0;
    commands->word_count = 0;
}

void ct_commands_begin(ct_commands_t *commands)
{
    commands->counts[commands->count++] = 0;
}

void ct_commands_word(ct_commands_t *commands, const char *bytes,
                      apr_size_t length)
{
    ct_word_t *word = &commands->words[commands->word_count++];

    word->bytes = bytes;
    word->length = length;
    ++commands->counts[commands->count - 1];
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
    const ct_word_t *word = others->words;
    int i;
    int j;

    for (i = 0; i < others->count; ++i) {
        ct_commands_text(commands,
                         apr_itoa(commands->pool, others->counts[i]));
        for (j = 0; j < others->counts[i]; ++j, ++word) {
            ct_commands_word(commands, word->bytes, word->length);
        }
    }
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

/* By hand: a job has dozens, and a formatted print costs as much as all else
 * that is done for it. @return how many bytes */
static apr_size_t write_number(char *to, char kind, apr_size_t number)
{
    apr_size_t size = number_size(number);
    char *at = to + size - 2;

    memcpy(at, "\r\n", 2);
    do {
        *--at = (char)('0' + number % 10);
        number /= 10;
    } while (number);
    *to = kind;
    return size;
}

apr_size_t ct_commands_size(const ct_commands_t *commands)
{
    apr_size_t size = 0;
    int i;

    for (i = 0; i < commands->count; ++i) {
        size += number_size((apr_size_t)commands->counts[i]);
    }
    for (i = 0; i < commands->word_count; ++i) {
        apr_size_t length = commands->words[i].length;

        size += number_size(length) + length + 2;
    }
    return size;
}

void ct_commands_write(const ct_commands_t *commands, char *to)
{
    const ct_word_t *word = commands->words;
    int i;
    int j;

    for (i = 0; i < commands->count; ++i) {
        to += write_number(to, '*', (apr_size_t)commands->counts[i]);
        for (j = 0; j < commands->counts[i]; ++j, ++word) {
            to += write_number(to, '$', word->length);
            memcpy(to, word->bytes, word->length);
            to += word->length;
            memcpy(to, "\r\n", 2);
            to += 2;
        }
    }
}
