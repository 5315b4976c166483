/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A child that crashes writes into the error log where it was, so that a test
 * can tell whose crash it is. A module of its own, so that it can be loaded
 * into any httpd; it stays in memory when others are unloaded at the end. An
 * AddressSanitizer build says that by itself.
 *
 * And no child hears of a stop while it drops its privileges. prefork ends a
 * child inside the signal's handler, whatever was interrupted; in malloc(),
 * which initgroups() calls, that is a corrupt heap, with or without a module
 * of ours. (While modules start it keeps signals off by itself.)
 *
 * Thread: the one that crashes, in a signal handler; else the main thread.
 */
#include <execinfo.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

#include "httpd.h"
#include "http_config.h"
#include "mpm_common.h"

extern module AP_MODULE_DECLARE_DATA crash_module;

#define DEEPEST 48

static const int fatal[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT };

static atomic_flag told = ATOMIC_FLAG_INIT;

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

static void let_stops_wait(int how)
{
    sigset_t stops;

    sigemptyset(&stops);
    sigaddset(&stops, SIGTERM);
    sigaddset(&stops, SIGHUP);
    sigprocmask(how, &stops, NULL);
}

static int before_others(apr_pool_t *pchild, server_rec *s)
{
    (void)pchild;
    (void)s;
    let_stops_wait(SIG_BLOCK);
    return OK;
}

static int behind_others(apr_pool_t *pchild, server_rec *s)
{
    (void)pchild;
    (void)s;
    let_stops_wait(SIG_UNBLOCK);
    return OK;
}

static void register_hooks(apr_pool_t *p)
{
    (void)p;
    ap_hook_drop_privileges(before_others, NULL, NULL, APR_HOOK_REALLY_FIRST);
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
