/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ledger: an append-only file that all children and threads share. A line
 * is one write() to an O_APPEND descriptor, so lines never mix. It looks like
 * a query string, which is easy to write without an allocation.
 *
 * Thread: any, also a signal handler's (prefork stops its children there).
 * Lifetime: the descriptor lives from post_config to the next restart.
 */
#include "mod_probe.h"

#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "apr_lib.h"
#include "apr_strings.h"

static int ledger = -1;    /* set once: in post_config */

static apr_status_t close_ledger(void *unused)
{
    (void)unused;
    close(ledger);
    ledger = -1;
    return APR_SUCCESS;
}

apr_status_t probe_ledger_open(apr_pool_t *pconf, const char *path)
{
    ledger = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
    if (ledger < 0) {
        return errno;
    }
    apr_pool_cleanup_register(pconf, NULL, close_ledger,
                              apr_pool_cleanup_null);
    return APR_SUCCESS;
}

static void put(probe_line_t *line, char c)
{
    /* One byte stays free for the end of the line. */
    if (line->used < sizeof(line->text) - 1) {
        line->text[line->used++] = c;
    }
}

void probe_line_add(probe_line_t *line, const char *key, const char *value)
{
    static const char digits[] = "0123456789ABCDEF";
    const unsigned char *c;

    if (!value) {
        return;
    }
    put(line, '&');
    for (; *key; ++key) {
        put(line, *key);
    }
    put(line, '=');
    for (c = (const unsigned char *)value; *c; ++c) {
        if (apr_isalnum(*c) || strchr("-._/:", *c)) {
            put(line, (char)*c);
        }
        else {
            put(line, '%');
            put(line, digits[*c >> 4]);
            put(line, digits[*c & 15]);
        }
    }
}

void probe_line_number(probe_line_t *line, const char *key, apr_int64_t value)
{
    char text[32];

    apr_snprintf(text, sizeof(text), "%" APR_INT64_T_FMT, value);
    probe_line_add(line, key, text);
}

void probe_line_result(probe_line_t *line, const char *key, apr_status_t rv)
{
    static const struct {
        apr_status_t rv;
        const char *name;
    } known[] = {
        { APR_SUCCESS, "SUCCESS" }, { APR_EINVAL, "EINVAL" },
        { APR_EAGAIN, "EAGAIN" }, { APR_ENOMEM, "ENOMEM" },
        { APR_ENOTIMPL, "ENOTIMPL" }, { APR_EOF, "EOF" },
        { APR_TIMEUP, "TIMEUP" }, { APR_EDEADLK, "EDEADLK" }
    };
    apr_size_t i;

    for (i = 0; i < sizeof(known) / sizeof(*known); ++i) {
        if (known[i].rv == rv) {
            probe_line_add(line, key, known[i].name);
            return;
        }
    }
    probe_line_number(line, key, rv);
}

void probe_line_begin(probe_line_t *line, const char *event)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    line->used = (apr_size_t)apr_snprintf(line->text, sizeof(line->text),
                                          "event=%s", event);
    probe_line_number(line, "ns", (apr_int64_t)now.tv_sec * 1000000000
                                  + now.tv_nsec);
    probe_line_number(line, "pid", getpid());
    probe_line_number(line, "tid", gettid());
}

void probe_line_end(probe_line_t *line)
{
    line->text[line->used++] = '\n';
    if (write(ledger, line->text, line->used) != (ssize_t)line->used) {
        /* A ledger with a hole in it proves nothing. */
        abort();
    }
}

/* Take the value of key out of a query string; 0 if it is not there. */
int probe_argument(const char *args, const char *key, char *value,
                   apr_size_t room)
{
    apr_size_t length = strlen(key);
    const char *word = args;

    *value = '\0';
    while (word && *word) {
        const char *end = word + strcspn(word, "&");

        if ((apr_size_t)(end - word) > length && word[length] == '='
            && !strncmp(word, key, length)) {
            apr_size_t size = (apr_size_t)(end - word) - length - 1;

            if (size >= room) {
                return 0;
            }
            memcpy(value, word + length + 1, size);
            value[size] = '\0';
            return ap_unescape_urlencoded(value) == OK;
        }
        word = *end ? end + 1 : end;
    }
    return 0;
}
