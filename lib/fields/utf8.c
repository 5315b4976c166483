/* SPDX-License-Identifier: Apache-2.0 */
/* utf8: what follows a first byte is looked up by that byte, and the range of
 * the second one is narrower where a longer form, a surrogate or something
 * beyond Unicode could be written. */
#include "utf8.h"

/* How many bytes follow a first one, and how large the second may be. */
static apr_size_t behind_first(unsigned char c, unsigned char *low,
                               unsigned char *high)
{
    *low = c == 0xe0 ? 0xa0 : c == 0xf0 ? 0x90 : 0x80;
    *high = c == 0xed ? 0x9f : c == 0xf4 ? 0x8f : 0xbf;
    if (c < 0x80) {
        return 0;
    }
    return c < 0xc2 || c > 0xf4 ? APR_SIZE_MAX : c < 0xe0 ? 1 : c < 0xf0 ? 2
                                                                         : 3;
}

int ct_is_utf8(const char *text, apr_size_t length)
{
    const unsigned char *at = (const unsigned char *)text;
    const unsigned char *end = at + length;

    while (at < end) {
        unsigned char low;
        unsigned char high;
        apr_size_t more = behind_first(*at++, &low, &high);

        if (more > (apr_size_t)(end - at)) {
            return 0;
        }
        for (; more > 0; --more, ++at) {
            if (*at < low || *at > high) {
                return 0;
            }
            low = 0x80;
            high = 0xbf;
        }
    }
    return 1;
}
