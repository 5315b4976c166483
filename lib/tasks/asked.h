/* SPDX-License-Identifier: Apache-2.0 */
/* asked: what a response's field asks for is read, checked against its place
 * and recorded, or refused with a line that says why.
 * Thread: the request's.
 * Lifetime: the request's. */
#ifndef CT_ASKED_H
#define CT_ASKED_H

#include "tasks_glue.h"

/** Take a field that r's response had; its rows are joined by commas. */
void ct_asked_take(request_rec *r, const char *field);

#endif
