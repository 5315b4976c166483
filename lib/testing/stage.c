/* SPDX-License-Identifier: Apache-2.0 */
/* stage: mod_crosstown is loaded by the same steps as any consumer, those of
 * LoadModule: places for modules, configuration, hooks. */
#include "stage.h"

#include <stdio.h>
#include <stdlib.h>

#include "apr_strings.h"
#include "crash.h"
#include "guarded.h"
#include "single.h"
#include "virtual_time.h"

static ct_stage_t *stage;

ct_stage_t *ct_stage(void)
{
    if (!stage) {
        ct_stage_misused("crosstown_test_begin() has to come first");
    }
    ct_crash_watch();
    return stage;
}

int ct_stage_is_up(void)
{
    return stage != NULL;
}

void ct_stage_misused(const char *how)
{
    (void)fprintf(stderr, "crosstown_testing: %s\n", how);
    abort();
}

ap_conf_vector_t *ct_stage_make_vector(apr_pool_t *p)
{
    return apr_pcalloc(p, CT_STAGE_MODULES * sizeof(void *));
}

static server_rec *make_server(apr_pool_t *p)
{
    static const char *const words[] = { "crosstown_testing", NULL };
    server_rec *s = apr_pcalloc(p, sizeof(*s));
    process_rec *process = apr_pcalloc(p, sizeof(*process));

    process->pool = process->pconf = p;
    process->short_name = words[0];
    process->argv = words;
    process->argc = 1;
    s->process = process;
    s->log.level = APLOG_DEBUG;
    s->module_config = ct_stage_make_vector(p);
    s->lookup_defaults = ct_stage_make_vector(p);
    s->server_hostname = apr_pstrdup(p, "localhost");
    s->server_admin = apr_pstrdup(p, "webmaster@localhost");
    s->defn_name = "crosstown_testing";
    s->port = 80;
    s->timeout = apr_time_from_sec(60);
    return s;
}

apr_status_t crosstown_test_begin(crosstown_test_mode_e mode)
{
    apr_pool_t *pool;
    apr_status_t rv;

    crosstown_test_end();
    rv = apr_initialize();
    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = apr_pool_create(&pool, NULL);
    if (rv != APR_SUCCESS) {
        apr_terminate();
        return rv;
    }
    stage = apr_pcalloc(pool, sizeof(*stage));
    stage->pool = pool;
    stage->mode = mode;
    stage->log = apr_array_make(pool, 16, sizeof(char *));
    stage->results = apr_array_make(pool, 16,
                                    sizeof(crosstown_test_result_t));
    stage->visits = apr_array_make(pool, 4, sizeof(request_rec *));
    stage->server = ap_server_conf = make_server(pool);
    apr_hook_global_pool = pool;
    ct_output_register();
    ct_input_register();
    crosstown_test_load(&crosstown_module);
    ct_results_watch();
    (void)ct_crash_task(NULL);
    crosstown_client_load(&stage->client);
    ct_waiting_replace(stage->client.deferreds);
    return APR_SUCCESS;
}

void crosstown_test_load(struct module_struct *consumer)
{
    ct_stage_t *now = ct_stage();
    server_rec *s = now->server;

    if (now->started || now->count == CT_STAGE_MODULES) {
        ct_stage_misused("load consumers before the first request, and not "
                         "more than 31");
    }
    consumer->module_index = now->count;
    now->modules[now->count++] = consumer;
    if (consumer->create_server_config) {
        ap_set_module_config(s->module_config, consumer,
                             consumer->create_server_config(now->pool, s));
    }
    if (consumer->create_dir_config) {
        ap_set_module_config(s->lookup_defaults, consumer,
                             consumer->create_dir_config(now->pool, NULL));
    }
    if (consumer->register_hooks) {
        apr_hook_debug_current = consumer->name;
        consumer->register_hooks(now->pool);
    }
}

/* What a module sets there, directives change: before the first one. */
void ct_stage_configure(void)
{
    ct_stage_t *now = ct_stage();

    if (!now->configured) {
        now->configured = 1;
        apr_hook_sort_all();
        ap_run_pre_config(now->pool, now->pool, now->pool);
    }
}

int crosstown_test_start(void)
{
    ct_stage_t *now = ct_stage();
    int answer;

    if (now->started) {
        return OK;
    }
    ct_stage_configure();
    now->started = 1;
    apr_hook_sort_all();
    ap_run_optional_fn_retrieve();
    answer = ap_run_post_config(now->pool, now->pool, now->pool,
                                now->server);
    if (answer == OK) {
        apr_pool_create(&now->child, now->pool);
        ap_run_child_init(now->child, now->server);
    }
    return answer;
}

void crosstown_test_stop(void)
{
    (void)crosstown_test_start();
    ct_single_stop();
}

/* The child's pool goes first, and with it what waits; the hooks and optional
 * functions of this test must not be found in the next. */
void crosstown_test_end(void)
{
    if (!stage) {
        return;
    }
    ct_visit_drop_all();
    if (stage->child) {
        ct_single_stop();
        apr_pool_destroy(stage->child);
    }
    apr_hook_deregister_all();
    apr_pool_destroy(stage->pool);
    ct_guarded_forget();
    ct_crash_unwatch();
    stage = NULL;
    ap_server_conf = NULL;
    apr_hook_global_pool = NULL;
    apr_terminate();
}

apr_pool_t *crosstown_test_pool(void)
{
    return ct_stage()->pool;
}

struct server_rec *crosstown_test_server(void)
{
    return ct_stage()->server;
}
