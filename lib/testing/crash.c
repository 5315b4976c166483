/* SPDX-License-Identifier: Apache-2.0 */
/* crash: the signal is not answered here: its former handler is put back,
 * and the instruction that caused it is tried again. So a test framework, a
 * sanitizer, a debugger or a core file see the fault itself. In the handler
 * only what is safe there. */
#include "crash.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "guarded.h"

#define PIECES 7                     /* of the line */
#define PIECE 200                    /* bytes of each, at most */

/* Where memory is out of reach it is the one or the other, by system. */
static const int signals[] = { SIGSEGV, SIGBUS };

#define SIGNALS (sizeof(signals) / sizeof(signals[0]))

static struct sigaction former[SIGNALS];
static const char *task;             /* the name of the one that runs */

typedef struct {
    char text[PIECES * PIECE];
    size_t length;
} line_t;

/* Each piece is cut, so that all find room. */
static void append(line_t *line, const char *text)
{
    int left = PIECE;

    while (*text && left-- > 0) {
        line->text[line->length++] = *text++;
    }
}

static void tell(const char *whose)
{
    line_t line;

    line.length = 0;
    append(&line, "crosstown_testing: ");
    if (task) {
        append(&line, "task \"");
        append(&line, task);
        append(&line, "\"");
    }
    else {
        append(&line, "the test");
    }
    append(&line, " used memory of ");
    append(&line, whose);
    append(&line, ". Where: gdb, or -g -fsanitize=address.\n");
    /* There is nobody to tell that it could not be told. */
    if (write(STDERR_FILENO, line.text, line.length) < 0) {
        return;
    }
}

/* One that was sent, and did not come of an instruction, is sent again. So is
 * one of which nothing is known, since others have set our handler for us. */
static void handle(int number, siginfo_t *info, void *context)
{
    struct sigaction now;
    int error = errno;
    int is_fault;

    sigaction(number, NULL, &now);
    is_fault = (now.sa_flags & SA_SIGINFO) != 0 && info->si_code > 0;
    if (is_fault) {
        const char *whose = ct_guarded_whose(info->si_addr);

        if (whose) {
            tell(whose);
        }
    }
    ct_crash_unwatch();
    if (!is_fault) {
        (void)raise(number);
    }
    errno = error;
}

void ct_crash_watch(void)
{
    struct sigaction ours, now;
    unsigned int i;

    memset(&ours, 0, sizeof(ours));
    ours.sa_sigaction = handle;
    ours.sa_flags = SA_SIGINFO | SA_ONSTACK;
    sigemptyset(&ours.sa_mask);
    for (i = 0; i < SIGNALS; ++i) {
        sigaction(signals[i], NULL, &now);
        if (now.sa_sigaction != handle) {
            former[i] = now;
        }
        sigaction(signals[i], &ours, NULL);
    }
}

void ct_crash_unwatch(void)
{
    struct sigaction now;
    unsigned int i;

    for (i = 0; i < SIGNALS; ++i) {
        sigaction(signals[i], NULL, &now);
        if (now.sa_sigaction == handle) {
            sigaction(signals[i], &former[i], NULL);
        }
    }
}

const char *ct_crash_task(const char *name)
{
    const char *before = task;

    task = name;
    ct_crash_watch();
    return before;
}
