/* SPDX-License-Identifier: Apache-2.0 */
/* stop_signals: what may run inside a signal's handler, and who sees to that.
 *
 * prefork: httpd's handler of SIGTERM and SIGHUP leaves the process there and
 * then: it destroys pchild and calls exit(), whatever the main thread was in
 * the middle of: malloc(), stdio, a lock of a module. A drain in there would
 * wait for ever for what the interrupted thread holds. So ours stands before
 * it. If anything was ever queued, it notes the time, has httpd begin a
 * graceful stop (no new connection, SIGUSR1), wakes a thread for the drain and
 * returns: the request goes on, and gives back what it holds. The thread
 * drains as it is done in other MPMs, and sends the signal again; only then
 * httpd's handler has its turn. By then all is closed: what it still finds,
 * the tasks of the request that it cuts off, is told without a lock of ours.
 *
 * Between taking a task and telling its end (guard) the main thread is not
 * left either; httpd's handler has its turn at the end of that.
 *
 * It may hang for all that, since exit() and foreign clean-ups free memory.
 * So the thread stays: a main thread that has not run at all for a while, or
 * that is still in a task of its own, is not waited for.
 *
 * event, worker: their children are told to stop through a pipe, which nobody
 * reads any more once a graceful stop has begun. All that tells of a harder
 * one is the SIGTERM with which the parent begins to count; there it is noted.
 * They send that signal to themselves, too, to wake their main thread. */
#include "stop_signals.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "glue.h"
#include "mpm_common.h"

#include "child.h"
#include "clock.h"
#include "signals.h"
#include "stop_time.h"

/* How long the main thread may stand still below httpd's handler. */
#define STILL (APR_USEC_PER_SEC * 6 / 10)
#define LOOK  (APR_USEC_PER_SEC / 20)

typedef enum {
    SERVING,
    DRAINING,                        /* on the thread, before httpd leaves */
    AWAITED,                         /* the same, and the main thread waits */
    DRAINED,                         /* the thread is about to send httpd's
                                        handler its signal */
    LEAVING,                         /* the main thread ends by itself */
    CUT_OFF                          /* httpd's handler runs inside ours */
} phase_e;

static const int numbers[] = { SIGTERM, SIGHUP };
#define NUMBERS (sizeof(numbers) / sizeof(numbers[0]))

static ct_stop_signals_with_t brought;    /* set once */
static int threaded;                      /* set once */
static int taken_over;                    /* set once: prefork's are ours */
static struct sigaction before[NUMBERS];  /* set once */
static pid_t process;                     /* set once */
static pthread_t main_thread;             /* set once */
static ct_stop_time_t stop;
static _Atomic phase_e phase;             /* seq_cst: an exchange decides who
                                             drains */
static atomic_int begun;                  /* the drain, or the closing; an
                                             exchange: once */
static atomic_int ready;                  /* the thread was made; seq_cst:
                                             publishes its semaphores */
static sem_t wake;                        /* the thread */
static sem_t done;                        /* the main thread: drained */
static atomic_int guarded;                /* the main thread writes it, and a
                                             handler on it reads */
static volatile sig_atomic_t owed;        /* the main thread's: this signal
                                             came meanwhile */

static int passes(phase_e from, phase_e to)
{
    return atomic_compare_exchange_strong(&phase, &from, to);
}

void ct_stop_signals_note(void)
{
    ct_stop_time_note(&stop, ct_clock_now());
}

int ct_stop_signals_noted(void)
{
    return ct_stop_time_noted(&stop);
}

apr_interval_time_t ct_stop_signals_left(apr_interval_time_t allowed)
{
    return ct_stop_time_left(&stop, ct_clock_now(), allowed,
                             CT_CHILD_PARENTS_PATIENCE);
}

static int on_main_thread(void)
{
    return pthread_equal(pthread_self(), main_thread);
}

static void call_httpds(int number)
{
    before[number == SIGHUP].sa_handler(number);
}

/* On the main thread. Does not return, unless it is guarded. */
static void cut_off(int number)
{
    if (atomic_load(&guarded)) {
        owed = number;
        return;
    }
    atomic_store(&phase, CUT_OFF);
    call_httpds(number);
}

static void begin_to_drain(void)
{
    sem_post(&wake);
    pthread_kill(main_thread, AP_SIG_GRACEFUL);
}

static void obey(int number)
{
    ct_stop_signals_note();
    if (atomic_load(&ready) && passes(SERVING, DRAINING)) {
        begin_to_drain();
    }
    else if (atomic_load(&phase) == SERVING
             || atomic_load(&phase) == DRAINED) {
        if (on_main_thread()) {
            cut_off(number);
        }
        else {
            pthread_kill(main_thread, number);
        }
    }
}

/* In a process that a request has forked ours has no business. */
static void on_preforks(int number)
{
    int kept = errno;

    if (getpid() == process) {
        obey(number);
    }
    else {
        call_httpds(number);
    }
    errno = kept;
}

static void on_others(int number, siginfo_t *info, void *context)
{
    if (info->si_pid != getpid()) {
        ct_stop_signals_note();
    }
}

