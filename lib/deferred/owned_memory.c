/* SPDX-License-Identifier: Apache-2.0 */
/* owned_memory: what goes when a deferred goes, or the one that took its
 * result over, because the result may lie in there. They lie in a ring, so
 * that two become one at once, and none is inside another: pools inside pools
 * would be destroyed recursively. */
#include "deferred.h"

#include <string.h>

#include "apr_pools.h"
#include "apr_strings.h"

typedef struct memory_t {
    ct_owned_t owned;
    apr_pool_t *pool;                /* which has this struct in it */
} memory_t;

void ct_owned_memory_add(crosstown_deferred_t *d, ct_owned_t *owned)
{
    ct_owned_t *last = d->owned;

    if (last) {
        owned->next = last->next;
        last->next = owned;
    }
    else {
        owned->next = owned;
    }
    d->owned = owned;
}

void ct_owned_memory_move(crosstown_deferred_t *from, crosstown_deferred_t *to)
{
    ct_owned_t *moved = from->owned;

    if (moved && to->owned) {
        ct_owned_t *first = to->owned->next;

        to->owned->next = moved->next;
        moved->next = first;
    }
    else if (moved) {
        to->owned = moved;
    }
    from->owned = NULL;
}

void ct_owned_memory_free(crosstown_deferred_t *d)
{
    ct_owned_t *owned = d->owned;

    if (!owned) {
        return;
    }
    owned = owned->next;
    d->owned->next = NULL;
    d->owned = NULL;
    while (owned) {
        ct_owned_t *next = owned->next;

        owned->end(owned);
        owned = next;
    }
}

static void destroy(ct_owned_t *owned)
{
    apr_pool_destroy(((memory_t *)owned)->pool);
}

/* A ring has a pool or two in most cases: who needs one takes the first. */
static memory_t *find_memory(crosstown_deferred_t *d)
{
    ct_owned_t *owned = d->owned;

    if (owned) {
        do {
            if (owned->end == destroy) {
                return (memory_t *)owned;
            }
            owned = owned->next;
        } while (owned != d->owned);
    }
    return NULL;
}

/* With an allocator of its own: pools of others may be in use on their
 * threads. */
apr_pool_t *ct_owned_memory_pool(crosstown_deferred_t *d)
{
    memory_t *memory = d ? find_memory(d) : NULL;
    apr_pool_t *pool;

    if (memory) {
        return memory->pool;
    }
    if (!d || apr_pool_create_unmanaged_ex(&pool, NULL, NULL)
              != APR_SUCCESS) {
        return NULL;
    }
    memory = apr_palloc(pool, sizeof(*memory));
    if (!memory) {
        apr_pool_destroy(pool);
        return NULL;
    }
    memory->owned.end = destroy;
    memory->pool = pool;
    ct_owned_memory_add(d, &memory->owned);
    return pool;
}

crosstown_reply_t *ct_owned_memory_reply(crosstown_deferred_t *d, int status,
                                         const char *type, const char *body)
{
    apr_pool_t *pool = ct_owned_memory_pool(d);
    crosstown_reply_t *reply = pool ? apr_pcalloc(pool, sizeof(*reply))
                               : NULL;

    if (!reply) {
        return NULL;
    }
    reply->size = sizeof(*reply);
    reply->status = status;
    reply->type = type ? apr_pstrdup(pool, type) : NULL;
    reply->body = body ? apr_pstrdup(pool, body) : NULL;
    reply->length = body ? strlen(body) : 0;
    if ((type && !reply->type) || (body && !reply->body)) {
        return NULL;
    }
    return reply;
}
