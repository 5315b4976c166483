/* SPDX-License-Identifier: Apache-2.0 */
/* log_rate_limit: the first line that is held back sets an alarm of the
 * child's clock, the one that fires time-outs of deferreds; it tells what was
 * held back, also where nothing happens any more. Where nothing is held back
 * there is no alarm, and perhaps no clock's thread. There are no locks: a
 * flood is counted with a few atomic additions. */
#include "log_rate_limit.h"

#include <stdlib.h>

#include "apr_atomic.h"
#include "clock.h"
#include "stop_signals.h"

/* From the first line held back to its number. */
#define WAIT (2 * APR_USEC_PER_SEC)

static _Atomic(ct_rate_limit_t *) limits; /* that ever held anything back;
                                             seq_cst: publishes one */
static atomic_int closed;                 /* a flag: a late line comes by the
                                             flush */
static atomic_int armed;                  /* next_look is set; seq_cst: who
                                             holds back counts, then looks
                                             here; ring() looks again */
static atomic_uint refused;               /* the second in which the clock
                                             could not be had; a hint */
static ct_alarm_t next_look;              /* the clock's while armed */

static unsigned int this_second(void)
{
    return (unsigned int)apr_time_sec(apr_time_now());
}

/* A clock that makes no thread now is not asked again in this second. */
static void arm(void)
{
    unsigned int second = this_second();

    if (atomic_load(&closed) || atomic_load(&refused) == second
        || atomic_exchange(&armed, 1)) {
        return;
    }
    ct_stop_signals_ready();         /* a stop has something to tell */
    if (ct_clock_set(&next_look, WAIT) != APR_SUCCESS) {
        atomic_store(&refused, second);
        atomic_store(&armed, 0);
    }
}

static void tell(const ct_rate_limit_t *limit, server_rec *s,
                 const char *name, unsigned int held)
{
    if (limit->others) {
        limit->others->rest(s, held, limit->others->data);
    }
    else {
        limit->tell(s, name, held);
    }
}

/* Of `one`, what was held back, unless its line was written just now. */
static int tell_one(const ct_rate_limit_t *limit, unsigned int one,
                    unsigned int second)
{
    ct_rate_count_t *count = &limit->counts[one];
    char name[CT_SNAPSHOT_NAME_SIZE];
    unsigned int held;

    if (atomic_load(&count->held) == 0) {
        return 0;
    }
    if (atomic_load(&count->second) == second) {
        return 1;
    }
    held = atomic_exchange(&count->held, 0);
    if (held > 0) {
        int named = limit->names > 1 && ct_name_ids_text(one, name);

        tell(limit, atomic_load(&count->server), named ? name : NULL, held);
    }
    return 0;
}

/* @return is something still held back? */
static int tell_all(unsigned int second)
{
    const ct_rate_limit_t *limit;
    unsigned int one;
    int left = 0;

    for (limit = atomic_load(&limits); limit; limit = limit->next) {
        for (one = 0; one < limit->names; ++one) {
            left |= tell_one(limit, one, second);
        }
    }
    return left;
}

static void ring(void *unused)
{
    atomic_store(&armed, 0);         /* first: who comes now is not missed */
    if (tell_all(this_second())) {
        arm();
    }
}

/* The clock stops: the flush tells it. */
static void drop(void *unused)
{
    atomic_store(&armed, 0);
}

static void list(ct_rate_limit_t *limit)
{
    if (!atomic_exchange(&limit->listed, 1)) {
        limit->next = atomic_load(&limits);
        while (!atomic_compare_exchange_weak(&limits, &limit->next, limit)) {
        }
    }
}

static int has_line_left(const ct_rate_limit_t *limit, ct_rate_count_t *count)
{
    unsigned int second = this_second();
    unsigned int before = atomic_load(&count->second);

    if (second != before
        && atomic_compare_exchange_strong(&count->second, &before, second)) {
        atomic_store(&count->lines, 0);
    }
    return atomic_load(&count->lines) < limit->lines
           && atomic_fetch_add(&count->lines, 1) < limit->lines;
}

int ct_rate_limit_allows(ct_rate_limit_t *limit, server_rec *s,
                         const char *name)
{
    ct_rate_count_t *count = &limit->counts[name ? ct_name_ids_find(name) : 0];
    unsigned int held;

    if (!has_line_left(limit, count)) {
        atomic_store(&count->server, s);
        atomic_fetch_add(&count->held, 1);
        list(limit);
        arm();
        return 0;
    }
    held = atomic_exchange(&count->held, 0);
    if (held > 0) {
        tell(limit, s, name, held);
    }
    return 1;
}

/** What is made of another module's limit when it is first asked for. */
typedef struct {
    ct_rate_limit_t limit;
    ct_rate_count_t count;
} others_t;

static ct_rate_limit_t *inside_of(crosstown_log_limit_t *limit)
{
    volatile void **place = (volatile void **)&limit->inside;
    ct_rate_limit_t *inside = apr_atomic_casptr(place, NULL, NULL);

    if (!inside) {
        others_t *made = calloc(1, sizeof(*made));
        void *first;

        if (!made) {
            return NULL;
        }
        made->limit.lines = limit->lines;
        made->limit.counts = &made->count;
        made->limit.names = 1;
        made->limit.others = limit;
        first = apr_atomic_casptr(place, made, NULL);
        inside = first ? first : &made->limit;
        if (first) {
            free(made);
        }
    }
    return inside;
}

static int crosstown_log_allows(crosstown_log_limit_t *limit,
                                struct server_rec *s)
{
    ct_rate_limit_t *inside = inside_of(limit);

    return !inside || ct_rate_limit_allows(inside, s, NULL);
}

void ct_rate_limit_export(void)
{
    APR_REGISTER_OPTIONAL_FN(crosstown_log_allows);
}

void ct_rate_limit_start(void)
{
    const ct_rate_limit_t *limit;
    unsigned int one;

    for (limit = atomic_load(&limits); limit; limit = limit->next) {
        for (one = 0; one < limit->names; ++one) {
            atomic_store(&limit->counts[one].held, 0);
        }
    }
    next_look.ring = ring;
    next_look.drop = drop;
    atomic_store(&closed, 0);
}

void ct_rate_limit_close(void)
{
    atomic_store(&closed, 1);
}

void ct_rate_limit_flush(void)
{
    (void)tell_all(0);               /* no line was written in that second */
}
