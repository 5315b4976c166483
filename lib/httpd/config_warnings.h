/* SPDX-License-Identifier: Apache-2.0 */
/* config_warnings: one line that says what the configuration comes to, and a
 * warning for each setting that is not wrong but cannot do what it seems to
 * say. A start writes them into the error log, `httpd -t` to the console.
 * Thread: start-up.
 * Lifetime: nothing is kept. */
#ifndef CT_CONFIG_WARNINGS_H
#define CT_CONFIG_WARNINGS_H

#include "glue.h"

/** Register the hooks. Thread: start-up. */
void ct_config_warnings_register(void);

#endif
