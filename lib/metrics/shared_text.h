/* SPDX-License-Identifier: Apache-2.0 */
/* shared_text: texts in shared memory lie there in words of eight bytes, the
 * last one with a zero byte, since several may read and write them at a time.
 * Thread: any.
 * Lifetime: no state. */
#ifndef CT_SHARED_TEXT_H
#define CT_SHARED_TEXT_H

#include "apr.h"

#if APR_IS_BIGENDIAN
#define CT_SHARED_TEXT_SHIFT(i) (56 - 8 * (i))
#else
#define CT_SHARED_TEXT_SHIFT(i) (8 * (i))
#endif

/** The word that begins here: of `most` bytes, or fewer if the text ends. Not
 *  by memcpy(): that many bytes would go through memory, and the processor
 *  waits for it.
 *  @param most  up to eight */
static inline apr_uint64_t ct_shared_text_next(const char *text,
                                               apr_size_t most)
{
    apr_uint64_t word = 0;
    apr_size_t i;

    for (i = 0; i < most && text[i]; ++i) {
        word |= (apr_uint64_t)(unsigned char)text[i]
                << CT_SHARED_TEXT_SHIFT(i);
    }
    return word;
}

/** Is this the last word of its text? */
static inline int ct_shared_text_is_last(apr_uint64_t word)
{
    return (word >> CT_SHARED_TEXT_SHIFT(7) & 0xff) == 0;
}

#endif
