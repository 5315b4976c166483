/* SPDX-License-Identifier: Apache-2.0 */
/* traceparent: read from left to right, field by field, with strspn():
 * nothing is copied, and what is too short ends at its zero byte. */
#include "traceparent.h"

#include <string.h>


#define DIGITS "0123456789abcdef"

/* So many digits, then a dash. @return behind it | NULL */
static const char *behind_field(const char *at, size_t digits)
{
    return strspn(at, DIGITS) == digits && at[digits] == '-' ? at + digits + 1
                                                             : NULL;
}

/* The same, but not for a field of zeros. */
static const char *behind_id(const char *at, size_t digits)
{
    return strspn(at, "0") < digits ? behind_field(at, digits) : NULL;
}

int ct_traceparent_is_valid(const char *value)
{
    const char *at = value;
    int is_first;

    if (!value || !strncmp(value, "ff", 2)) {
        return 0;
    }
    is_first = !strncmp(value, "00", 2);
    if (!(at = behind_field(at, 2)) || !(at = behind_id(at, 32))
        || !(at = behind_id(at, 16)) || strspn(at, DIGITS) != 2) {
        return 0;
    }
    return at[2] == '\0' || (at[2] == '-' && !is_first);
}
