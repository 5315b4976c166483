/* SPDX-License-Identifier: Apache-2.0 */
/* support_deferred: the child process around deferreds: it begins and stops,
 * has a log, and can be looked into. See support_deferred.h. */
#include "support_deferred.h"

#include <sched.h>

#include "deferred.h"
#include "deferreds.h"

static crosstown_deferreds_t table;
const crosstown_deferreds_t *deferreds = &table;

/* ---- the log ---- */

static struct {
    pthread_mutex_t lock;
    int told;
    int expected;                    /* < 0: any number */
    apr_status_t status;
    char message[120];
} unseen = { PTHREAD_MUTEX_INITIALIZER, 0, 0, 0, "" };

static void note_unseen(apr_status_t status, const char *message)
{
    pthread_mutex_lock(&unseen.lock);
    ++unseen.told;
    unseen.status = status;
    apr_cpystrn(unseen.message, message, sizeof(unseen.message));
    pthread_mutex_unlock(&unseen.lock);
}

void unseen_assert(int expected, const char *file, int line)
{
    int told;

    pthread_mutex_lock(&unseen.lock);
    unseen.expected = expected;
    told = unseen.told;
    pthread_mutex_unlock(&unseen.lock);
    if (told != expected) {
        print_error("%d failures unseen, expected %d; the last: %d \"%s\"\n",
                    told, expected, unseen.status, unseen.message);
        _fail(file, line);
    }
}

void unseen_assert_was(apr_status_t status, const char *message,
                       const char *file, int line)
{
    if (unseen.status != status || strcmp(unseen.message, message) != 0) {
        print_error("the last unseen: %d \"%s\", expected %d \"%s\"\n",
                    unseen.status, unseen.message, status, message);
        _fail(file, line);
    }
}

void unseen_ignore(void)
{
    unseen.expected = -1;
}

/* ---- inside ---- */

static int has_waiter(void *data)
{
    crosstown_deferred_t *d = data;
    int has;

    ct_deferred_lock(d);
    has = d->waiters != NULL;
    ct_deferred_unlock(d);
    return has;
}

/* Nobody tells when it comes to this, hence the looking. */
static int reached(int (*is_so)(void *data), void *data)
{
    apr_time_t until = apr_time_now() + apr_time_from_sec(SUPPORT_PATIENCE);

    while (!is_so(data)) {
        if (apr_time_now() > until) {
            return 0;
        }
        sched_yield();
    }
    return 1;
}

int waiter_reached(crosstown_deferred_t *d)
{
    return reached(has_waiter, d);
}

/* ---- a test program ---- */

static int running;
static int uses;                     /* atomic */

static void note_use(void)
{
    __atomic_add_fetch(&uses, 1, __ATOMIC_SEQ_CST);
}

int child_uses(void)
{
    return __atomic_load_n(&uses, __ATOMIC_SEQ_CST);
}

void child_start(void)
{
    static const ct_deferreds_with_t with = { note_unseen, workers_submit,
                                              on_worker, note_use };

    assert_int_equal(ct_deferreds_start(&with), APR_SUCCESS);
    running = 1;
}

void child_stop(void)
{
    if (running) {
        ct_deferreds_stop();
    }
    running = 0;
}

int deferreds_setup(void **state)
{
    int rv = pool_setup(state);

    unseen.told = 0;
    unseen.expected = 0;
    workers_set(WORKERS_HOLD);
    memset(&table, 0, sizeof(table));
    table.size = sizeof(table);
    ct_deferreds_fill(&table);
    child_start();
    return rv;
}

int deferreds_teardown(void **state)
{
    child_stop();
    workers_join();
    while (workers_held() > 0) {
        workers_end_one(CROSSTOWN_STOPPED);
    }
    if (unseen.expected >= 0 && unseen.told != unseen.expected) {
        print_error("%d failures unseen, expected %d; the last: %d \"%s\"\n",
                    unseen.told, unseen.expected, unseen.status,
                    unseen.message);
        return 1;
    }
    return pool_teardown(state);
}
