/* SPDX-License-Identifier: Apache-2.0 */
/* task_header: what a response's `Crosstown` field asks for: a list of task
 * names, each with options (keys that begin with ct-) and a payload (all other
 * keys).
 * Thread: any.
 * Lifetime: what was read lies in the caller's pool. */
#ifndef CT_TASK_HEADER_H
#define CT_TASK_HEADER_H

#include "sf_list.h"

/* What a field may have at most; beyond it nothing of it counts. */
#define CT_TASK_HEADER_BYTES  8000
#define CT_TASK_HEADER_ITEMS  16
#define CT_TASK_HEADER_FIELDS 32     /* of one item */

/** Bytes of a task's name, at most. */
#define CT_TASK_NAME_LENGTH 47

/** One task that is asked for. */
typedef struct ct_asked_task_t {
    const char *name;
    apr_size_t column;               /* where it stands; the first one is 1 */
    const char *no_go;               /* ct-no-go, or NULL */
    const char *delay;               /* ct-delay, or NULL */
    const char *unique;              /* ct-unique, or NULL */
    apr_array_header_t *fields;      /* ct_sf_parameter_t: the payload */
} ct_asked_task_t;

/** Is this a task's name: a letter, then letters, digits, _ - and . ? */
int ct_task_name_is_valid(const char *name);

/** Is this a field's name in a payload: a key, and not an option? */
int ct_task_field_is_valid(apr_pool_t *pool, const char *name);

/**
 * Read a field.
 * @param length  bytes; rows of the field were joined by commas
 * @param error   set if something is wrong: where, what, and what to write
 *                instead; "column 10: ..."
 * @return ct_asked_task_t, in the order of the field, or NULL
 */
apr_array_header_t *ct_task_header_read(apr_pool_t *pool, const char *field,
                                        apr_size_t length,
                                        const char **error);

#endif
