/* SPDX-License-Identifier: Apache-2.0 */
/* support_engine: the stage of a sender: an engine that can be reached or not,
 * and whoever is told what becomes of messages. What send() does, and what it
 * knows, is the test's: its own struct begins with the stage.
 * Thread: members are marked; the rest is the sender's.
 * Lifetime: longer than its sender's. */
#ifndef SUPPORT_ENGINE_H
#define SUPPORT_ENGINE_H

#include "support.h"

#include "sender.h"

#define STAGE_TELLINGS 8

typedef struct stage_t {
    pthread_mutex_t lock;
    ct_sent_e open;                  /* lock: what open() answers */
    int is_open;
    int opens;                       /* lock */
    int closes;                      /* lock: of what was open */
    int ends[CT_SENT_NOT_YET + 1];   /* lock */
    ct_sender_event_e told[STAGE_TELLINGS];  /* lock: the first ones */
    int tellings;                    /* lock */
    gate_t opened;                   /* open() has answered */
    gate_t done;                     /* an end was told */
} stage_t;

/** An open() that answers STORED, and nobody waits for anything. */
#define STAGE_INIT { .lock = PTHREAD_MUTEX_INITIALIZER, \
                     .open = CT_SENT_STORED, .opened = GATE_INIT, \
                     .done = GATE_INIT }

/** For a ct_engine_t; the connection is the stage. */
ct_sent_e stage_open(void *connection, char *words);
int stage_is_open(void *connection);
void stage_close(void *connection);

/** Start a sender, whose pauses are short.
 *  @return as ct_sender_start() */
ct_sender_t *stage_start(stage_t *stage, const ct_engine_t *engine,
                         int most_jobs, apr_size_t most_bytes);

/** What open() answers from now on. Thread: any. */
void stage_set_open(stage_t *stage, ct_sent_e open);

#endif
