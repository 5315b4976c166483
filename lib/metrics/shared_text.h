/* SPDX-License-Identifier: Apache-2.0 */
/* shared_text: texts in shared memory lie there in words of eight bytes, the
 * last one with a zero byte, since several may read and write them at a time.
 * Thread: any.
 * Lifetime: no state. */
#ifndef CT_SHARED_TEXT_H
#define CT_SHARED_TEXT_H

#include "scoreboard.h"

/** Write a text, cut to size - 1 bytes.
 *  @param words  of size bytes, a multiple of eight */
void ct_shared_text_write(ct_counter_t *words, apr_size_t size,
                          const char *text);

/** Read what was written, cut at the end of a character. While somebody else
 *  writes it may be anything, but ends with a zero byte.
 *  @param text  filled in, size bytes */
void ct_shared_text_read(ct_counter_t *words, char *text, apr_size_t size);

/** Where a text of so many bytes ends if what a cut left of its last
 *  character, one of several bytes of UTF-8, is left out. */
apr_size_t ct_shared_text_whole(const char *text, apr_size_t length);

#endif
