/* SPDX-License-Identifier: Apache-2.0 */
/* url_settings: a name that is accepted is followed by what it means there, as
 * that depends on the virtual host, too. */
#include "url_settings.h"

#include "apr_strings.h"

#include "named_task.h"
#include "crosstown_control.h"
#include "task_place.h"

static void add_task(request_rec *lookup, apr_array_header_t *said,
                     const char *name)
{
    const ct_named_task_t *task = ct_named_task_find(lookup->server, name);

    if (task) {
        crosstown_setting_add(said, apr_psprintf(
            lookup->pool, "CrosstownTask %s %s%s", name,
            ct_named_task_show(lookup->pool, task), task->said), task->by);
    }
}

static void add_accepted(request_rec *lookup, apr_array_header_t *said,
                         const ct_task_place_t *place)
{
    int i;

    if (!place->accepted || place->accepted->nelts == 0) {
        crosstown_setting_add(said, "CrosstownAccept none",
                              place->accepted_by ? APR_ARRAY_IDX(
                                  place->accepted_by, 0,
                                  const ap_directive_t *) : NULL);
        return;
    }
    for (i = 0; i < place->accepted->nelts; ++i) {
        const char *name = APR_ARRAY_IDX(place->accepted, i, const char *);

        crosstown_setting_add(said, apr_pstrcat(
            lookup->pool, "CrosstownAccept ", name, NULL), APR_ARRAY_IDX(
                place->accepted_by, i, const ap_directive_t *));
        add_task(lookup, said, name);
    }
}

static void add_after(request_rec *lookup, apr_array_header_t *said,
                      const ct_task_place_t *place)
{
    int i;

    if (!place->after) {
        crosstown_setting_add(said, "CrosstownAfter none",
                              place->after_dropped);
        return;
    }
    for (i = 0; i < place->after->nelts; ++i) {
        const ct_after_t *after = APR_ARRAY_IDX(place->after, i,
                                                const ct_after_t *);

        crosstown_setting_add(said, apr_pstrcat(
            lookup->pool, "CrosstownAfter ", after->by->args, NULL),
            after->by);
        add_task(lookup, said, after->name);
    }
}

static int settings(request_rec *lookup, apr_array_header_t *said)
{
    const ct_task_place_t *place = ct_task_place_of(lookup);

    add_accepted(lookup, said, place);
    add_after(lookup, said, place);
    crosstown_setting_add(said, place->report > 0 ? "CrosstownReport On"
                          : "CrosstownReport Off", place->report_by);
    return OK;
}

void ct_url_settings_register(void)
{
    APR_OPTIONAL_HOOK(crosstown, crosstown_settings, settings, NULL, NULL,
                      APR_HOOK_MIDDLE);
}
