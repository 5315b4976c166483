/* SPDX-License-Identifier: Apache-2.0 */
/* dump: `httpd -t -D DUMP_CROSSTOWN` prints what is in force: for each child,
 * for each virtual host, and for each section that says something about
 * tasks. Sections of .htaccess files are not known then; where several
 * sections hold for one request, httpd merges them in the order of this list.
 * Thread: start-up.
 * Lifetime: nothing is kept. */
#ifndef CT_DUMP_H
#define CT_DUMP_H

#include "glue.h"

/** Register the hook. Thread: start-up. */
void ct_dump_register(void);

#endif
