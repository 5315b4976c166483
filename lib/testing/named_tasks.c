/* SPDX-License-Identifier: Apache-2.0 */
/* named_tasks: what mod_crosstown_tasks.c is to the server, less what no C
 * module sees: the header, places, targets outside of this process. The rest
 * is the module's own code. */
#include "named_tasks.h"

#include "ask.h"
#include "provide.h"
#include "target.h"

static const command_rec directives[] = {
    AP_INIT_TAKE_ARGV("CrosstownTask", ct_named_task_set, NULL, RSRC_CONF,
                      "what a name means: its name, module, key=value"),
    { NULL }
};

static void register_hooks(apr_pool_t *p)
{
    ct_ask_register();
    ct_target_register();
    ct_provide_register(p);
    ct_unique_register();
}

/* Its name is the one that the server knows, too. */
module AP_MODULE_DECLARE_DATA crosstown_tasks_module = {
    STANDARD20_MODULE_STUFF, NULL, NULL, ct_named_task_make_server, NULL,
    directives, register_hooks, AP_MODULE_FLAG_NONE
};

void crosstown_test_load_tasks(void)
{
    crosstown_test_load(&crosstown_tasks_module);
}

int ct_named_tasks_read(crosstown_fn_t *fn, const void *data,
                        crosstown_test_named_t *named)
{
    const crosstown_payload_t empty = CROSSTOWN_PAYLOAD_INIT;
    const ct_job_t *job = ct_ask_job(fn, data);

    if (!job) {
        return 0;
    }
    named->name = job->task->name;
    named->payload = empty;
    ct_job_payload(job, &named->payload);
    named->unique = ct_job_key(job);
    named->delay = job->delay;
    return 1;
}
