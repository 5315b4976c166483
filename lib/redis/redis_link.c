/* SPDX-License-Identifier: Apache-2.0 */
/* redis_link: after each connect all is said again that a new connection does
 * not know: who we are, which database, the scripts. hiredis would reconnect
 * without any of it, so it is never asked to; and it is used by one thread, of
 * a process that has not been forked since.
 *
 * A server that closes an idle connection is noticed before the next use, as
 * otherwise jobs would be in doubt that were never sent. */
#include "redis_link.h"

#include "once.h"
#include "redis_answer.h"
#include "redis_find.h"

#include "apr_strings.h"

#include <hiredis/hiredis.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

typedef struct ct_redis_link_t {
    const ct_redis_address_t *address;
    redisContext *context;           /* NULL: none */
} ct_redis_link_t;

void *ct_redis_link_make(const void *address)
{
    ct_redis_link_t *link = calloc(1, sizeof(*link));

    if (link) {
        link->address = address;
    }
    return link;
}

void ct_redis_link_free(void *link)
{
    free(link);
}

static void close_link(void *connection)
{
    ct_redis_link_t *link = connection;

    if (link->context) {
        redisFree(link->context);
        link->context = NULL;
    }
}

/* It has nothing to say unless it is asked: what can be read is its end. */
static int is_open(void *connection)
{
    ct_redis_link_t *link = connection;
    struct pollfd look = { -1, POLLIN, 0 };

    if (!link->context || link->context->err) {
        return 0;
    }
    look.fd = link->context->fd;
    return poll(&look, 1, 0) == 0;
}

/* ---- what is said first ---- */

static ct_sent_e judge(const char *error, const char *what, char *words)
{
    const char *remedy;
    ct_sent_e how = ct_redis_answer_class(error, &remedy);

    apr_snprintf(words, CT_ENGINE_WORDS, "%s: %s%s%s", what, error,
                 *remedy ? "; " : "", remedy);
    return how == CT_SENT_REFUSED ? CT_SENT_MEND : how;
}

static ct_sent_e no_answer(redisContext *context, const char *what,
                           char *words)
{
    apr_snprintf(words, CT_ENGINE_WORDS, "%s: %s", what,
                 context->err == REDIS_ERR_IO && errno == EAGAIN
                 ? "no answer in time (timeout=)" : context->errstr);
    return CT_SENT_AGAIN;
}

/* One command that has to succeed. */
static ct_sent_e say(redisContext *context, const char *what, int count,
                     const char **said, char *words)
{
    redisReply *reply = redisCommandArgv(context, count, said, NULL);
    ct_sent_e how = CT_SENT_STORED;

    if (!reply) {
        return no_answer(context, what, words);
    }
    if (reply->type == REDIS_REPLY_ERROR
        && !strstr(reply->str, "without any password configured")) {
        how = judge(reply->str, what, words);
    }
    freeReplyObject(reply);
    return how;
}

static ct_sent_e say_who(redisContext *context,
                         const ct_redis_address_t *address, char *words)
{
    const char *both[] = { "AUTH", address->user, address->password };
    const char *password[] = { "AUTH", address->password };

    return !address->password ? CT_SENT_STORED
        : address->user ? say(context, "AUTH", 3, both, words)
                        : say(context, "AUTH", 2, password, words);
}

static ct_sent_e say_db(redisContext *context,
                        const ct_redis_address_t *address, char *words)
{
    char db[16];
    const char *select[] = { "SELECT", db };

    apr_snprintf(db, sizeof(db), "%d", address->db);
    return address->db ? say(context, "SELECT", 2, select, words)
                       : CT_SENT_STORED;
}

/* A cluster would take some keys and not others. Who may not ask is let go
 * on. */
static ct_sent_e refuse_cluster(redisContext *context, char *words)
{
    redisReply *reply = redisCommand(context, "INFO cluster");
    ct_sent_e how = CT_SENT_STORED;

    if (!reply) {
        return no_answer(context, "INFO", words);
    }
    if (reply->type == REDIS_REPLY_STRING
        && strstr(reply->str, "cluster_enabled:1")) {
        how = judge("MOVED ", "cluster_enabled", words);
    }
    else if (reply->type == REDIS_REPLY_ERROR
             && !strncmp(reply->str, "NOAUTH", 6)) {
        how = judge(reply->str, "INFO", words);
    }
    freeReplyObject(reply);
    return how;
}

static ct_sent_e load_scripts(ct_redis_link_t *link, char *words)
{
    const char *load[] = { "SCRIPT", "LOAD", NULL };
    ct_sent_e how = CT_SENT_STORED;
    int i;

    for (i = 0; link->address->needs_scripts && ct_once_scripts[i]
                && how == CT_SENT_STORED; ++i) {
        load[2] = ct_once_scripts[i];
        how = say(link->context, "SCRIPT LOAD", 3, load, words);
    }
    return how;
}

static ct_sent_e introduce(ct_redis_link_t *link, char *words)
{
    ct_sent_e how = say_who(link->context, link->address, words);

    if (how == CT_SENT_STORED) {
        how = refuse_cluster(link->context, words);
    }
    if (how == CT_SENT_STORED) {
        how = say_db(link->context, link->address, words);
    }
    return how == CT_SENT_STORED ? load_scripts(link, words) : how;
}

static ct_sent_e open_link(void *connection, char *words)
{
    ct_redis_link_t *link = connection;

    link->context = ct_redis_find(link->address, words);
    return link->context ? introduce(link, words) : CT_SENT_AGAIN;
}

/* ---- jobs ---- */

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

/* @return 0: there is no answer */
static int read_answers(redisContext *context, ct_message_t *message,
                        char *words)
{
    int i;

    message->sent = CT_SENT_STORED;
    for (i = 0; i < message->answers; ++i) {
        void *reply = NULL;
        const char *error;

        if (redisGetReply(context, &reply) != REDIS_OK || !reply) {
            return 0;
        }
        error = error_in(reply);
        if (error && message->sent == CT_SENT_STORED) {
            note(message, error, words);
        }
        freeReplyObject(reply);
    }
    return 1;
}

/* All of them go out at once, before the first answer is read. */
static void send_jobs(void *connection, ct_message_t *first, char *words)
{
    redisContext *context = ((ct_redis_link_t *)connection)->context;
    ct_message_t *message;
    int is_there = 1;

    for (message = first; message; message = message->next) {
        if (redisAppendFormattedCommand(context, message->bytes,
                                        message->length) != REDIS_OK) {
            is_there = 0;
        }
    }
    for (message = first; message; message = message->next) {
        is_there = is_there && read_answers(context, message, words);
        if (!is_there) {
            message->sent = CT_SENT_UNKNOWN;
        }
    }
    if (!is_there) {
        no_answer(context, "not confirmed", words);
    }
}

const ct_engine_t ct_redis_engine = {
    open_link, is_open, send_jobs, close_link, NULL
};
