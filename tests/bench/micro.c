/* SPDX-License-Identifier: Apache-2.0 */
/* micro: see micro.h.
 *
 * usage: micro contenders
 *        micro CONTENDER throughput PRODUCERS RUNNERS BATCH MILLISECONDS
 *        micro CONTENDER depth WAITING TIMES
 *        micro CONTENDER latency SAMPLES
 *        micro CONTENDER burst IDLE-RUNNERS TASKS MILLISECONDS
 *        micro CONTENDER memory one|each TASKS
 *        micro CONTENDER left one|each TASKS THREADS MICROSECONDS
 *        micro CONTENDER lines ROUNDS */
#include "micro.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "apr_general.h"

#define PATIENCE_NS 60000000000LL
#define MOST_THREADS 1024

const contender_t *const micro_contenders[] = {
    &micro_crosstown,
    &micro_apr,
#ifdef HAVE_GLIB
    &micro_glib,
#endif
#ifdef HAVE_UV
    &micro_uv,
#endif
    NULL
};

static const struct {
    const char *name;
    int arguments;
    void (*measure)(const contender_t *c, char **arguments);
} measurements[] = {
    { "throughput", 4, micro_throughput },
    { "depth", 2, micro_depth },
    { "latency", 1, micro_latency },
    { "burst", 3, micro_burst },
    { "memory", 2, micro_memory },
    { "left", 4, micro_left },
    { "lines", 1, micro_lines }
};

/* Each thread counts for itself: a shared counter would cost more than some
 * of what is measured. */
static struct {
    int64_t count;
    char apart[120];
} counters[MOST_THREADS];
static int threads;
static __thread int64_t *mine;

int64_t micro_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

void micro_sleep_us(long us)
{
    struct timespec time = { us / 1000000, us % 1000000 * 1000 };

    nanosleep(&time, NULL);
}

void micro_give_up(const char *what)
{
    fprintf(stderr, "micro: %s\n", what);
    fflush(NULL);
    _exit(1);
}

void micro_count(void *data)
{
    (void)data;
    if (!mine) {
        int slot = __atomic_fetch_add(&threads, 1, __ATOMIC_RELAXED);

        micro_insist(slot < MOST_THREADS, "too many threads");
        mine = &counters[slot].count;
    }
    __atomic_store_n(mine, *mine + 1, __ATOMIC_RELEASE);
}

int64_t micro_counted(void)
{
    int known = __atomic_load_n(&threads, __ATOMIC_RELAXED);
    int64_t sum = 0;

    while (known-- > 0) {
        sum += __atomic_load_n(&counters[known].count, __ATOMIC_ACQUIRE);
    }
    return sum;
}

void micro_wait_counted(const contender_t *c, void *producer, int64_t count)
{
    int64_t until = micro_now() + PATIENCE_NS;

    while (micro_counted() < count) {
        micro_insist(micro_now() < until, "not all tasks ran");
        if (c->collect) {
            c->collect(producer);
        }
        micro_sleep_us(20);
    }
    if (c->collect) {
        c->collect(producer);
    }
}

/* Each waits for the others, so that no thread can run two of them. */
typedef struct {
    int wanted;
    int present;
    int gone;
} assembly_t;

static void attend_assembly(void *data)
{
    assembly_t *assembly = data;

    __atomic_add_fetch(&assembly->present, 1, __ATOMIC_SEQ_CST);
    while (__atomic_load_n(&assembly->present, __ATOMIC_SEQ_CST)
           < assembly->wanted) {
        micro_sleep_us(200);
    }
    __atomic_add_fetch(&assembly->gone, 1, __ATOMIC_SEQ_CST);
}

void micro_assemble(const contender_t *c, void *producer, int runners)
{
    assembly_t assembly = { runners, 0, 0 };
    micro_task_t task = { attend_assembly, &assembly };
    int64_t until = micro_now() + PATIENCE_NS;
    int i;

    for (i = 0; i < runners; ++i) {
        c->push(producer, &task, 1);
    }
    while (__atomic_load_n(&assembly.gone, __ATOMIC_SEQ_CST) < runners) {
        micro_insist(micro_now() < until, "not all threads came");
        micro_sleep_us(200);
    }
    if (c->collect) {
        c->collect(producer);
    }
    micro_sleep_us(5000);
}

static void be_held(void *data)
{
    micro_hold_t *hold = data;

    sem_post(&hold->entered);
    while (sem_wait(&hold->leave) != 0) {
    }
}

void micro_hold(const contender_t *c, void *producer, micro_hold_t *hold)
{
    sem_init(&hold->entered, 0, 0);
    sem_init(&hold->leave, 0, 0);
    hold->task.fn = be_held;
    hold->task.data = hold;
    c->push(producer, &hold->task, 1);
    while (sem_wait(&hold->entered) != 0) {
    }
}

void micro_let_go(micro_hold_t *hold)
{
    sem_post(&hold->leave);
}

int micro_by_size(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

static const contender_t *find_contender(const char *name)
{
    int i;

    for (i = 0; micro_contenders[i]; ++i) {
        if (strcmp(micro_contenders[i]->name, name) == 0) {
            return micro_contenders[i];
        }
    }
    micro_give_up("no such contender in this build");
}

int main(int argc, char **argv)
{
    const char *wanted = argc > 1 ? argv[1] : "";
    size_t i;

    apr_initialize();
    if (argc == 2 && strcmp(wanted, "contenders") == 0) {
        for (i = 0; micro_contenders[i]; ++i) {
            puts(micro_contenders[i]->name);
        }
        return 0;
    }
    for (i = 0; argc > 2
                && i < sizeof(measurements) / sizeof(*measurements); ++i) {
        if (strcmp(measurements[i].name, argv[2]) == 0
            && measurements[i].arguments == argc - 3) {
            measurements[i].measure(find_contender(wanted), argv + 3);
            if (micro_tell_more) {
                micro_tell_more();
            }
            fflush(NULL);
            _exit(0);
        }
    }
    micro_give_up("usage: micro CONTENDER MEASUREMENT ARGUMENTS");
}
