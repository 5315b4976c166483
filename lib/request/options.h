/* SPDX-License-Identifier: Apache-2.0 */
/* options: what the caller of crosstown_defer() or crosstown_submit() asked
 * for, whatever the age of its struct, and whether that makes sense.
 * Thread: the calling one.
 * Lifetime: what is returned is the caller's struct, or its room. */
#ifndef CT_OPTIONS_H
#define CT_OPTIONS_H

#include "mod_crosstown.h"

/** Read options.
 *  @param room  filled in if opts is NULL, or of an older caller
 *  @param data  that was given with them
 *  @param why   set to a message if they are not valid
 *  @return all members may be read; NULL: not valid */
const crosstown_opts_t *ct_options_read(crosstown_opts_t *room,
                                        const crosstown_opts_t *opts,
                                        const void *data, const char **why);

#endif
