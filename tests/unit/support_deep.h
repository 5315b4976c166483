/* SPDX-License-Identifier: Apache-2.0 */
/* support_deep: very many deferreds, or links, on a thread with a small stack:
 * a frame of a few words for each of them would end the program. */
#ifndef SUPPORT_DEEP_H
#define SUPPORT_DEEP_H

#include "support_deferred.h"

/* A sanitizer takes ten times as long. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define DEEP 20000
#else
#define DEEP 100000
#endif

typedef struct deep_t {
    crosstown_deferred_t **all;      /* DEEP, the outermost first */
    int calls;
    int next;
    int failed;                      /* what a thread may not assert */
    crosstown_result_t result;
    gate_t gone;
} deep_t;

deep_t *deep_make(apr_pool_t *p);

/** Call that on such a thread, and wait for its end. */
void deep_run(void *(*run)(void *), deep_t *deep);

/** On that thread instead of an assertion; `failed` counts. */
void deep_expect(deep_t *deep, int is_true);

/** What became of the outermost. */
void deep_look(deep_t *deep);

/** A link that counts its calls. */
apr_status_t deep_count(crosstown_step_t *step, void *data);

#endif
