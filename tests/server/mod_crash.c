/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A child that crashes writes into the error log where it was, so that a test
 * can tell whose crash it is. A module of its own, so that it can be loaded
 * into any httpd; it stays in memory when others are unloaded at the end. An
 * AddressSanitizer build says that by itself.
 *
 * Thread: the one that crashes, in a signal handler.
 */
#include <execinfo.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

#include "httpd.h"
#include "http_config.h"

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

static void register_hooks(apr_pool_t *p)
{
    (void)p;
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
