/* SPDX-License-Identifier: Apache-2.0 */
/* task_host: all children of a generation have the same virtual hosts at the
 * same addresses. Those of another one are not there any more: so the child's
 * generation is compared, and the pointer with those that are there. */
#include "formats.h"

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

const char *ct_status_task_host(apr_pool_t *p, const ct_snapshot_t *snapshot,
                                const ct_snapshot_task_t *task)
{
    int own = ct_scoreboard_generation();
    const server_rec *s = ap_server_conf;

    if (!task->server || own < 0
        || generation_of(snapshot, task->pid) != own) {
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
