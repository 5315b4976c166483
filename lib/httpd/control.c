/* SPDX-License-Identifier: Apache-2.0 */
/* control: one piece of anonymous shared memory, made before the first child
 * is forked. A name is known there by its number, see name_ids.h. So that any
 * name can be paused, and be given a limit, each has one of its own as soon as
 * CrosstownControl is On somewhere; where it is not there is no memory, no
 * such limit, and no thread that waits for what is said. */
#include "control.h"

#include "apr_strings.h"
#include "config.h"
#include "memory.h"
#include "name_ids.h"
#include "place.h"

#define RETAINED "mod_crosstown.control"

/* Times those of CrosstownThreads: a child has room for them from its
 * start. */
#define MORE_THREADS 4

_Static_assert(CT_SWITCHES_NAMES == CT_SCOREBOARD_NAMES,
               "each name has a switch");

/* What the parent keeps through restarts. */
typedef struct {
    apr_size_t layout;               /* as the module was built that made it */
    const ct_shared_t *names;        /* that its numbers are of */
    ct_switches_t *switches;
} retained_t;

static int wanted;                   /* set while the configuration is read */
static ct_switches_t *switches;      /* set in post_config */

ct_switches_t *ct_control_switches(void)
{
    return switches;
}

int ct_control_is_on(const request_rec *r)
{
    const ct_place_t *place = ap_get_module_config(r->per_dir_config,
                                                   &crosstown_module);

    return switches && place->control == 1;
}

int ct_control_is_draining(void)
{
    return switches && atomic_load(&switches->draining);
}

apr_uint32_t ct_control_most_threads(void)
{
    apr_uint32_t most = MORE_THREADS * ct_config()->threads_max;

    return most < CT_CONFIG_MOST_THREADS ? most : CT_CONFIG_MOST_THREADS;
}

const char *ct_control_set(cmd_parms *cmd, void *dir, const char *arg)
{
    ct_place_t *place = dir;
    int on = 0;
    const char *message = ct_config_choice(cmd, arg, "Off", "On", &on);

    if (!message && on && !cmd->path) {
        message = apr_psprintf(cmd->pool, "%s: write it in the <Location> of "
                               "crosstown-status; whoever may POST there can "
                               "hold tasks up", cmd->cmd->name);
    }
    if (!message) {
        place->control = (signed char)on;
        place->control_by = cmd->directive;
        wanted |= on;
    }
    return message;
}

static int forget(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp)
{
    wanted = 0;
    return OK;
}

/* @return NULL: there is no memory */
static retained_t *make(void)
{
    retained_t *kept;
    void *memory;

    if (!ct_scoreboard_is_shared()
        || ct_memory_share(sizeof(ct_switches_t), &memory) != APR_SUCCESS) {
        return NULL;
    }
    kept = ap_retained_data_get(RETAINED);
    if (!kept) {
        kept = ap_retained_data_create(RETAINED, sizeof(*kept));
    }
    kept->layout = sizeof(ct_switches_t);
    kept->names = ct_scoreboard_shared();
    kept->switches = memory;
    return kept;
}

/* Children of the configuration before read it, too, until they are gone. */
static void restart(server_rec *s, int keep_paused)
{
    unsigned int i;

    atomic_store(&switches->threads, 0);
    atomic_store(&switches->draining, 0);
    for (i = 0; i < CT_SWITCHES_NAMES; ++i) {
        ct_name_switch_t *name = &switches->names[i];
        char text[CT_SNAPSHOT_NAME_SIZE];

        atomic_store(&name->at_once, 0);
        if (!keep_paused) {
            atomic_store(&name->paused, 0);
        }
        else if (atomic_load(&name->paused) && ct_name_ids_text(i, text)) {
            ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, s, CTLOGNO(01802)
                         "CrosstownControl: \"%s\" is still paused", text);
        }
    }
    ct_switches_changed(switches);
}

/* So that each name can be held up, also one without a CrosstownLimit. */
static void add_limits(ct_name_limits_t *limits, apr_pool_t *p)
{
    unsigned int count = limits->count + CT_SWITCHES_NAMES;
    ct_name_limit_t *all = apr_pcalloc(p, count * sizeof(*all));
    unsigned int i;

    for (i = 0; i < count; ++i) {
        unsigned int label = i - limits->count;

        if (i < limits->count) {
            all[i] = limits->all[i];
            label = ct_name_ids_find(all[i].name);
        }
        all[i].number = (unsigned short)(i + 1);
        all[i].says = &switches->names[label];
    }
    limits->all = all;
    limits->others = CT_SWITCHES_NAMES;
}

/* Behind those that make what is shared, and give limits their places. */
static int prepare(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp,
                   server_rec *s)
{
    ct_config_t *config = ap_get_module_config(s->module_config,
                                               &crosstown_module);
    retained_t *kept = ap_retained_data_get(RETAINED);

    if (ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_CREATE_PRE_CONFIG) {
        return OK;
    }
    if (kept && (kept->layout != sizeof(ct_switches_t)
                 || kept->names != ct_scoreboard_shared())) {
        kept = NULL;
    }
    if (!kept && wanted) {
        kept = make();
    }
    switches = kept ? kept->switches : NULL;
    if (switches) {
        restart(s, wanted);
    }
    else if (wanted) {
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s, CTLOGNO(01801)
                     "no shared memory for CrosstownControl: it is Off");
    }
    if (!wanted) {
        switches = NULL;
    }
    if (switches) {
        add_limits(&config->name_limits, pconf);
    }
    return OK;
}

void ct_control_register(void)
{
    ap_hook_pre_config(forget, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_post_config(prepare, NULL, NULL, APR_HOOK_LAST);
}
