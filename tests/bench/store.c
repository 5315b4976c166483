/* SPDX-License-Identifier: Apache-2.0 */
/* store: the store without a server round it: several processes, each with
 * several threads that put a task and say at once that it is done. With a
 * rate tasks arrive at it, whatever becomes of those before them, and what
 * one waits for a thread counts; without, each thread puts the next one when
 * it has put one. "full" is what one would write first: synchronous=FULL and
 * a transaction for each task, on one connection for each process.
 *
 *   store own|full PATH processes threads tasks-a-second|0 seconds
 *
 * It says "ready", and at the end how many a second, and the median, the 99th
 * percentile and the most of what a put took, in microseconds. */
#include "store.h"

#include "apr_general.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MOST (4 * 1024 * 1024)
#define WAIT apr_time_from_sec(30)
#define WARM 5

typedef struct {
    atomic_int ready;                /* threads */
    atomic_llong start;              /* ns; 0: not yet */
    atomic_uint count;
    unsigned int took[MOST];         /* us */
    ct_store_shared_t store;
} shared_t;

static shared_t *shared;
static const char *path;
static int processes, threads, rate, seconds;
static int is_full;

/* Of a process. */
static ct_store_t *store;
static sqlite3 *handle;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static atomic_int next;
static long long phase;
static pthread_cond_t started = PTHREAD_COND_INITIALIZER;
static long long start_time;         /* lock; 0: not yet */

static void give_up(const char *words)
{
    fprintf(stderr, "store: %s\n", words);
    _exit(1);
}

static long long now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (long long)time.tv_sec * 1000000000 + time.tv_nsec;
}

static void sleep_until(long long moment)
{
    struct timespec time = { moment / 1000000000, moment % 1000000000 };

    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL);
}

/* ---- the store ---- */

static void tell(void *unused, ct_store_event_e event, const char *words)
{
    give_up(words);
}

static int room(void *unused)
{
    return 0;
}

static int start(void *unused, const ct_kept_t *record)
{
    return 0;
}

static void open_own(void)
{
    ct_store_settings_t settings = { 0 };

    settings.path = path;
    settings.max = INT64_MAX;
    settings.shared = &shared->store;
    settings.tell = tell;
    settings.room = room;
    settings.start = start;
    if (ct_store_open(&store, &settings) != APR_SUCCESS) {
        give_up("cannot be opened");
    }
}

static void put_own(const char *payload, apr_size_t length)
{
    ct_kept_t kept = { 0 };
    char words[128];
    apr_status_t rv;

    kept.owned = 1;
    kept.name = "bench";
    kept.token = "0123456789abcdef0123456789abcdef";
    kept.created = kept.not_before = apr_time_now();
    kept.payload = payload;
    kept.length = length;
    rv = ct_store_put(store, &kept, 1, WAIT);
    if (rv != APR_SUCCESS) {
        give_up(apr_strerror(rv, words, sizeof(words)));
    }
    ct_store_end(store, kept.id, CT_ENDING_DONE, 1, 0, NULL);
}

/* ---- what one would write first ---- */

static void run(const char *sql)
{
    if (sqlite3_exec(handle, sql, NULL, NULL, NULL) != SQLITE_OK) {
        give_up(sqlite3_errmsg(handle));
    }
}

static void open_full(void)
{
    if (sqlite3_open(path, &handle) != SQLITE_OK) {
        give_up("cannot be opened");
    }
    sqlite3_busy_timeout(handle, 30000);
    run("PRAGMA synchronous = FULL");
}

/* @return when it was on the disk */
static long long put_full(const char *payload, apr_size_t length)
{
    char sql[1024];
    long long over;

    pthread_mutex_lock(&lock);
    snprintf(sql, sizeof(sql), "INSERT INTO task (payload) VALUES ('%.*s')",
             (int)length, payload);
    run(sql);
    over = now();
    snprintf(sql, sizeof(sql), "DELETE FROM task WHERE id = %lld",
             (long long)sqlite3_last_insert_rowid(handle));
    run(sql);
    pthread_mutex_unlock(&lock);
    return over;
}

static void make_full(void)
{
    if (sqlite3_open(path, &handle) != SQLITE_OK) {
        give_up("cannot be opened");
    }
    run("PRAGMA journal_mode = WAL;"
        "CREATE TABLE task (id INTEGER PRIMARY KEY, payload TEXT)");
    sqlite3_close(handle);
}

