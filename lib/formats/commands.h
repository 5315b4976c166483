/* SPDX-License-Identifier: Apache-2.0 */
/* commands: Redis commands, and the bytes in which they go over the wire.
 * Thread: one at a time.
 * Lifetime: the pool's; words are not copied. */
#ifndef CT_COMMANDS_H
#define CT_COMMANDS_H

#include "apr_pools.h"

/** More than a job of any format has, by a third. */
#define CT_COMMANDS_MOST 8
#define CT_COMMANDS_WORDS 48

typedef struct ct_word_t {
    const char *bytes;
    apr_size_t length;
} ct_word_t;

typedef struct ct_commands_t {
    apr_pool_t *pool;
    int count;
    int word_count;                  /* of all of them */
    int counts[CT_COMMANDS_MOST];    /* how many words each one has */
    ct_word_t words[CT_COMMANDS_WORDS];
} ct_commands_t;

/** None yet.
 *  @param p  for texts that are made of numbers */
void ct_commands_init(ct_commands_t *commands, apr_pool_t *p);

/** One more, without words yet. */
void ct_commands_begin(ct_commands_t *commands);

/** A word of the last one. */
void ct_commands_word(ct_commands_t *commands, const char *bytes,
                      apr_size_t length);
void ct_commands_text(ct_commands_t *commands, const char *text);

/** One more, of these texts; the last argument is NULL. */
void ct_commands_add(ct_commands_t *commands, ...)
    __attribute__((sentinel));

/** Another one's words, each command's behind their number, are words of the
 *  last one. */
void ct_commands_pack(ct_commands_t *commands, const ct_commands_t *others);

/** How many bytes ct_commands_write() writes. */
apr_size_t ct_commands_size(const ct_commands_t *commands);
void ct_commands_write(const ct_commands_t *commands, char *to);

#endif
