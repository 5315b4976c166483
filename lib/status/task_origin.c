/* SPDX-License-Identifier: Apache-2.0 */
/* task_origin: all children of a generation have the same virtual hosts, and
 * the same modules' functions, at the same addresses. Those of another one are
 * not there any more: so the child's generation is compared, and the pointer
 * with those that are there. A function is known by the file that it lies in,
 * which the loader says of any address. */
#include "formats.h"

#include <dlfcn.h>
#include <string.h>

#include "apr_lib.h"
#include "apr_strings.h"
#include "scoreboard.h"

static int generation_of(const ct_snapshot_t *snapshot, pid_t pid)
{
    int i;

    for (i = 0; i < snapshot->child_count; ++i) {
        if (snapshot->processes[i].pid == pid) {
            return snapshot->processes[i].generation;
        }
    }
    return -1;
}

static int has_our_addresses(const ct_snapshot_t *snapshot,
                             const ct_snapshot_task_t *task)
{
    int own = ct_scoreboard_generation();

    return own >= 0 && generation_of(snapshot, task->pid) == own;
}

const char *ct_status_task_host(apr_pool_t *p, const ct_snapshot_t *snapshot,
                                const ct_snapshot_task_t *task)
{
    const server_rec *s = ap_server_conf;

    if (!task->server || !has_our_addresses(snapshot, task)) {
        return NULL;
    }
    while (s && s != task->server) {
        s = s->next;
    }
    if (!s || !s->server_hostname) {
        return NULL;
    }
    return s->port ? apr_psprintf(p, "%s:%u", s->server_hostname,
                                  (unsigned)s->port) : s->server_hostname;
}

/* "/usr/lib/apache2/modules/mod_postcard.so" is mod_postcard. Of ours only the
 * function is that calls a deferred's. */
static const char *module_of(apr_pool_t *p, const char *file)
{
    const char *name = apr_filepath_name_get(file);
    const char *end = strstr(name, ".so");

    name = apr_pstrmemdup(p, name, end ? (apr_size_t)(end - name)
                                       : strlen(name));
    return strcmp(name, "mod_crosstown") == 0 ? "a deferred" : name;
}

const char *ct_status_task_by(apr_pool_t *p, const ct_snapshot_t *snapshot,
                              const ct_snapshot_task_t *task)
{
    const void *function;
    Dl_info found;

    if (task->by) {
        return task->by;
    }
    memcpy(&function, &task->fn, sizeof(function));
    return function && has_our_addresses(snapshot, task)
           && dladdr(function, &found) && found.dli_fname
           ? module_of(p, found.dli_fname) : NULL;
}
