/* SPDX-License-Identifier: Apache-2.0 */
/* deferred: what one deferred costs on one thread: made, given five links,
 * fired, released; and how much memory an empty one takes.
 *
 * usage: deferred */
#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "apr_general.h"
#include "deferreds.h"

#define LINKS 5
#define TIMES 200000
#define ROUNDS 5                         /* the best of them counts */
#define EMPTY 10000

static crosstown_deferreds_t deferreds;
static uint64_t calls;

static apr_status_t count(crosstown_step_t *step, void *data)
{
    ++calls;
    return step->status;
}

static const crosstown_link_t table[LINKS + 1] = {
    { count, NULL }, { count, NULL }, { count, NULL }, { count, NULL },
    { count, NULL }, CROSSTOWN_CHAIN_END
};

static void add_each(crosstown_deferred_t *d)
{
    int i;

    for (i = 0; i < LINKS; ++i) {
        deferreds.add(d, count, NULL, NULL, NULL);
    }
}

static void add_table(crosstown_deferred_t *d)
{
    deferreds.add_links(d, table, NULL);
}

static double now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static double measure(void (*add)(crosstown_deferred_t *d))
{
    double start = now_ns();
    int i;

    for (i = 0; i < TIMES; ++i) {
        crosstown_deferred_t *d = deferreds.make(NULL, NULL);

        add(d);
        deferreds.fire(d, NULL);
        deferreds.release(d);
    }
    return (now_ns() - start) / TIMES;
}

static void report(const char *name, void (*add)(crosstown_deferred_t *d))
{
    double best = measure(add);
    int i;

    for (i = 1; i < ROUNDS; ++i) {
        double ns = measure(add);

        best = ns < best ? ns : best;
    }
    if (calls != (uint64_t)ROUNDS * TIMES * LINKS) {
        fprintf(stderr, "deferred: a link did not run once\n");
        exit(1);
    }
    calls = 0;
    printf("%s %.0f ns\n", name, best);
}

/* By the C library's books, with what it adds to each piece. */
static void report_empty(void)
{
    static crosstown_deferred_t *many[EMPTY];
    size_t before = mallinfo2().uordblks;
    int i;

    for (i = 0; i < EMPTY; ++i) {
        many[i] = deferreds.make(NULL, NULL);
    }
    printf("deferred-empty %zu bytes\n",
           (mallinfo2().uordblks - before) / EMPTY);
    for (i = 0; i < EMPTY; ++i) {
        deferreds.release(many[i]);
    }
}

int main(void)
{
    apr_initialize();
    ct_deferreds_fill(&deferreds);
    report_empty();
    report("deferred-five-adds", add_each);
    report("deferred-table-of-five", add_table);
    return 0;
}
