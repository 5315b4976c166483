/* SPDX-License-Identifier: Apache-2.0 */
/* unique: unique= of a CrosstownTask, ct-unique and the option of C callers:
 * one task of a key until it is done, in all children of the server together.
 * Thread: any of a child; registered at start-up.
 * Lifetime: the keys' memory survives children and restarts. */
#ifndef CT_UNIQUE_H
#define CT_UNIQUE_H

#include "named_task.h"
#include "unique_keys.h"

/** Keys that may be held at once. */
#define CT_UNIQUE_ROOM 65536

/** What a task has to do with a key. Copied with the task. */
typedef struct ct_unique_t {
    enum {
        CT_UNIQUE_NONE,              /* it has no key */
        CT_UNIQUE_WANTED,
        CT_UNIQUE_HELD,              /* it is the one */
        CT_UNIQUE_DUPLICATE,         /* another task is; this one is to do
                                        nothing */
        CT_UNIQUE_NO_ROOM            /* too many keys are held */
    } state;
    unsigned char key[CT_UNIQUE_KEY];
} ct_unique_t;

/** What the tasks of this server have seen of it since the start. */
typedef struct ct_unique_numbers_t {
    ct_unique_counts_t keys;
    apr_uint32_t duplicates;         /* dropped: one was there */
    apr_uint32_t refused;            /* for lack of room */
} ct_unique_numbers_t;

/** Give a task its key.
 *  @param key  NULL or empty: none */
void ct_unique_name(ct_unique_t *unique, const ct_named_task_t *task,
                    const char *key);

/** A task is asked for: is another one of its key there, which will run?
 *  @return APR_SUCCESS: no | APR_EEXIST: yes, which is counted | APR_ENOSPC:
 *          too many keys are held, which is counted, too */
apr_status_t ct_unique_look(const ct_unique_t *unique);

/** It will run: hold its key; the state says how that went.
 *  @return as ct_unique_look() */
apr_status_t ct_unique_take(ct_unique_t *unique);

/** It is over, or was not recorded after all. */
void ct_unique_give(ct_unique_t *unique);

/** @return 0: there is no memory for keys */
int ct_unique_count(ct_unique_numbers_t *numbers);

/** Hang in. Thread: start-up. */
void ct_unique_register(void);

#endif
