/* SPDX-License-Identifier: Apache-2.0 */
/* options: a caller's struct is as old as the header it was compiled with;
 * what it lacks is 0. What cannot be meant is refused here, so that nobody
 * behind has to ask again. */
#include "options.h"

#include <stdint.h>
#include <string.h>

/* No object in C is larger. A size that is was negative before it was a size,
 * and could become 0 again where it is rounded up. */
#define LARGEST_DATA PTRDIFF_MAX

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

static const crosstown_opts_t *wrong_delay(const crosstown_opts_t *opts,
                                           const char **why)
{
    *why = opts->delay < 0 ? "delay is less than 0"
           : "both delay and same_thread are set; that thread cannot wait";
    return NULL;
}

static const crosstown_opts_t *contradiction(const crosstown_opts_t *opts,
                                             const void *data,
                                             const char **why)
{
    *why = opts->carry  ? "both carry and data_size are set; use one of them"
           : !data      ? "data_size is set but data is NULL"
                        : "data_size is larger than any data can be (was it "
                          "less than 0?)";
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
    if (known && known->data_size
        && (known->carry || !data || known->data_size > LARGEST_DATA)) {
        return contradiction(known, data, why);
    }
    if (known && known->delay && (known->delay < 0 || known->same_thread)) {
        return wrong_delay(known, why);
    }
    return known;
}
