/* SPDX-License-Identifier: Apache-2.0 */
/* module_numbers: the tables of other modules, see crosstown_numbers.h.
 * Thread: that of the request for a page.
 * Lifetime: what is read is the request's. */
#ifndef CT_MODULE_NUMBERS_H
#define CT_MODULE_NUMBERS_H

#include "glue.h"

#include "crosstown_numbers.h"
#include "formats.h"

/** Ask all modules. What breaks a rule of the header is logged and left out.
 *  @return an array of const crosstown_numbers_t * */
const apr_array_header_t *ct_module_numbers_read(request_rec *r);

/** Lines of `?auto`: all rows as one. */
void ct_module_numbers_lines(request_rec *r,
                             const apr_array_header_t *tables);

/** Sections of mod_status' page. */
void ct_module_numbers_sections(request_rec *r,
                                const apr_array_header_t *tables);

/** Sections of the page for people. */
void ct_module_numbers_html(const ct_status_page_t *page);

/** A member of the JSON object, with the comma before it. */
void ct_module_numbers_json(const ct_status_page_t *page);

/** Families of metrics. */
void ct_module_numbers_prometheus(const ct_status_page_t *page);

#endif
