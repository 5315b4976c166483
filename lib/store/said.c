/* SPDX-License-Identifier: Apache-2.0 */
/* said: what was said of tasks is kept, in its order, until it is written: if
 * the disk is full for an hour it waits for an hour, 80 bytes each. */
#include "inside.h"

#include <stdlib.h>
#include <string.h>

void ct_said_clear(ct_said_list_t *list)
{
    list->first = NULL;
    list->last = &list->first;
    list->count = 0;
}

ct_said_t *ct_said_add(ct_said_list_t *list, apr_int64_t id, ct_ending_e how,
                       int attempt, apr_time_t not_before, const char *error)
{
    apr_size_t length = error ? strnlen(error, CT_ERROR_LENGTH) : 0;
    ct_said_t *said = malloc(sizeof(*said) + length + 1);

    if (!said) {
        return NULL;
    }
    said->next = NULL;
    said->ending.id = id;
    said->ending.how = how;
    said->ending.attempt = attempt;
    said->ending.not_before = not_before;
    said->ending.error = error ? said->error : NULL;
    said->place = 0;
    if (error) {
        memcpy(said->error, error, length);
    }
    said->error[length] = '\0';
    *list->last = said;
    list->last = &said->next;
    ++list->count;
    return said;
}

void ct_said_put_back(ct_said_list_t *list, ct_said_list_t *other)
{
    if (!list->first) {
        return;
    }
    *list->last = other->first;
    if (other->first) {
        list->last = other->last;
    }
    other->first = list->first;
    other->last = list->last;
    other->count += list->count;
    ct_said_clear(list);
}

void ct_said_free(ct_said_list_t *list)
{
    ct_said_t *said = list->first;

    while (said) {
        ct_said_t *next = said->next;

        free(said);
        said = next;
    }
    ct_said_clear(list);
}
