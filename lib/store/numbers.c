/* SPDX-License-Identifier: Apache-2.0 */
/* numbers: under a lock that survives who holds it. Each number stands for
 * itself, so what a dying process has half written is no harm. */
#include "numbers.h"

#include <errno.h>

apr_status_t ct_store_gauges_make(ct_store_gauges_t *gauges)
{
    pthread_mutexattr_t attributes;
    int error = pthread_mutexattr_init(&attributes);

    if (error) {
        return error;
    }
    error = pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    if (!error) {
        error = pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    }
    if (!error) {
        error = pthread_mutex_init(&gauges->lock, &attributes);
    }
    pthread_mutexattr_destroy(&attributes);
    return error;
}

ct_store_numbers_t *ct_store_gauges_open(ct_store_gauges_t *gauges)
{
    if (pthread_mutex_lock(&gauges->lock) == EOWNERDEAD) {
        pthread_mutex_consistent(&gauges->lock);
    }
    return &gauges->numbers;
}

void ct_store_gauges_close(ct_store_gauges_t *gauges)
{
    pthread_mutex_unlock(&gauges->lock);
}

void ct_store_gauges_note(apr_time_t *since, int is_so, apr_time_t now)
{
    if (!is_so) {
        *since = 0;
    }
    else if (*since == 0) {
        *since = now;
    }
}

void ct_store_gauges_read(ct_store_gauges_t *gauges,
                          ct_store_numbers_t *numbers)
{
    *numbers = *ct_store_gauges_open(gauges);
    ct_store_gauges_close(gauges);
}
