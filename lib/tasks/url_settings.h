/* SPDX-License-Identifier: Apache-2.0 */
/* url_settings: what holds for a URL of named tasks, for the status page
 * (crosstown_control.h).
 * Thread: start-up; the hook's the request's.
 * Lifetime: no state. */
#ifndef CT_URL_SETTINGS_H
#define CT_URL_SETTINGS_H

/** Hang in. Thread: start-up. */
void ct_url_settings_register(void);

#endif
