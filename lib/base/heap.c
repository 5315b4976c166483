/* SPDX-License-Identifier: Apache-2.0 */
/* heap: a binary heap (Williams, 1964), since times come in any order and many
 * are taken out before they are due. It grows and is kept. */
#include "heap.h"

#include <stdlib.h>

#define ROOM_AT_FIRST 64

ct_timed_t *ct_heap_first(const ct_heap_t *heap)
{
    return heap->count > 0 ? heap->items[1] : NULL;
}

static void place_at(ct_heap_t *heap, ct_timed_t *item, apr_size_t place)
{
    heap->items[place] = item;
    item->place = place;
}

static void sift_up(ct_heap_t *heap, ct_timed_t *item, apr_size_t place)
{
    while (place > 1 && item->at < heap->items[place / 2]->at) {
        place_at(heap, heap->items[place / 2], place);
        place /= 2;
    }
    place_at(heap, item, place);
}

static void sift_down(ct_heap_t *heap, ct_timed_t *item, apr_size_t place)
{
    apr_size_t child;

    while ((child = 2 * place) <= heap->count) {
        if (child < heap->count
            && heap->items[child + 1]->at < heap->items[child]->at) {
            ++child;
        }
        if (item->at <= heap->items[child]->at) {
            break;
        }
        place_at(heap, heap->items[child], place);
        place = child;
    }
    place_at(heap, item, place);
}

static apr_status_t make_room(ct_heap_t *heap)
{
    apr_size_t wanted = heap->room ? 2 * heap->room : ROOM_AT_FIRST;
    ct_timed_t **larger;

    if (heap->count + heap->promised + 1 < heap->room) {
        return APR_SUCCESS;
    }
    larger = realloc(heap->items, wanted * sizeof(*larger));
    if (!larger) {
        return APR_ENOMEM;
    }
    heap->items = larger;
    heap->room = wanted;
    return APR_SUCCESS;
}

apr_status_t ct_heap_put(ct_heap_t *heap, ct_timed_t *item)
{
    apr_status_t rv = make_room(heap);

    if (rv == APR_SUCCESS) {
        sift_up(heap, item, ++heap->count);
    }
    return rv;
}

apr_status_t ct_heap_promise(ct_heap_t *heap)
{
    apr_status_t rv = make_room(heap);

    if (rv == APR_SUCCESS) {
        ++heap->promised;
    }
    return rv;
}

void ct_heap_release(ct_heap_t *heap)
{
    --heap->promised;
}

void ct_heap_take(ct_heap_t *heap, ct_timed_t *item)
{
    apr_size_t place = item->place;
    ct_timed_t *last = heap->items[heap->count--];

    item->place = 0;
    if (last == item) {
        return;
    }
    if (place > 1 && last->at < heap->items[place / 2]->at) {
        sift_up(heap, last, place);
    }
    else {
        sift_down(heap, last, place);
    }
}