/* ---- threads ---- */

/* When the next one arrives; a thread that is free in time sleeps until then.
 * @return when its wait begins; 0: that was the last one */
static long long arrive(long long begin)
{
    long long moment = now();
    long long due;

    if (rate) {
        due = begin + phase + atomic_fetch_add(&next, 1)
              * (1000000000LL * processes / rate);
        if (due > moment) {
            sleep_until(due);
            moment = now();
        }
        else {
            moment = due;
        }
    }
    return moment - begin < seconds * 1000000000LL ? moment : 0;
}

/* A thousand threads that look now and then leave no processor to those that
 * are not ready yet. @return when it has begun */
static long long wait_for_start(void)
{
    pthread_mutex_lock(&lock);
    while (!start_time) {
        pthread_cond_wait(&started, &lock);
    }
    pthread_mutex_unlock(&lock);
    return start_time;
}

static void look_for_start(void)
{
    long long begin;

    while ((begin = atomic_load(&shared->start)) == 0) {
        apr_sleep(1000);
    }
    pthread_mutex_lock(&lock);
    start_time = begin;
    pthread_cond_broadcast(&started);
    pthread_mutex_unlock(&lock);
}

static void *put_many(void *unused)
{
    char payload[300];
    long long begin;
    long long from;
    long long over;

    memset(payload, 'x', sizeof(payload));
    for (int i = 0; i < WARM; ++i) {
        is_full ? (void)put_full(payload, sizeof(payload))
                : put_own(payload, sizeof(payload));
    }
    atomic_fetch_add(&shared->ready, 1);
    begin = wait_for_start();
    while ((from = arrive(begin)) != 0) {
        if (is_full) {
            over = put_full(payload, sizeof(payload));
        }
        else {
            put_own(payload, sizeof(payload));
            over = now();
        }
        shared->took[atomic_fetch_add(&shared->count, 1) % MOST] =
            (unsigned int)((over - from) / 1000);
    }
    return NULL;
}

static void be_process(void)
{
    pthread_t *all = calloc((size_t)threads, sizeof(*all));

    apr_initialize();
    srandom((unsigned int)getpid());
    phase = rate ? random() % (1000000000LL * processes / rate) : 0;
    is_full ? open_full() : open_own();
    for (int i = 0; i < threads; ++i) {
        if (pthread_create(&all[i], NULL, put_many, NULL) != 0) {
            give_up("no thread");
        }
    }
    look_for_start();
    for (int i = 0; i < threads; ++i) {
        pthread_join(all[i], NULL);
    }
    if (store) {
        ct_store_close(store, WAIT);
    }
    _exit(0);
}

/* ---- all of them ---- */

static int by_size(const void *one, const void *other)
{
    unsigned int a = *(const unsigned int *)one;
    unsigned int b = *(const unsigned int *)other;

    return (a > b) - (a < b);
}

static void show(void)
{
    unsigned int count = atomic_load(&shared->count);

    if (count == 0 || count > MOST) {
        give_up("too few or too many for it");
    }
    qsort(shared->took, count, sizeof(*shared->took), by_size);
    printf("%u %u %u %u\n", count / (unsigned int)seconds,
           shared->took[count / 2], shared->took[count / 100 * 99],
           shared->took[count - 1]);
}

int main(int argc, char **argv)
{
    int status;

    if (argc != 7) {
        return 2;
    }
    is_full = !strcmp(argv[1], "full");
    path = argv[2];
    processes = atoi(argv[3]);
    threads = atoi(argv[4]);
    rate = atoi(argv[5]);
    seconds = atoi(argv[6]);
    shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
                  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED
        || ct_store_gauges_make(&shared->store.gauges) != APR_SUCCESS) {
        return 1;
    }
    if (is_full) {
        make_full();
    }
    for (int i = 0; i < processes; ++i) {
        if (fork() == 0) {
            be_process();
        }
    }
    while (atomic_load(&shared->ready) < processes * threads
           && waitpid(-1, &status, WNOHANG) == 0) {
        apr_sleep(1000);
    }
    puts("ready");
    fflush(stdout);
    atomic_store(&shared->start, now());
    while (wait(&status) > 0) {
        if (status) {
            return 1;
        }
    }
    show();
    return 0;
}
