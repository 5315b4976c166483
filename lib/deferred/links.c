/* SPDX-License-Identifier: Apache-2.0 */
/* links: the links of a deferred that wait for their turn. The oldest lies in
 * the deferred, so that one pair or one table takes no memory; those behind
 * it lie in blocks of a few. A block goes when its last link is taken, but for
 * one that stays for what is added next. */
#include "deferred.h"

#include <stdlib.h>

static int empty(const ct_links_t *links)
{
    return !links || links->taken == links->used;
}

static ct_links_t *last_with_room(crosstown_deferred_t *d)
{
    ct_links_t *links = d->last_links;

    if (links && links->used < CT_LINKS_AT_ONCE) {
        return links;
    }
    links = malloc(sizeof(*links));
    if (!links) {
        return NULL;
    }
    links->next = NULL;
    links->taken = links->used = 0;
    if (d->last_links) {
        d->last_links->next = links;
    }
    else {
        d->links = links;
    }
    d->last_links = links;
    return links;
}

apr_status_t ct_links_append(crosstown_deferred_t *d, ct_link_e kind,
                             const ct_link_t *link)
{
    ct_links_t *links;

    if (d->first_kind == CT_LINK_NONE) {
        d->first_kind = (unsigned char)kind;
        d->first = *link;
        return APR_SUCCESS;
    }
    links = last_with_room(d);
    if (!links) {
        return APR_ENOMEM;
    }
    links->kinds[links->used] = (unsigned char)kind;
    links->links[links->used] = *link;
    ++links->used;
    return APR_SUCCESS;
}

static int unfollow(unsigned char *kind, ct_link_t *link,
                    const crosstown_deferred_t *follower)
{
    if (*kind != CT_LINK_FOLLOW || link->follower != follower) {
        return 0;
    }
    *kind = CT_LINK_PAIR;
    link->pair = (ct_pair_t){ NULL, NULL, NULL, NULL };
    return 1;
}

/* What stays lets pass what comes. */
int ct_links_unfollow(crosstown_deferred_t *d,
                      const crosstown_deferred_t *follower)
{
    ct_links_t *links;
    int i;

    if (unfollow(&d->first_kind, &d->first, follower)) {
        return 1;
    }
    for (links = d->links; links; links = links->next) {
        for (i = links->taken; i < links->used; ++i) {
            if (unfollow(&links->kinds[i], &links->links[i], follower)) {
                return 1;
            }
        }
    }
    return 0;
}

static void move_up(crosstown_deferred_t *d)
{
    ct_links_t *links = d->links;

    d->first_kind = CT_LINK_NONE;
    if (empty(links)) {
        return;
    }
    d->first_kind = links->kinds[links->taken];
    d->first = links->links[links->taken];
    if (++links->taken < links->used) {
        return;
    }
    if (links->next) {
        d->links = links->next;
        free(links);
    }
    else {
        links->taken = links->used = 0;
    }
}

static int at_end(const crosstown_link_t *row)
{
    return !row->callback && !row->errback;
}

ct_link_e ct_links_take(crosstown_deferred_t *d, ct_link_t *link)
{
    ct_link_e kind = (ct_link_e)d->first_kind;

    if (kind == CT_LINK_TABLE) {
        const crosstown_link_t *row = d->first.table.row++;

        link->pair.callback = row->callback;
        link->pair.errback = row->errback;
        link->pair.callback_data = link->pair.errback_data
            = d->first.table.data;
        if (at_end(row + 1)) {
            move_up(d);
        }
        return CT_LINK_PAIR;
    }
    *link = d->first;
    move_up(d);
    return kind;
}

/* No other waits for this one: that would have a reference to it. */
void ct_links_free(crosstown_deferred_t *d)
{
    while (d->first_kind != CT_LINK_NONE) {
        if (d->first_kind == CT_LINK_TAP) {
            (void)d->first.tap->over(d->first.tap, NULL);
        }
        move_up(d);
    }
    free(d->links);
}
