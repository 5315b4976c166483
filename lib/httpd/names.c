/* SPDX-License-Identifier: Apache-2.0 */
/* names: see names.h. A table without a lock: a place is taken by writing the
 * name's hash into it, and never given back. Everybody looks for a name along
 * the same way, from the place that its hash says on, so whoever comes to a
 * free place knows that the name has none yet.
 *
 * Thread: see names.h.
 * Lifetime: see names.h. */
#include "names.h"

#include <string.h>

#include "apr_strings.h"

#define LONGEST (CT_BOARD_NAME_SIZE - 1)
#define WORDS   (CT_BOARD_NAME_SIZE / sizeof(apr_uint64_t))
#define MIXER   0x9e3779b97f4a7c15u

/* A name as the table has it: cut, with zero bytes behind it. */
typedef union {
    char text[CT_BOARD_NAME_SIZE];
    apr_uint64_t words[WORDS];
} spelling_t;

/* What the calling thread asked for lately. A signal's handler may ask in the
 * middle of a change. */
#define KEPT 8
typedef struct {
    volatile int valid;
    unsigned int number;
    spelling_t key;
} kept_name_t;

static __thread kept_name_t kept_names[KEPT];

/* By content: each batch has its own copies of names. */
static kept_name_t *place_of(const char *name)
{
    unsigned char first = (unsigned char)name[0];
    unsigned char second = first ? (unsigned char)name[1] : 0;

    return &kept_names[(first + second * 3U) % KEPT];
}

static void spell(spelling_t *key, const char *name)
{
    memset(key, 0, sizeof(*key));
    memcpy(key->text, name, strnlen(name, LONGEST));
}

/* Names are short: this is over before strncmp() has begun. */
static int is_spelled(const spelling_t *key, const char *name)
{
    unsigned int i = 0;

    while (key->text[i] == name[i] && name[i]) {
        ++i;
    }
    return key->text[i] == name[i] || i == LONGEST;
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
    ct_shared_t *shared = ct_slots_shared();
    apr_uint64_t hash = hash_of(key);
    unsigned int steps;

    if (strcmp(key->text, CT_BOARD_OTHER) == 0) {
        return CT_NAMES_OTHER;
    }
    for (steps = 0; steps < CT_BOARD_NAMES; ++steps) {
        unsigned int number = (unsigned int)(hash + steps) % CT_BOARD_NAMES;
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
    return CT_NAMES_OTHER;
}

/* Apart from what every task goes through, which needs no stack this way. */
__attribute__((noinline))
static unsigned int find_and_keep(kept_name_t *kept, const char *name)
{
    spelling_t key;
    unsigned int number;

    spell(&key, name);
    number = look_up(&key);
    kept->valid = 0;
    atomic_signal_fence(memory_order_seq_cst);
    kept->key = key;
    kept->number = number;
    atomic_signal_fence(memory_order_seq_cst);
    kept->valid = 1;
    return number;
}

unsigned int ct_names_find(const char *name)
{
    kept_name_t *kept = place_of(name);

    return kept->valid && is_spelled(&kept->key, name)
           ? kept->number : find_and_keep(kept, name);
}

void ct_names_forget(void)
{
    memset(kept_names, 0, sizeof(kept_names));
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

void ct_names_trim(char *text, apr_size_t size)
{
    apr_size_t length;

    text[size - 1] = '\0';
    length = strlen(text);
    if (length == size - 1) {
        text[whole_characters(text, length)] = '\0';
    }
}

int ct_names_text(unsigned int number, char text[CT_BOARD_NAME_SIZE])
{
    ct_shared_t *shared = ct_slots_shared();
    spelling_t key;
    unsigned int i;

    if (number == CT_NAMES_OTHER) {
        apr_cpystrn(text, CT_BOARD_OTHER, CT_BOARD_NAME_SIZE);
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
    memcpy(text, key.text, CT_BOARD_NAME_SIZE);
    ct_names_trim(text, CT_BOARD_NAME_SIZE);
    return 1;
}
