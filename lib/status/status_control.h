/* SPDX-License-Identifier: Apache-2.0 */
/* status_control: what an administrator may change on the status page, where
 * CrosstownControl is On, and how what was changed is shown.
 * Thread: the request's.
 * Lifetime: no state. */
#ifndef CT_STATUS_CONTROL_H
#define CT_STATUS_CONTROL_H

#include "formats.h"

/** Answer a POST. @return as a handler */
int ct_status_control(request_rec *r);

/** The state, with buttons where CrosstownControl is On. */
void ct_status_control_html(const ct_status_page_t *page);

/** A form that gives an order and leads back to the page.
 *  @param name    of tasks, as HTML; or NULL
 *  @param fields  HTML: the buttons, and what else is in it */
void ct_status_control_form(request_rec *r, const char *name,
                            const char *fields);

/** The value of the key `control`. */
void ct_status_control_json(const ct_status_page_t *page);

/** Families of the state. */
void ct_status_control_prometheus(const ct_status_page_t *page);

#endif
