/* SPDX-License-Identifier: Apache-2.0 */
/* support_engine: notes are taken under the stage's lock, then a gate opens:
 * whoever has come through it sees them. */
#include "support_engine.h"

ct_sent_e stage_open(void *connection, char *words)
{
    stage_t *stage = connection;
    ct_sent_e how;

    pthread_mutex_lock(&stage->lock);
    how = stage->open;
    ++stage->opens;
    stage->is_open = how == CT_SENT_STORED;
    pthread_mutex_unlock(&stage->lock);
    gate_open(&stage->opened);
    return how;
}

int stage_is_open(void *connection)
{
    return ((stage_t *)connection)->is_open;
}

void stage_close(void *connection)
{
    stage_t *stage = connection;

    pthread_mutex_lock(&stage->lock);
    stage->closes += stage->is_open;
    stage->is_open = 0;
    pthread_mutex_unlock(&stage->lock);
}

static void done(void *context, const ct_message_t *message)
{
    stage_t *stage = context;

    pthread_mutex_lock(&stage->lock);
    ++stage->ends[message->sent];
    pthread_mutex_unlock(&stage->lock);
    gate_open(&stage->done);
}

static void tell(void *context, ct_sender_event_e event, const char *words)
{
    stage_t *stage = context;

    pthread_mutex_lock(&stage->lock);
    if (stage->tellings < STAGE_TELLINGS) {
        stage->told[stage->tellings] = event;
    }
    ++stage->tellings;
    pthread_mutex_unlock(&stage->lock);
}

static int is_stopping(void *context)
{
    return 1;                        /* pauses are short */
}

ct_sender_t *stage_start(stage_t *stage, const ct_engine_t *engine,
                         int most_jobs, apr_size_t most_bytes)
{
    ct_sender_settings_t settings = { 0 };

    settings.engine = engine;
    settings.connection = settings.context = stage;
    settings.most_jobs = most_jobs;
    settings.most_bytes = most_bytes;
    settings.done = done;
    settings.tell = tell;
    settings.is_stopping = is_stopping;
    return ct_sender_start(&settings);
}

void stage_set_open(stage_t *stage, ct_sent_e open)
{
    pthread_mutex_lock(&stage->lock);
    stage->open = open;
    pthread_mutex_unlock(&stage->lock);
}
