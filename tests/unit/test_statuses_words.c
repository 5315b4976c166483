/* SPDX-License-Identifier: Apache-2.0 */
/* statuses: a set, said in words, is the same set when they are read. */
#include "support.h"

#include "statuses.h"

/* What is read, and how it is said. */
static const char *const said[][2] = {
    { "none", "none" },
    { "404", "404" },
    { "4xx 5xx", "4xx 5xx" },
    { "100-599", "1xx 2xx 3xx 4xx 5xx" },
    { "5xx,400-405 302", "302 400-405 5xx" },
    { "404 403 402", "402-404" },
    { "399 4xx 500", "399 4xx 500" },
    { "399-400", "399-400" },
    { "100 599", "100 599" },
    { "350-550", "350-399 4xx 500-550" },
    { "200-298 299", "2xx" },
    { "599", "599" },
};

static void the_shortest_words(void **state)
{
    size_t i;

    for (i = 0; i < sizeof(said) / sizeof(said[0]); ++i) {
        ct_statuses_t set;

        assert_null(ct_statuses_parse(&set, said[i][0], *state));
        assert_string_equal(ct_statuses_words(&set, *state), said[i][1]);
    }
}

/* Sets with all kinds of gaps. */
static void they_mean_the_same(void **state)
{
    unsigned int step, low;

    for (step = 2; step < 140; step += 3) {
        ct_statuses_t set, again;

        memset(&set, 0, sizeof(set));
        for (low = step % 7; low < 500; low += step) {
            unsigned int end = low + step / 2 + low % 3;

            for (; low < end && low < 500; ++low) {
                set.bits[low / 32] |= (apr_uint32_t)1 << low % 32;
            }
        }
        assert_null(ct_statuses_parse(&again, ct_statuses_words(&set, *state),
                                      *state));
        assert_memory_equal(&set, &again, sizeof(set));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_pool(the_shortest_words),
        with_pool(they_mean_the_same),
    };

    return run_group("statuses: words", tests);
}
