/* SPDX-License-Identifier: Apache-2.0 */
/* shared_text: a text is written by as many words as have a part of it: most
 * are short, and what is behind their zero byte is nobody's business. The last
 * word is put together byte by byte: by memcpy() fewer than eight bytes would
 * go through memory, and the processor waits for it. */
#include "shared_text.h"

#include <string.h>


#define WORD sizeof(apr_uint64_t)

#if APR_IS_BIGENDIAN
#define SHIFT(i) (56 - 8 * (i))
#else
#define SHIFT(i) (8 * (i))
#endif

/* Fewer than eight bytes, and zero ones behind them. */
static apr_uint64_t last_word(const char *text, apr_size_t left)
{
    apr_uint64_t word = 0;
    apr_size_t i;

    for (i = 0; i < left; ++i) {
        word |= (apr_uint64_t)(unsigned char)text[i] << SHIFT(i);
    }
    return word;
}

void ct_shared_text_write(ct_counter_t *words, apr_size_t size,
                          const char *text)
{
    apr_size_t left = strnlen(text, size - 1);

    for (; left >= WORD; left -= WORD) {
        apr_uint64_t full;

        memcpy(&full, text, WORD);
        atomic_store_explicit(words++, full, memory_order_relaxed);
        text += WORD;
    }
    atomic_store_explicit(words, last_word(text, left), memory_order_relaxed);
}

void ct_shared_text_read(ct_counter_t *words, char *text, apr_size_t size)
{
    apr_size_t i;

    for (i = 0; i < size / WORD; ++i) {
        apr_uint64_t word = atomic_load_explicit(&words[i],
                                                 memory_order_relaxed);

        memcpy(text + i * WORD, &word, WORD);
    }
    text[size - 1] = '\0';
    if (strlen(text) == size - 1) {
        text[ct_shared_text_whole(text, size - 1)] = '\0';
    }
}

/* Bytes of a character of UTF-8, from its first one on. */
static apr_size_t announced(unsigned char lead)
{
    return lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
}

apr_size_t ct_shared_text_whole(const char *text, apr_size_t length)
{
    apr_size_t start = length;

    while (start > 0 && length - start < 4
           && ((unsigned char)text[start - 1] & 0xc0) == 0x80) {
        --start;
    }
    if (start == 0 || (unsigned char)text[start - 1] < 0xc0) {
        return length;
    }
    --start;
    return length - start < announced((unsigned char)text[start]) ? start
                                                                  : length;
}
