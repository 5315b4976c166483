/* SPDX-License-Identifier: Apache-2.0 */
/* task_id: a task keeps a number of eight random bytes; its id is made of that
 * when somebody is shown the task: 64 random bits of the process, written down
 * once, and the number's digits. So nothing has to be hashed, and no id says
 * anything of another one. Each thread asks the system for many numbers at a
 * time. Eight digits are made at a time; in which order they stand says
 * nothing and differs between machines. */
#include "task_id.h"

#include "apr_general.h"

#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#define HALF ((CT_TASK_ID_SIZE - 1) / 2)

/* So many cost one call of the system. */
#define AT_ONCE 64

static char process[HALF];           /* digits */
static __thread apr_uint64_t drawn[AT_ONCE];
static __thread unsigned int left;   /* of these, not used yet */
static _Atomic apr_uint64_t counted; /* without random bytes; relaxed: no two
                                        are the same, and nothing else follows
                                        from one */

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
    write_half(process, bits);
    left = 0;                        /* the parent may have drawn them */
}

static void draw(void)
{
    if (apr_generate_random_bytes((unsigned char *)drawn, sizeof(drawn))
        != APR_SUCCESS) {
        unsigned int i;

        for (i = 0; i < AT_ONCE; ++i) {
            drawn[i] = atomic_fetch_add_explicit(&counted, 1,
                                                 memory_order_relaxed);
        }
    }
    left = AT_ONCE;
}

apr_uint64_t ct_task_id_next(void)
{
    if (left == 0) {
        draw();
    }
    return drawn[--left];
}

void ct_task_id_write(apr_uint64_t number, char id[CT_TASK_ID_SIZE])
{
    memcpy(id, process, HALF);
    write_half(id + HALF, number);
    id[2 * HALF] = '\0';
}
