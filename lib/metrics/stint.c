/* SPDX-License-Identifier: Apache-2.0 */
/* stint: see active_tasks.h. In a module the address of what a thread has of
 * its own takes a call, or two. The compiler would make it anew for each
 * member, as if that were cheap, if it saw it; and see the Makefile for how it
 * is made.
 *
 * Thread: any.
 * Lifetime: the thread's. */
#include "active_tasks.h"

static __thread ct_stint_t mine;

ct_stint_t *ct_stint_mine(void)
{
    return &mine;
}
