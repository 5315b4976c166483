/* SPDX-License-Identifier: Apache-2.0 */
/* task_id: a task keeps a number of eight bytes; its id is a keyed hash of
 * that, made when somebody is shown the task. SipHash is APR-util's; two keys
 * make 128 bits of it. */
#include "task_id.h"

#include "apr_general.h"
#include "apr_siphash.h"

#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

static unsigned char keys[2][APR_SIPHASH_KSIZE];
static _Atomic apr_uint64_t newest;

void ct_task_id_start(void)
{
    pid_t pid = getpid();

    if (apr_generate_random_bytes(keys[0], sizeof(keys)) != APR_SUCCESS) {
        memcpy(keys[0], &pid, sizeof(pid));
        memcpy(keys[1] + 8, &pid, sizeof(pid));
    }
}

apr_uint64_t ct_task_id_next(void)
{
    return 1 + atomic_fetch_add_explicit(&newest, 1, memory_order_relaxed);
}

static char *write_half(const unsigned char *key, apr_uint64_t number,
                        char *to)
{
    static const char digits[] = "0123456789abcdef";
    apr_uint64_t hash = apr_siphash24(&number, sizeof(number), key);
    int shift;

    for (shift = 60; shift >= 0; shift -= 4) {
        *to++ = digits[hash >> shift & 0xf];
    }
    return to;
}

void ct_task_id_write(apr_uint64_t number, char id[CT_TASK_ID_SIZE])
{
    *write_half(keys[1], number, write_half(keys[0], number, id)) = '\0';
}
