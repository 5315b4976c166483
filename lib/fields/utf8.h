/* SPDX-License-Identifier: Apache-2.0 */
/* utf8: is a text what it says it is?
 * Thread: any.
 * Lifetime: no state. */
#ifndef CT_UTF8_H
#define CT_UTF8_H

#include "apr.h"

/** Are these bytes UTF-8 (RFC 3629: shortest forms, no surrogates, nothing
 *  above U+10FFFF)? */
int ct_is_utf8(const char *text, apr_size_t length);

#endif
