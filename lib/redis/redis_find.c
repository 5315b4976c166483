/* SPDX-License-Identifier: Apache-2.0 */
/* redis_find: sentinels are asked anew for each connect, in their order: the
 * first one that knows the service is believed. A name is looked up by hiredis
 * without a limit of time, which is why only a sender's thread comes here. */
#include "redis_find.h"

#include "address.h"
#include "engine.h"

#include "apr_strings.h"

#define MOST_PORT 65535

static struct timeval limit_of(const ct_redis_address_t *address)
{
    struct timeval limit;

    limit.tv_sec = (time_t)apr_time_sec(address->timeout);
    limit.tv_usec = (suseconds_t)apr_time_usec(address->timeout);
    return limit;
}

/* @param port  0: name is the path of a socket */
static redisContext *connect_to(const ct_redis_address_t *address,
                                const char *name, int port, char *words)
{
    struct timeval limit = limit_of(address);
    redisContext *context = port
        ? redisConnectWithTimeout(name, port, limit)
        : redisConnectUnixWithTimeout(name, limit);

    if (context && !context->err
        && redisSetTimeout(context, limit) == REDIS_OK
        && (!port || redisEnableKeepAlive(context) == REDIS_OK)) {
        return context;
    }
    apr_snprintf(words, CT_ENGINE_WORDS, "%s: %s", name,
                 context ? context->errstr : "no memory");
    if (context) {
        redisFree(context);
    }
    return NULL;
}

/* @return 0: it is no host and port */
static int port_in(const redisReply *reply)
{
    int port = reply->type == REDIS_REPLY_ARRAY && reply->elements == 2
               && reply->element[0]->str && reply->element[1]->str
        ? ct_address_number(reply->element[1]->str, MOST_PORT) : 0;

    return port > 0 ? port : 0;
}

/* What a sentinel answers: host and port of the master. */
static redisContext *follow(const ct_redis_address_t *address,
                            const redisReply *reply, char *words)
{
    int port;

    if (reply->type == REDIS_REPLY_ERROR) {
        apr_snprintf(words, CT_ENGINE_WORDS, "a sentinel answers: %s",
                     reply->str);
        return NULL;
    }
    if (reply->type == REDIS_REPLY_NIL) {
        apr_snprintf(words, CT_ENGINE_WORDS, "the sentinels know no service "
                     "\"%s\"", address->service);
        return NULL;
    }
    port = port_in(reply);
    if (!port) {
        apr_cpystrn(words, "a sentinel answers with something else than a "
                    "host and a port: is that a sentinel?", CT_ENGINE_WORDS);
        return NULL;
    }
    return connect_to(address, reply->element[0]->str, port, words);
}

static redisContext *ask(const ct_redis_address_t *address,
                         const ct_redis_host_t *host, char *words)
{
    redisContext *sentinel = connect_to(address, host->name, host->port,
                                        words);
    redisContext *found = NULL;
    redisReply *reply;

    if (!sentinel) {
        return NULL;
    }
    reply = redisCommand(sentinel, "SENTINEL get-master-addr-by-name %s",
                         address->service);
    if (reply) {
        found = follow(address, reply, words);
        freeReplyObject(reply);
    }
    else {
        apr_snprintf(words, CT_ENGINE_WORDS, "sentinel %s:%d: %s", host->name,
                     host->port, sentinel->errstr);
    }
    redisFree(sentinel);
    return found;
}

redisContext *ct_redis_find(const ct_redis_address_t *address, char *words)
{
    const ct_redis_host_t *hosts = (const ct_redis_host_t *)
        address->hosts->elts;
    redisContext *context = NULL;
    int i;

    if (address->path) {
        return connect_to(address, address->path, 0, words);
    }
    if (!address->service) {
        return connect_to(address, hosts[0].name, hosts[0].port, words);
    }
    for (i = 0; i < address->hosts->nelts && !context; ++i) {
        context = ask(address, &hosts[i], words);
    }
    return context;
}
