/* SPDX-License-Identifier: Apache-2.0 */
/* task_id: a task keeps a number of eight bytes; its id is made of that when
 * somebody is shown the task: 64 random bits of the process, written down
 * once, and the number's digits. The number is a keyed hash of how many there
 * were before, so that no id says anything of another one: SipHash (Aumasson
 * and Bernstein, 2012), APR-util's. Random bytes kept by each thread cost
 * twice the time in a server, since its threads take turns: a thread's own
 * memory is cold. Eight digits are made at a time; in which order they stand
 * says nothing and differs between machines. */
#include "task_id.h"

#include "apr_general.h"
#include "apr_siphash.h"

#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "memory.h"

#define HALF ((CT_TASK_ID_SIZE - 1) / 2)

static char process[HALF];           /* digits */

/* On a line of their own: what is written by whoever records a task, beside
 * what else he reads. */
static struct {
    _Alignas(CT_MEMORY_LINE) _Atomic apr_uint64_t made; /* relaxed: no two are
                                        the same, and nothing else follows
                                        from one */
    unsigned char key[APR_SIPHASH_KSIZE];
} numbers;

/* A digit in each byte. */
static apr_uint64_t digits(apr_uint32_t bits)
{
    apr_uint64_t spread = bits;
    apr_uint64_t letters;

    spread = (spread | spread << 16) & APR_UINT64_C(0x0000ffff0000ffff);
    spread = (spread | spread << 8) & APR_UINT64_C(0x00ff00ff00ff00ff);
    spread = (spread | spread << 4) & APR_UINT64_C(0x0f0f0f0f0f0f0f0f);
    letters = (spread + APR_UINT64_C(0x0606060606060606)) >> 4
              & APR_UINT64_C(0x0101010101010101);
    return spread + APR_UINT64_C(0x3030303030303030)
           + letters * ('a' - '9' - 1);
}

static void write_half(char to[HALF], apr_uint64_t bits)
{
    apr_uint64_t text[2];

    text[0] = digits((apr_uint32_t)(bits >> 32));
    text[1] = digits((apr_uint32_t)bits);
    memcpy(to, text, HALF);
}

void ct_task_id_start(void)
{
    apr_uint64_t bits = (apr_uint64_t)getpid();

    (void)apr_generate_random_bytes((unsigned char *)&bits, sizeof(bits));
    (void)apr_generate_random_bytes(numbers.key, sizeof(numbers.key));
    write_half(process, bits);
}

apr_uint64_t ct_task_id_next(void)
{
    apr_uint64_t before = atomic_fetch_add_explicit(&numbers.made, 1,
                                                    memory_order_relaxed);

    return apr_siphash24(&before, sizeof(before), numbers.key);
}

void ct_task_id_write(apr_uint64_t number, char id[CT_TASK_ID_SIZE])
{
    memcpy(id, process, HALF);
    write_half(id + HALF, number);
    id[2 * HALF] = '\0';
}
