/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A child that crashes writes into the error log where it was, so that a test
 * can tell whose crash it is. An AddressSanitizer build says that by itself.
 *
 * Thread: the one that crashes, in a signal handler.
 */
#include "mod_probe.h"

#include <execinfo.h>
#include <signal.h>
#include <unistd.h>

#ifdef __SANITIZE_ADDRESS__

void probe_explain_crashes(apr_pool_t *pchild, server_rec *s)
{
    (void)pchild;
    (void)s;
}

#else

#define DEEPEST 48

static const int fatal[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT };

/* SA_RESETHAND has brought the default back: the child dies of the same
   signal, as its parent shall see. */
static void explain(int number)
{
    static const char head[] = "probe: a child has crashed, at\n";
    void *frames[DEEPEST];
    int depth = backtrace(frames, DEEPEST);

    (void)!write(STDERR_FILENO, head, sizeof(head) - 1);
    backtrace_symbols_fd(frames, depth, STDERR_FILENO);
    (void)raise(number);
}

void probe_explain_crashes(apr_pool_t *pchild, server_rec *s)
{
    struct sigaction action = { .sa_handler = explain };
    void *first[1];
    apr_size_t i;

    (void)pchild;
    (void)s;
    /* backtrace() allocates when it is called for the first time only. */
    (void)backtrace(first, 1);
    action.sa_flags = (int)SA_RESETHAND;
    for (i = 0; i < sizeof(fatal) / sizeof(fatal[0]); i++) {
        sigaction(fatal[i], &action, NULL);
    }
}

#endif
