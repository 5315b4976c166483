/* SPDX-License-Identifier: Apache-2.0 */
/* watch: tasks that each take their time, and more of them than one thread
 * gets through. That somebody always gets on with them is no reason for the
 * others to look on for ever. */
#include "support.h"

#include <sched.h>
#include <time.h>

#include "crew.h"

#define TASKS 900
#define SLOW 30
#define MOST 4

static ct_dispatcher_t *dispatcher;      /* of the test */
static pthread_t ran_on[SLOW];           /* the slow ones */
static int slow;                         /* atomic: how many there were */

/* Somebody watches, and has not looked since the last task was taken. */
static int is_watched(ct_dispatcher_t *d)
{
    ct_runner_t *runner;
    int watched;

    apr_thread_mutex_lock(d->lock);
    runner = d->doubter;
    watched = runner && runner->patient && runner->seen != d->moves
              && d->available > 0;
    apr_thread_mutex_unlock(d->lock);
    return watched;
}

/* So quick that nobody is wanted, but not so quick that all is over before
 * anybody has had a look. */
static void be_quick(void)
{
    apr_time_t until = clock_now() + 2;

    while (clock_now() < until) {
        continue;
    }
}

/* Quick until somebody watches; then as slow as can be if at each look
 * something has moved. */
static apr_status_t be_slow(const crosstown_task_t *task, void *data)
{
    time_t until = time(NULL) + SUPPORT_PATIENCE;
    int place = SLOW;

    (void)task;
    (void)data;
    if (is_watched(dispatcher)) {
        place = __atomic_fetch_add(&slow, 1, __ATOMIC_SEQ_CST);
    }
    if (place < SLOW) {
        ran_on[place] = pthread_self();
        while (is_watched(dispatcher) && time(NULL) < until) {
            sched_yield();
        }
    }
    else {
        be_quick();
    }
    return APR_SUCCESS;
}

static void run_many(apr_pool_t *p)
{
    journal_t *journal = journal_make(p);
    deed_t *deeds = apr_pcalloc(p, TASKS * sizeof(*deeds));
    char plan[TASKS + 1];
    ct_batch_t *batch;
    int i;

    dispatcher = dispatcher_of(journal, 1, MOST);
    memset(plan, 'p', TASKS);
    plan[TASKS] = '\0';
    for (i = 0; i < TASKS; ++i) {
        apr_snprintf(deeds[i].name, sizeof(deeds[i].name), "task %d", i);
    }
    assert_int_equal(ct_dispatcher_reserve(dispatcher, TASKS), TASKS);
    batch = batch_of(p, journal, deeds, plan);
    for (i = 0; i < TASKS; ++i) {
        batch->calls[i].task.fn = be_slow;
        batch->calls[i].task.over = NULL;
    }
    __atomic_store_n(&slow, 0, __ATOMIC_SEQ_CST);
    assert_int_equal(ct_dispatcher_push(dispatcher, batch), APR_SUCCESS);
    assert_true(journal_reached(journal, NOTED_END, TASKS));
    finish(dispatcher);
}

/* Until it has come to a watch that would last: chance has a part in it. */
static void slow_tasks_get_more_than_one_thread(void **state)
{
    int others = 0;
    int rounds, i;

    for (rounds = 0; rounds < 100 && slow < SLOW && !others; ++rounds) {
        apr_pool_t *p = scratch_of(*state);

        run_many(p);
        for (i = 1; i < slow && i < SLOW; ++i) {
            others += !pthread_equal(ran_on[i], ran_on[0]);
        }
        apr_pool_destroy(p);
    }
    if (!others && slow < SLOW) {
        print_message("there was too little to watch: all is too slow here\n");
        skip();
    }
    if (!others) {
        fail_msg("%d slow tasks in a row on one thread, round %d", slow,
                 rounds);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_pool(slow_tasks_get_more_than_one_thread),
    };

    return run_group("watch backlog", tests);
}
