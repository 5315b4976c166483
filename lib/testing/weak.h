/* SPDX-License-Identifier: Apache-2.0 */
/* weak: how the stand-ins for the server's functions are declared.
 * Thread: declarations only.
 * Lifetime: declarations only. */
#ifndef CT_WEAK_H
#define CT_WEAK_H

/** A definition of this name in the test program takes the place of ours. */
#define CT_WEAK(name) \
    extern __typeof__(name)(name) \
        __attribute__((weak, visibility("default")));

#endif
