/* SPDX-License-Identifier: Apache-2.0 */
/* ended: the tasks of this process that are over and still in the file. Who
 * adopts what a killed process has left deletes these, and does not run them
 * again.
 * Thread: note under a lock of the caller's; forget, of what was noted, on
 * any thread; the others while nobody uses it.
 * Lifetime: from ct_ended_open() to ct_ended_close(), in one process. */
#ifndef CT_ENDED_H
#define CT_ENDED_H

#include "owners.h"

#include <stdatomic.h>

/** More are not noted at a time. */
#define CT_ENDED_MOST 511

typedef struct ct_ended_t {
    /** Whose they are, and their ids; 0: none. relaxed: read after a death */
    _Atomic apr_int64_t *page;       /* NULL: closed, or there is no room */
    unsigned int last;               /* the place that was taken last */
} ct_ended_t;

/** Have a page for this owner. Without one nothing is noted. */
void ct_ended_open(ct_ended_t *ended, const ct_owners_t *owners,
                   apr_int64_t owner);

/** What is noted stays for others to read. */
void ct_ended_close(ct_ended_t *ended);

/** A task is over. @return its place, for ct_ended_forget(); 0: not noted */
unsigned int ct_ended_note(ct_ended_t *ended, apr_int64_t id);

/** The file knows, too. @param place  0: nothing is to be done */
void ct_ended_forget(ct_ended_t *ended, unsigned int place);

/** What an owner had noted when it died.
 *  @return how many ids; 0 as well if it cannot be said */
int ct_ended_read(const ct_owners_t *owners, apr_int64_t owner,
                  apr_int64_t ids[CT_ENDED_MOST]);

#endif
