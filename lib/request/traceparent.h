/* SPDX-License-Identifier: Apache-2.0 */
/* traceparent: the header by which a request says of which trace it is a
 * part, as W3C Trace Context writes it: version-traceid-parentid-flags.
 * Thread: any.
 * Lifetime: no state. */
#ifndef CT_TRACEPARENT_H
#define CT_TRACEPARENT_H

/**
 * Has the value that form? Hexadecimal digits are lower-case, neither of the
 * two ids is all zero, the version is not ff. Version 00 has nothing behind
 * the flags, a later one may go on after a dash.
 * @param value  NULL is legal, and has not
 */
int ct_traceparent_is_valid(const char *value);

#endif
