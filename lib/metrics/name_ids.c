/* SPDX-License-Identifier: Apache-2.0 */
/* name_ids: see name_ids.h. A table without a lock: a place is taken by
 * writing the name's hash into it, and never given back. Everybody looks for a
 * name along the same way, from the place that its hash says on, so whoever
 * comes to a free place knows that the name has none yet.
 * */
#include "name_ids.h"

#include <string.h>

#include "apr_strings.h"
#include "shared_text.h"

#define LONGEST (CT_SNAPSHOT_NAME_SIZE - 1)
#define WORDS (CT_SNAPSHOT_NAME_SIZE / sizeof(apr_uint64_t))
#define MIXER   0x9e3779b97f4a7c15u

/* A name as the table has it: cut, with zero bytes behind it. */
typedef union {
    char text[CT_SNAPSHOT_NAME_SIZE];
    apr_uint64_t words[WORDS];
} spelling_t;

/* Where a name with these first characters was found last, by whatever thread:
 * its number and one, or 0. No more than a hint, so it may be of another
 * name, or of a table that is gone. All that a thread reads to find a name is
 * shared and seldom written to. */
#define HINTS 256
static atomic_uint hints[HINTS];

static atomic_uint *hint_of(const char *name)
{
    unsigned char first = (unsigned char)name[0];
    unsigned char second = first ? (unsigned char)name[1] : 0;

    return &hints[(first + second * 31U) % HINTS];
}

static void spell(spelling_t *key, const char *name)
{
    memset(key, 0, sizeof(*key));
    memcpy(key->text, name, strnlen(name, LONGEST));
}

static apr_uint64_t hash_of(const spelling_t *key)
{
    apr_uint64_t hash = MIXER;
    unsigned int i;

    for (i = 0; i < WORDS && key->words[i]; ++i) {
        hash = (hash ^ key->words[i]) * MIXER;
        hash ^= hash >> 32;
    }
    return hash ? hash : 1;
}

/* Perhaps by several at once: all of them write the same. */
static void write_text(ct_name_t *name, const spelling_t *key)
{
    unsigned int i;

    for (i = 0; i < WORDS; ++i) {
        atomic_store_explicit(&name->text[i], key->words[i],
                              memory_order_relaxed);
    }
    atomic_store_explicit(&name->complete, 1, memory_order_release);
}

static unsigned int look_up(const spelling_t *key)
{
    ct_shared_t *shared = ct_scoreboard_shared();
    apr_uint64_t hash = hash_of(key);
    unsigned int steps;

    if (strcmp(key->text, CT_SNAPSHOT_OTHER) == 0) {
        return CT_NAME_IDS_OTHER;
    }
    for (steps = 0; steps < CT_SNAPSHOT_NAMES; ++steps) {
        unsigned int number = (unsigned int)(hash + steps) % CT_SNAPSHOT_NAMES;
        ct_name_t *name = &shared->names[number];
        apr_uint64_t found = atomic_load(&shared->hashes[number]);

        if (found == 0
            && atomic_compare_exchange_strong(&shared->hashes[number], &found,
                                              hash)) {
            found = hash;
        }
        if (found == hash) {
            /* Whoever took the place may be gone before it was complete. */
            if (!atomic_load_explicit(&name->complete,
                                      memory_order_acquire)) {
                write_text(name, key);
            }
            return number;
        }
    }
    return CT_NAME_IDS_OTHER;
}

/* Apart from what every task goes through, which needs no stack this way. */
static unsigned int find_and_hint(atomic_uint *hint, const char *name)
{
    spelling_t key;
    unsigned int number;

    spell(&key, name);
    number = look_up(&key);
    atomic_store_explicit(hint, number + 1, memory_order_relaxed);
    return number;
}

static int is_spelled(ct_name_t *known, const char *name)
{
    unsigned int i;

    for (i = 0; i < WORDS; ++i) {
        apr_size_t most = i < WORDS - 1 ? sizeof(apr_uint64_t)
                                        : sizeof(apr_uint64_t) - 1;
        apr_uint64_t word = ct_shared_text_next(name, most);

        if (word != atomic_load_explicit(&known->text[i],
                                         memory_order_relaxed)) {
            return 0;
        }
        if (ct_shared_text_is_last(word)) {
            return 1;
        }
        name += most;
    }
    return 1;
}

unsigned int ct_name_ids_find(const char *name)
{
    atomic_uint *hint = hint_of(name);
    unsigned int number = atomic_load_explicit(hint, memory_order_relaxed) - 1;

    if (number < CT_NAME_IDS_OTHER) {
        ct_name_t *known = &ct_scoreboard_shared()->names[number];

        if (atomic_load_explicit(&known->complete, memory_order_acquire)
            && is_spelled(known, name)) {
            return number;
        }
    }
    return find_and_hint(hint, name);
}

/* Where the text ends if its last character, of several bytes, was cut. */
static apr_size_t whole_characters(const char *text, apr_size_t length)
{
    apr_size_t start = length;
    unsigned char lead;

    while (start > 0 && length - start < 4
           && ((unsigned char)text[start - 1] & 0xc0) == 0x80) {
        --start;
    }
    if (start == 0) {
        return length;
    }
    lead = (unsigned char)text[start - 1];
    if (lead < 0xc0) {
        return length;
    }
    return length - start + 1 < (lead >= 0xf0 ? 4U : lead >= 0xe0 ? 3U : 2U)
           ? start - 1 : length;
}

void ct_name_ids_trim(char *text, apr_size_t size)
{
    apr_size_t length;

    text[size - 1] = '\0';
    length = strlen(text);
    if (length == size - 1) {
        text[whole_characters(text, length)] = '\0';
    }
}

int ct_name_ids_text(unsigned int number, char text[CT_SNAPSHOT_NAME_SIZE])
{
    ct_shared_t *shared = ct_scoreboard_shared();
    spelling_t key;
    unsigned int i;

    if (number == CT_NAME_IDS_OTHER) {
        apr_cpystrn(text, CT_SNAPSHOT_OTHER, CT_SNAPSHOT_NAME_SIZE);
        return 1;
    }
    if (!atomic_load_explicit(&shared->names[number].complete,
                              memory_order_acquire)) {
        return 0;
    }
    for (i = 0; i < WORDS; ++i) {
        key.words[i] = atomic_load_explicit(&shared->names[number].text[i],
                                            memory_order_relaxed);
    }
    memcpy(text, key.text, CT_SNAPSHOT_NAME_SIZE);
    ct_name_ids_trim(text, CT_SNAPSHOT_NAME_SIZE);
    return 1;
}
