/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A child that crashes writes into the error log where it was, so that a test
 * can tell whose crash it is. A module of its own, so that it can be loaded
 * into any httpd; it stays in memory when others are unloaded at the end. An
 * AddressSanitizer build says that by itself.
 *
 * And no child of prefork hears of a stop before it has dropped its
 * privileges. httpd ends it inside the signal's handler, whatever was
 * interrupted; in malloc(), which its first pool and initgroups() call, that
 * is a corrupt heap, with or without a module of ours. (While modules start
 * httpd keeps signals off by itself.)
 *
 * With a sanitizer APR's own allocator gives back what a pool had, as those of
 * the MPM do by MaxMemFree: who still reads it crashes.
 *
 * Thread: the one that crashes, in a signal handler; else the main thread.
 */
#include <execinfo.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "httpd.h"
#include "http_config.h"
#include "http_log.h"
#include "mpm_common.h"

extern module AP_MODULE_DECLARE_DATA crash_module;

#define DEEPEST 48

static const int fatal[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT };

static atomic_flag told = ATOMIC_FLAG_INIT;
static int is_about_to_fork;         /* the parent, children of prefork */
static int is_forked;

/* The child dies of the same signal, as its parent shall see. What crashes one
 * thread may well crash another one at the same time: that must not end the
 * child before the first has told. */
static void explain(int number)
{
    static const char head[] = "a child has crashed, at\n";
    void *frames[DEEPEST];
    int depth;

    while (atomic_flag_test_and_set(&told)) {
        (void)pause();
    }
    depth = backtrace(frames, DEEPEST);
    (void)!write(STDERR_FILENO, head, sizeof(head) - 1);
    backtrace_symbols_fd(frames, depth, STDERR_FILENO);
    (void)signal(number, SIG_DFL);
    (void)raise(number);
}

static void explain_crashes(apr_pool_t *pchild, server_rec *s)
{
    struct sigaction action = { .sa_handler = explain };
    void *first[1];
    apr_size_t i;

    (void)pchild;
    (void)s;
    /* backtrace() allocates when it is called for the first time only. */
    (void)backtrace(first, 1);
    for (i = 0; i < sizeof(fatal) / sizeof(fatal[0]); i++) {
        sigaction(fatal[i], &action, NULL);
    }
}

/* @return whether they have waited until now */
static int let_stops_wait(int how)
{
    sigset_t stops, until_now;

    sigemptyset(&stops);
    sigaddset(&stops, SIGTERM);
    sigaddset(&stops, SIGHUP);
    sigprocmask(how, &stops, &until_now);
    return sigismember(&until_now, SIGTERM);
}

/* In the child, before fork() has returned. */
static void begin(void)
{
    is_forked = 1;
    if (is_about_to_fork) {
        (void)let_stops_wait(SIG_BLOCK);
    }
}

static int prepare(apr_pool_t *p, apr_pool_t *logs, apr_pool_t *scratch)
{
    static int is_known;

    (void)p;
    (void)logs;
    (void)scratch;
    is_about_to_fork = 0;
    if (!is_known) {
        is_known = pthread_atfork(NULL, NULL, begin) == 0;
    }
    return OK;
}

/* The pre_mpm hook is nearer, but not run after a graceful restart. */
static int before_children(apr_pool_t *pconf, apr_pool_t *logs,
                           apr_pool_t *scratch, server_rec *s)
{
    (void)pconf;
    (void)logs;
    (void)scratch;
    (void)s;
    is_about_to_fork = !strcmp(ap_show_mpm(), "prefork");
    return OK;
}

static int behind_others(apr_pool_t *pchild, server_rec *s)
{
    (void)pchild;
    if (is_forked && !strcmp(ap_show_mpm(), "prefork")
        && !let_stops_wait(SIG_UNBLOCK)) {
        ap_log_error(APLOG_MARK, APLOG_ERR, 0, s,
                     "a stop could have met this child before its start");
    }
    is_about_to_fork = 0;
    return OK;
}

static void give_memory_back(apr_pool_t *pchild, server_rec *s)
{
    apr_pool_t *first = pchild;

    (void)s;
    while (apr_pool_parent_get(first)) {
        first = apr_pool_parent_get(first);
    }
    apr_allocator_max_free_set(apr_pool_allocator_get(first), 1);
}

static void register_hooks(apr_pool_t *p)
{
    (void)p;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    ap_hook_child_init(give_memory_back, NULL, NULL, APR_HOOK_REALLY_FIRST);
#else
    (void)give_memory_back;
#endif
    ap_hook_pre_config(prepare, NULL, NULL, APR_HOOK_REALLY_FIRST);
    ap_hook_post_config(before_children, NULL, NULL, APR_HOOK_REALLY_LAST);
    ap_hook_drop_privileges(behind_others, NULL, NULL, APR_HOOK_REALLY_LAST);
#ifdef __SANITIZE_ADDRESS__
    (void)explain_crashes;
#else
    ap_hook_child_init(explain_crashes, NULL, NULL, APR_HOOK_REALLY_FIRST);
#endif
}

AP_DECLARE_MODULE(crash) = {
    STANDARD20_MODULE_STUFF, NULL, NULL, NULL, NULL, NULL, register_hooks,
    AP_MODULE_FLAG_NONE
};
