/* SPDX-License-Identifier: Apache-2.0 */
/* support_store: a store in a directory of its own, what it has told and
 * started, and the file as an SQL shell sees it. */
#ifndef SUPPORT_STORE_H
#define SUPPORT_STORE_H

#include "support.h"

#include "store.h"

#include <sqlite3.h>
#include <stdio.h>

/* Generous: a machine may be loaded. */
#define KEEPER_PATIENCE apr_time_from_sec(60)

#define KEEPER_STARTED 4096

/** In a forked process cmocka's assertions would go on with the next test. */
#define must(what) \
    ((what) ? (void)0 : keeper_fail("%s:%d: %s", __FILE__, __LINE__, #what))
void keeper_fail(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

/** A store and its surroundings. */
typedef struct keeper_t {
    apr_pool_t *pool;
    char directory[64];
    char path[96];
    ct_store_settings_t settings;
    ct_store_t *store;               /* NULL: closed */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int events[CT_STORE_POISON + 1]; /* how often each was told */
    char words[CT_STORE_POISON + 1][512];    /* the last ones */
    int room;                        /* what is answered, less what was
                                        started */
    int refuses;                     /* start() says no */
    int started;
    struct {
        apr_int64_t id;
        int attempt;
        int recovered;
        char payload[64];
        ct_kept_t kept;              /* texts: not to be looked at but name */
        char name[32];
    } tasks[KEEPER_STARTED];
} keeper_t;

/** A store that is prepared, not opened. Group it with keeper_teardown(). */
int keeper_setup(void **state);
int keeper_teardown(void **state);
#define with_keeper(test) \
    cmocka_unit_test_setup_teardown(test, keeper_setup, keeper_teardown)

void keeper_open(keeper_t *keeper);
void keeper_close(keeper_t *keeper);

/** Set how many tasks may be started, and let what is there be looked at. */
void keeper_let(keeper_t *keeper, int room);

/** Wait until so many events of a kind were told; fails if not. */
void keeper_await(keeper_t *keeper, ct_store_event_e event, int times);
int keeper_told(keeper_t *keeper, ct_store_event_e event);

/** Wait until so many tasks were started; fails if not. */
void keeper_await_started(keeper_t *keeper, int count);

/** A task whose payload is a text, to run at once. */
ct_kept_t task_of(const char *payload);

/** Put one, which has to succeed; returns its id. */
apr_int64_t keeper_put(keeper_t *keeper, const char *payload);
apr_status_t keeper_try(keeper_t *keeper, const char *payload);

/** The first column of the first row as a number, through a connection of its
 *  own; -1: no row. */
apr_int64_t keeper_number(keeper_t *keeper, const char *sql);
void keeper_run(keeper_t *keeper, const char *sql);

/** Nobody else writes from now on, until the shell is closed. */
sqlite3 *keeper_lock(keeper_t *keeper);
void keeper_unlock(sqlite3 *shell);

/** Wait until it is that number; fails if not. */
void keeper_await_number(keeper_t *keeper, const char *sql,
                         apr_int64_t number);

/** Is the file sound? Fails the test if not. */
void keeper_assert_sound(keeper_t *keeper);

/** Run what in a process of its own, which has no thread of ours.
 *  @return its process id */
pid_t keeper_fork(keeper_t *keeper, void (*what)(keeper_t *keeper));

/** The child is to be killed once it says it is ready, with keeper_ready(). */
void keeper_fork_and_kill(keeper_t *keeper, void (*what)(keeper_t *keeper));
void keeper_ready(void);

/** To be killed: it has put one, "a", which nobody has called. */
void keeper_put_one_and_wait(keeper_t *keeper);

#endif
