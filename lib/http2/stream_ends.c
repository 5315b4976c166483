/* SPDX-License-Identifier: Apache-2.0 */
/* stream_ends: a window of bits that moves with the newest stream; what it
 * moves over is cleared. Bits, since one connection may open a stream for each
 * of its requests for hours. */
#include "stream_ends.h"

static void put(ct_stream_side_t *side, apr_uint32_t place, int value)
{
    _Atomic apr_uint32_t *word =
        &side->bits[place % CT_STREAM_ENDS_KEPT / 32];
    apr_uint32_t bit = (apr_uint32_t)1 << place % 32;
    apr_uint32_t old = atomic_load_explicit(word, memory_order_relaxed);

    atomic_store_explicit(word, value ? old | bit : old & ~bit,
                          memory_order_relaxed);
}

/* A client may leave out as many stream numbers as it likes. */
static void clear(ct_stream_side_t *side)
{
    apr_size_t i;

    for (i = 0; i < CT_STREAM_ENDS_KEPT / 32; ++i) {
        atomic_store_explicit(&side->bits[i], 0, memory_order_relaxed);
    }
}

void ct_stream_ends_note(ct_stream_ends_t *ends, apr_uint32_t stream)
{
    ct_stream_side_t *side = &ends->sides[stream % 2];
    apr_uint32_t place = stream / 2;
    apr_uint32_t newest = atomic_load_explicit(&side->newest,
                                               memory_order_relaxed);

    if (place + CT_STREAM_ENDS_KEPT <= newest) {
        return;
    }
    if (newest + CT_STREAM_ENDS_KEPT <= place) {
        clear(side);
        newest = place;
    }
    while (newest < place) {
        put(side, ++newest, 0);
    }
    put(side, place, 1);
    atomic_store_explicit(&side->newest, newest, memory_order_release);
}

int ct_stream_ends_ask(ct_stream_ends_t *ends, apr_uint32_t stream)
{
    ct_stream_side_t *side = &ends->sides[stream % 2];
    apr_uint32_t place = stream / 2;
    apr_uint32_t newest = atomic_load_explicit(&side->newest,
                                               memory_order_acquire);
    apr_uint32_t bits;

    if (place > newest) {
        return 0;
    }
    if (place + CT_STREAM_ENDS_KEPT <= newest) {
        return -1;
    }
    bits = atomic_load_explicit(
        &side->bits[place % CT_STREAM_ENDS_KEPT / 32], memory_order_relaxed);
    return bits >> place % 32 & 1;
}
