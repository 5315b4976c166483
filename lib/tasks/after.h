/* SPDX-License-Identifier: Apache-2.0 */
/* after: CrosstownAfter: tasks that are asked for after every response of a
 * place, without any script.
 * Thread: the request's.
 * Lifetime: the request's. */
#ifndef CT_AFTER_H
#define CT_AFTER_H

/** Why the task of a CrosstownAfter must not be one that is kept on disk: the
 *  status is known when the response has gone, on event perhaps on the
 *  listener's thread, which must not wait for a disk. */
#define CT_AFTER_KEPT "its task has keep=disk, which CrosstownAfter cannot " \
    "wait for: write keep=memory"

/** A CrosstownAfter was read: hang in where the final status is known, if that
 *  was not done. A request would pay for it where there is none. Thread: the
 *  one that reads the configuration. */
void ct_after_want(void);

/** Begin anew. Thread: start-up. */
void ct_after_register(void);

#endif
