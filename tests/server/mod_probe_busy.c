/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Handlers that are busy, without end, with what a signal must not interrupt:
 * a stop finds them inside malloc(), stdio or the C library's time zone, most
 * of the time with its lock.
 *
 * Thread: the request's.
 * Lifetime: until the process ends, or for LONGEST seconds.
 */
#include "mod_probe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "apr_time.h"

#define LONGEST 30
/* More than malloc() keeps for a thread of its own: what is freed on another
 * thread goes back to where it came from, under that lock. */
#define BLOCK 3000
#define BLOCKS 64

static void in_malloc(void)
{
    static void *blocks[BLOCKS];     /* static: not to be seen through */
    int i;

    for (i = 0; i < BLOCKS; ++i) {
        blocks[i] = malloc(BLOCK + (size_t)i * 64);
    }
    for (i = 0; i < BLOCKS; ++i) {
        free(blocks[i]);
    }
}

static void in_stdio(void)
{
    static int number;

    (void)fprintf(stderr, "%s", ++number < 0 ? "never" : "");
    (void)fflush(NULL);
}

static void in_time(void)
{
    time_t now = time(NULL);
    struct tm local;

    (void)localtime_r(&now, &local);
}

void probe_do_busy(probe_script_t *script, const char *value)
{
    void (*deed)(void) = !strcmp(value, "malloc") ? in_malloc
                         : !strcmp(value, "stdio") ? in_stdio : in_time;
    apr_time_t end = apr_time_now() + apr_time_from_sec(LONGEST);
    probe_line_t line;

    probe_line_begin(&line, "busy");
    probe_line_add(&line, "tag", script->order.tag);
    probe_line_end(&line);
    while (apr_time_now() < end) {
        int i;

        for (i = 0; i < 1000; ++i) {
            deed();
        }
    }
}

static apr_status_t say_gone(void *data)
{
    probe_line_t line;

    free(data);
    probe_line_begin(&line, "gone");
    probe_line_end(&line);
    return APR_SUCCESS;
}

static crosstown_deferred_t *make_bulky(void)
{
    crosstown_deferred_t *d = probe_crosstown.deferreds->make(NULL, NULL);

    apr_pool_cleanup_register(probe_crosstown.deferreds->pool(d),
                              malloc(BLOCK), say_gone, apr_pool_cleanup_null);
    return d;
}

/* Two deferreds: one that is to fail in an hour, one that is stashed. */
void probe_do_leave(probe_script_t *script, const char *value)
{
    const crosstown_deferreds_t *deferreds = probe_crosstown.deferreds;
    crosstown_deferred_t *timed = make_bulky();
    crosstown_deferred_t *stashed = make_bulky();
    char id[CROSSTOWN_STASH_ID_SIZE];

    ap_assert(deferreds->timeout(timed, apr_time_from_sec(3600))
              == APR_SUCCESS);
    ap_assert(deferreds->stash(stashed, id) == APR_SUCCESS);
    deferreds->release(timed);
    deferreds->release(stashed);
}

void probe_do_bulk(probe_script_t *script, const char *value)
{
    script->bulk = (apr_size_t)atoi(value);
}
