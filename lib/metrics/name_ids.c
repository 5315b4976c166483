/* SPDX-License-Identifier: Apache-2.0 */
/* name_ids: a table without a lock. A place is taken by writing the name's
 * hash into it, and never given back. Everybody looks for a name along the
 * same way, from the place that its hash says on, so whoever comes to a free
 * place knows that the name has none yet.
 *
 * The hash is that of the name as it is shown: two that look alike are one. */
#include "name_ids.h"

#include <string.h>

#include "apr_strings.h"
#include "shared_text.h"

#define LONGEST (CT_SNAPSHOT_NAME_SIZE - 1)
#define WORD    sizeof(apr_uint64_t)
#define MIXER   0x9e3779b97f4a7c15U

/* What stands in the place of a long name's end: '~' and 32 bits. */
#define MARK    '~'
#define ENDING  9

static apr_uint64_t mix(apr_uint64_t hash, apr_uint64_t word)
{
    hash = (hash ^ word) * MIXER;
    return hash ^ hash >> 32;
}

/* Of so many bytes; the last word is made full with zero ones. */
static apr_uint64_t hash_of(const char *bytes, apr_size_t length)
{
    apr_uint64_t hash = MIXER;
    apr_size_t at;

    for (at = 0; at < length; at += WORD) {
        apr_uint64_t word = 0;

        memcpy(&word, bytes + at, length - at < WORD ? length - at : WORD);
        hash = mix(hash, word);
    }
    return hash ? hash : 1;
}

/* A name that looks as if it had been cut is treated as one that is: else it
 * could look like another. A cut leaves up to three bytes of a character
 * out. */
static int is_cut(const char *name, apr_size_t length)
{
    return length > LONGEST
           || (length >= LONGEST - 3 && name[length - ENDING] == MARK);
}

void ct_name_ids_spell(char text[CT_SNAPSHOT_NAME_SIZE], const char *name)
{
    apr_size_t length = strlen(name);

    memset(text, 0, CT_SNAPSHOT_NAME_SIZE);
    if (is_cut(name, length)) {
        apr_uint64_t hash = hash_of(name, length);

        length = ct_shared_text_whole(name, LONGEST - ENDING);
        apr_snprintf(text + length, ENDING + 1, "%c%08x", MARK,
                     (unsigned int)(hash >> 32));
    }
    memcpy(text, name, length);
}

/* Perhaps by several at once: all of them write the same. */
static void write_text(ct_name_t *name, const char *text)
{
    ct_shared_text_write(name->text, sizeof(name->text), text);
    atomic_store_explicit(&name->complete, 1, memory_order_release);
}

unsigned int ct_name_ids_find(const char *name)
{
    ct_shared_t *shared = ct_scoreboard_shared();
    char text[CT_SNAPSHOT_NAME_SIZE];
    apr_uint64_t hash;
    unsigned int steps;

    ct_name_ids_spell(text, name);
    if (strcmp(text, CT_SNAPSHOT_OTHER) == 0) {
        return CT_NAME_IDS_OTHER;
    }
    hash = hash_of(text, strlen(text));
    for (steps = 0; steps < CT_SNAPSHOT_NAMES; ++steps) {
        unsigned int number = (unsigned int)(hash + steps) % CT_SNAPSHOT_NAMES;
        ct_name_t *known = &shared->names[number];
        apr_uint64_t found = atomic_load(&shared->hashes[number]);

        if (found == 0
            && atomic_compare_exchange_strong(&shared->hashes[number], &found,
                                              hash)) {
            found = hash;
        }
        if (found == hash) {
            /* Whoever took the place may be gone before it was complete. */
            if (!atomic_load_explicit(&known->complete,
                                      memory_order_acquire)) {
                write_text(known, text);
            }
            return number;
        }
    }
    return CT_NAME_IDS_OTHER;
}

int ct_name_ids_text(unsigned int number, char text[CT_SNAPSHOT_NAME_SIZE])
{
    ct_name_t *known = &ct_scoreboard_shared()->names[number];

    if (number == CT_NAME_IDS_OTHER) {
        apr_cpystrn(text, CT_SNAPSHOT_OTHER, CT_SNAPSHOT_NAME_SIZE);
        return 1;
    }
    if (!atomic_load_explicit(&known->complete, memory_order_acquire)) {
        return 0;
    }
    ct_shared_text_read(known->text, text, CT_SNAPSHOT_NAME_SIZE);
    return 1;
}
