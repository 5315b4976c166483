/* SPDX-License-Identifier: Apache-2.0 */
/* signals: all but faults are off in between, and the mask comes back as it
 * was. */
#include "support.h"

#include "signals.h"

static void mask_of(sigset_t *now)
{
    pthread_sigmask(SIG_SETMASK, NULL, now);
}

static int same(const sigset_t *a, const sigset_t *b)
{
    int signal;

    for (signal = 1; signal < 32; ++signal) {
        if (sigismember(a, signal) != sigismember(b, signal)) {
            return 0;
        }
    }
    return 1;
}

/* What kills the process past all handlers if it is blocked. */
static int is_fault(int signal)
{
    static const int faults[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT,
                                  SIGTRAP, SIGSYS, SIGPIPE };
    unsigned int i;

    for (i = 0; i < sizeof(faults) / sizeof(faults[0]); ++i) {
        if (faults[i] == signal) {
            return 1;
        }
    }
    return 0;
}

static void block_and_restore(void **state)
{
    sigset_t before, now;
    ct_signals_t signals;
    int signal;

    (void)state;
    mask_of(&before);
    ct_signals_block(&signals);
    mask_of(&now);
    for (signal = 1; signal < 32; ++signal) {
        if (signal != SIGKILL && signal != SIGSTOP) {
            assert_int_equal(sigismember(&now, signal), !is_fault(signal));
        }
    }
    ct_signals_restore(&signals);
    mask_of(&now);
    assert_true(same(&before, &now));
}

/* What was blocked before stays blocked. */
static void an_odd_mask_comes_back(void **state)
{
    sigset_t odd, before, now;
    ct_signals_t outer, inner;

    (void)state;
    mask_of(&before);
    sigemptyset(&odd);
    sigaddset(&odd, SIGUSR2);
    sigaddset(&odd, SIGPIPE);
    pthread_sigmask(SIG_SETMASK, &odd, NULL);
    ct_signals_block(&outer);
    ct_signals_block(&inner);
    ct_signals_restore(&inner);
    mask_of(&now);
    assert_true(sigismember(&now, SIGTERM));
    ct_signals_restore(&outer);
    mask_of(&now);
    assert_true(same(&odd, &now));
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static int came;

static void note_signal(int signal)
{
    came = signal;
}

static void a_signal_waits_for_the_end(void **state)
{
    struct sigaction action, before;
    ct_signals_t signals;

    (void)state;
    memset(&action, 0, sizeof(action));
    action.sa_handler = note_signal;
    sigaction(SIGUSR1, &action, &before);
    ct_signals_block(&signals);
    pthread_kill(pthread_self(), SIGUSR1);
    assert_int_equal(came, 0);
    ct_signals_restore(&signals);
    assert_int_equal(came, SIGUSR1);
    sigaction(SIGUSR1, &before, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_pool(block_and_restore),
        with_pool(an_odd_mask_comes_back),
        with_pool(a_signal_waits_for_the_end),
    };

    return run_group("signals", tests);
}
