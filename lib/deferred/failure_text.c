/* SPDX-License-Identifier: Apache-2.0 */
/* failure_text: the current result of a deferred and, if that is a failure,
 * its words. Words that wait() has shown live as long as the deferred,
 * whatever its links make of the failure; others are freed with it. */
#include "deferred.h"

#include <stdlib.h>
#include <string.h>

#include "apr_errno.h"

/* @return NULL without memory: the status is not lost for that */
static ct_failure_text_t *copy(apr_status_t status, const char *message)
{
    char room[CT_WORDS_SIZE];
    const char *text = message ? message
                       : apr_strerror(status, room, sizeof(room));
    size_t size = strlen(text) + 1;
    ct_failure_text_t *words = malloc(sizeof(*words) + size);

    if (words) {
        words->shown = 0;
        memcpy(words->text, text, size);
    }
    return words;
}

static void push(crosstown_deferred_t *d, ct_failure_text_t *words)
{
    if (words) {
        words->older = d->words;
        d->words = words;
        d->worded = 1;
    }
}

static void forget(crosstown_deferred_t *d)
{
    ct_failure_text_t *words = d->words;

    if (d->worded && !words->shown) {
        d->words = words->older;
        free(words);
    }
    d->worded = 0;
}

void ct_failure_text_succeed(crosstown_deferred_t *d, void *result)
{
    forget(d);
    d->status = APR_SUCCESS;
    d->result = result;
}

void ct_failure_text_fail(crosstown_deferred_t *d, apr_status_t status,
                          const char *message)
{
    if (status == APR_SUCCESS) {
        status = APR_EGENERAL;
    }
    if (!d->worded || message != d->words->text) {
        ct_failure_text_t *words = copy(status, message);

        forget(d);
        push(d, words);
    }
    d->status = status;
    d->result = NULL;
    d->seen = 0;
}

const char *ct_failure_text_say(crosstown_deferred_t *d, char *room)
{
    return d->worded ? d->words->text
           : apr_strerror(d->status, room, CT_WORDS_SIZE);
}

const char *ct_failure_text_show(crosstown_deferred_t *d)
{
    if (d->status == APR_SUCCESS) {
        return NULL;
    }
    d->seen = 1;
    if (!d->worded) {
        push(d, copy(d->status, NULL));
    }
    if (!d->worded) {
        return CT_WORDS_LOST;
    }
    d->words->shown = 1;
    return d->words->text;
}

void ct_failure_text_move(crosstown_deferred_t *from, crosstown_deferred_t *to)
{
    forget(to);
    to->status = from->status;
    to->result = from->result;
    to->seen = 0;
    if (from->worded) {
        ct_failure_text_t *words = from->words;

        if (words->shown) {
            words = copy(from->status, words->text);
        }
        else {
            from->words = words->older;
        }
        from->worded = 0;
        push(to, words);
    }
    ct_failure_text_succeed(from, NULL);
}

void ct_failure_text_free(crosstown_deferred_t *d)
{
    while (d->words) {
        ct_failure_text_t *words = d->words;

        d->words = words->older;
        free(words);
    }
}