static void take_over(struct sigaction *old)
{
    struct sigaction ours = { .sa_flags = SA_RESTART };
    size_t i;

    ours.sa_handler = on_preforks;
    sigemptyset(&ours.sa_mask);
    for (i = 0; i < NUMBERS; ++i) {
        sigaddset(&ours.sa_mask, numbers[i]);
    }
    for (i = 0; i < NUMBERS; ++i) {
        sigaction(numbers[i], &ours, old ? &old[i] : NULL);
    }
}

static int is_function(int number)
{
    struct sigaction now;

    return sigaction(number, NULL, &now) == 0
           && !(now.sa_flags & SA_SIGINFO) && now.sa_handler != SIG_DFL
           && now.sa_handler != SIG_IGN;
}

/* A single process (-X) leaves by itself when it is told to, and knows no
 * graceful stop. */
void ct_stop_signals_start(const ct_stop_signals_with_t *with, int has_threads)
{
    brought = *with;
    threaded = has_threads;
    process = getpid();
    main_thread = pthread_self();
    taken_over = !threaded && is_function(SIGTERM) && is_function(SIGHUP)
                 && is_function(AP_SIG_GRACEFUL)
                 && sem_init(&wake, 0, 0) == 0 && sem_init(&done, 0, 0) == 0;
    if (taken_over) {
        take_over(before);
    }
}

void ct_stop_signals_leave(void)
{
    struct sigaction ours = { .sa_flags = SA_SIGINFO };

    if (threaded) {                  /* without SA_RESTART: it is to wake */
        ours.sa_sigaction = on_others;
        sigemptyset(&ours.sa_mask);
        sigaction(SIGTERM, &ours, NULL);
    }
    else if (taken_over && (passes(SERVING, LEAVING)
                            || passes(DRAINED, LEAVING))) {
        take_over(NULL);             /* httpd ignores them from here on */
    }
    else if (!taken_over) {
        ct_stop_signals_note();      /* who knows */
    }
}

static void wait_at(sem_t *semaphore)
{
    while (sem_wait(semaphore) != 0 && errno == EINTR) {
    }
}

void ct_stop_signals_drain(void)
{
    (void)(passes(SERVING, LEAVING) || passes(DRAINED, LEAVING));
    if (passes(DRAINING, AWAITED)) {
        wait_at(&done);
    }
    else if (!atomic_exchange(&begun, 1)) {
        if (atomic_load(&phase) == CUT_OFF) {
            brought.close();
        }
        else {
            brought.drain();
        }
    }
}

/* The error log's own ways may wait for what the main thread holds. */
static void say_that_it_hangs(void)
{
    char line[200];
    int length = snprintf(
        line, sizeof(line), "[crosstown:warn] [pid %d] " CTLOGNO(01403)
        "the end of the child hangs in what the stop has interrupted: it "
        "exits at once; tasks that were not told of their end count as lost\n",
        (int)process);

    (void)!write(STDERR_FILENO, line, (size_t)length);
}

static apr_int64_t processor_time(clockid_t clock)
{
    struct timespec used = { 0, 0 };

    (void)clock_gettime(clock, &used);
    return (apr_int64_t)used.tv_sec * 1000000000 + used.tv_nsec;
}

/* Until the process is gone, or its main thread ends by itself after all. */
static void watch_the_end(void)
{
    apr_interval_time_t still = 0;
    apr_int64_t seen = -1;
    clockid_t clock;

    if (pthread_getcpuclockid(main_thread, &clock) != 0) {
        return;
    }
    while (still < STILL) {
        apr_int64_t now;

        apr_sleep(LOOK);
        if (atomic_load(&phase) == LEAVING) {
            return;
        }
        now = processor_time(clock);
        still = atomic_load(&guarded) || now == seen ? still + LOOK : 0;
        seen = now;
    }
    say_that_it_hangs();
    _exit(0);
}

static void *run_thread(void *unused)
{
    wait_at(&wake);
    atomic_store(&begun, 1);
    brought.drain();
    if (passes(DRAINING, DRAINED)) {
        pthread_kill(main_thread, SIGTERM);
        watch_the_end();
    }
    else {
        sem_post(&done);
    }
    return NULL;
}

void ct_stop_signals_ready(void)
{
    ct_signals_t signals;
    pthread_t thread;

    if (!taken_over || atomic_load(&ready)) {
        return;
    }
    ct_signals_block(&signals);
    if (!atomic_exchange(&ready, 1)) {
        if (pthread_create(&thread, NULL, run_thread, NULL) == 0) {
            pthread_detach(thread);
        }
        else {
            atomic_store(&ready, 0);
        }
    }
    ct_signals_restore(&signals);
}

void ct_stop_signals_guard(void)
{
    if (taken_over && on_main_thread()) {
        atomic_fetch_add(&guarded, 1);
    }
}

void ct_stop_signals_unguard(void)
{
    if (taken_over && on_main_thread() && atomic_fetch_sub(&guarded, 1) == 1
        && owed) {
        obey(owed);
    }
}
