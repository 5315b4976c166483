/* SPDX-License-Identifier: Apache-2.0 */
/* commands: the Redis commands of one job, and the bytes in which they go over
 * the wire: as they are, or as words of the call of a script.
 * Thread: one at a time.
 * Lifetime: the pool's; words are not copied. */
#ifndef CT_COMMANDS_H
#define CT_COMMANDS_H

#include "apr_tables.h"

typedef struct ct_word_t {
    const char *bytes;
    apr_size_t length;
} ct_word_t;

typedef struct ct_commands_t {
    apr_array_header_t *words;       /* ct_word_t, of all of them */
    apr_array_header_t *counts;      /* int: how many each one has */
    int script;                      /* that takes them, see once.h; 0: none */
    const char *seconds;             /* with a script: for which the */
    const char *marker;              /* marker lives, and its key */
} ct_commands_t;

/** None yet. */
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

/** With a script: how many words of its call they are. Without: how many
 *  answers they get. */
int ct_commands_count(const ct_commands_t *commands);

/** How many bytes ct_commands_write() writes. */
apr_size_t ct_commands_size(const ct_commands_t *commands);

/** Without a script, several commands are done together or not at all. With
 *  one: seconds, marker, number of commands, then of each the number of its
 *  words, and these. */
void ct_commands_write(const ct_commands_t *commands, char *to);

#endif
