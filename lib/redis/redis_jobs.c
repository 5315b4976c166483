/* SPDX-License-Identifier: Apache-2.0 */
/* redis_jobs: what goes in one round trip and is taken by the same script goes
 * in one call of it: for Redis a call is as dear as what it does for one job,
 * and for us an answer. A round trip is short enough (sender_thread.c) for no
 * other client of the Redis to notice. */
#include "redis_jobs.h"

#include "redis_answer.h"

#include "apr_strings.h"

#include <stdlib.h>
#include <string.h>

/* The first error of a job says what is wrong; EXECABORT only that something
 * was. */
static const char *error_in(const redisReply *reply)
{
    const char *error = NULL;
    size_t i;

    if (reply->type == REDIS_REPLY_ERROR) {
        return reply->str;
    }
    for (i = 0; reply->type == REDIS_REPLY_ARRAY && i < reply->elements
                && !error; ++i) {
        error = error_in(reply->element[i]);
    }
    return error;
}

static void note(ct_message_t *message, const char *error, char *words)
{
    const char *remedy;
    char text[CT_ENGINE_WORDS];

    message->sent = ct_redis_answer_class(error, &remedy);
    apr_snprintf(text, sizeof(text), "%s%s%s", error, *remedy ? "; " : "",
                 remedy);
    if (message->sent == CT_SENT_REFUSED) {
        free(message->words);
        message->words = strdup(text);
    }
    else {
        apr_cpystrn(words, text, CT_ENGINE_WORDS);
    }
}

/* Those that one call takes: all up to the next one that goes another way.
 * @return the one behind them, or NULL */
static ct_message_t *behind(const ct_message_t *first)
{
    ct_message_t *next = first->next;

    while (next && first->script && next->script == first->script) {
        next = next->next;
    }
    return next;
}

static int append_head(redisContext *context, ct_redis_shas_t shas,
                       const ct_message_t *first, const ct_message_t *end)
{
    const ct_message_t *message;
    char head[128];
    int count = 3;
    apr_size_t length;

    if (!first->script) {
        return REDIS_OK;
    }
    for (message = first; message != end; message = message->next) {
        count += message->count;
    }
    length = (apr_size_t)apr_snprintf(head, sizeof(head), "*%d\r\n$7\r\n"
        "EVALSHA\r\n$%d\r\n%s\r\n$1\r\n0\r\n", count, CT_REDIS_SHA - 1,
        shas[first->script]);
    return redisAppendFormattedCommand(context, head, length);
}

/* All of them go out at once, before the first answer is read.
 * @return 0: there is no memory */
static int append_all(redisContext *context, ct_redis_shas_t shas,
                      const ct_message_t *first)
{
    const ct_message_t *end = first;
    const ct_message_t *message;
    int rv = REDIS_OK;

    for (message = first; message && rv == REDIS_OK; message = message->next) {
        if (message == end) {
            end = behind(message);
            rv = append_head(context, shas, message, end);
        }
        if (rv == REDIS_OK) {
            rv = redisAppendFormattedCommand(context, message->bytes,
                                             message->length);
        }
    }
    return rv == REDIS_OK;
}

/* Of a call that is no error there is one for all, or an array. */
static const char *error_for(const redisReply *reply, int script, size_t at)
{
    if (!script || reply->type != REDIS_REPLY_ARRAY) {
        return error_in(reply);
    }
    return at < reply->elements ? error_in(reply->element[at])
                                : "ERR a script has not said what became of "
                                  "it";
}

/* @return 0: there is no answer */
static int read_answers(redisContext *context, ct_message_t *first,
                        const ct_message_t *end, char *words)
{
    int answers = first->script ? 1 : first->count;
    ct_message_t *message;

    for (message = first; message != end; message = message->next) {
        message->sent = CT_SENT_STORED;
    }
    while (answers-- > 0) {
        void *reply = NULL;
        size_t at = 0;

        if (redisGetReply(context, &reply) != REDIS_OK || !reply) {
            return 0;
        }
        for (message = first; message != end; message = message->next) {
            const char *error = error_for(reply, first->script, at++);

            if (error && message->sent == CT_SENT_STORED) {
                note(message, error, words);
            }
        }
        freeReplyObject(reply);
    }
    return 1;
}

ct_message_t *ct_redis_jobs_send(redisContext *context, ct_redis_shas_t shas,
                                 ct_message_t *first, char *words)
{
    int is_there = append_all(context, shas, first);

    while (first && is_there) {
        ct_message_t *end = behind(first);

        is_there = read_answers(context, first, end, words);
        first = is_there ? end : first;
    }
    return first;
}
