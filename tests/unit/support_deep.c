/* SPDX-License-Identifier: Apache-2.0 */
/* support_deep: see support_deep.h. */
#include "support_deep.h"

#include <unistd.h>

/* A sanitizer's frames are larger. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SMALL_STACK (512 * 1024)
#else
#define SMALL_STACK (96 * 1024)
#endif

deep_t *deep_make(apr_pool_t *p)
{
    deep_t *deep = apr_pcalloc(p, sizeof(*deep));
    const gate_t closed = GATE_INIT;

    deep->gone = closed;
    deep->all = apr_pcalloc(p, DEEP * sizeof(*deep->all));
    deep->result.size = sizeof(deep->result);
    return deep;
}

void deep_run(void *(*run)(void *), deep_t *deep)
{
    long least = sysconf(_SC_THREAD_STACK_MIN);   /* 128 KB on arm64 */
    size_t size = least > SMALL_STACK ? (size_t)least : SMALL_STACK;
    pthread_attr_t attr;
    pthread_t thread;

    pthread_attr_init(&attr);
    assert_int_equal(pthread_attr_setstacksize(&attr, size), 0);
    assert_int_equal(pthread_create(&thread, &attr, run, deep), 0);
    pthread_join(thread, NULL);
    pthread_attr_destroy(&attr);
}

void deep_expect(deep_t *deep, int is_true)
{
    deep->failed += !is_true;
}

void deep_look(deep_t *deep)
{
    deep_expect(deep, deferreds->wait(deep->all[0], 0, &deep->result)
                      == APR_SUCCESS);
}

apr_status_t deep_count(crosstown_step_t *step, void *data)
{
    deep_t *deep = data;

    ++deep->calls;
    return step->status;
}
