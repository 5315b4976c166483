/* SPDX-License-Identifier: Apache-2.0 */
/* options: see options.h.
 * Thread: the calling one.
 * Lifetime: no state. */
#include "options.h"

#include <string.h>


/* Of an older caller's struct, or of none, one of today. */
static const crosstown_opts_t *complete(crosstown_opts_t *room,
                                        const crosstown_opts_t *opts,
                                        const char **why)
{
    memset(room, 0, sizeof(*room));
    if (opts) {
        if (!CROSSTOWN_HAS(opts, crosstown_opts_t, over)) {
            *why = "opts->size is too small; start from CROSSTOWN_OPTS_INIT";
            return NULL;
        }
        memcpy(room, opts, opts->size);
    }
    room->size = sizeof(*room);
    return room;
}

static const crosstown_opts_t *contradiction(const crosstown_opts_t *opts,
                                             const char **why)
{
    *why = opts->carry ? "both carry and data_size are set; use one of them"
                       : "data_size is set but data is NULL";
    return NULL;
}

const crosstown_opts_t *ct_options_read(crosstown_opts_t *room,
                                        const crosstown_opts_t *opts,
                                        const void *data, const char **why)
{
    const crosstown_opts_t *known = opts;

    if (!opts || opts->size < sizeof(*opts)) {
        known = complete(room, opts, why);
    }
    if (known && known->data_size && (known->carry || !data)) {
        return contradiction(known, why);
    }
    return known;
}
