/* SPDX-License-Identifier: Apache-2.0 */
/* crosstown_client.h in each language that a module may be written in, behind
 * the server's own headers: it has to compile, nothing runs. */
#include "httpd.h"

#include "crosstown_client.h"

extern int use_client(crosstown_client_t *client, request_rec *r);
extern int use_deferreds(const crosstown_client_t *client, request_rec *r);

static apr_status_t work(const crosstown_task_t *task, void *data)
{
    return task && data ? APR_SUCCESS : APR_EGENERAL;
}

int use_client(crosstown_client_t *client, request_rec *r)
{
    crosstown_opts_t opts = CROSSTOWN_OPTS_INIT;
    crosstown_tally_t tally = CROSSTOWN_TALLY_INIT;
    apr_status_t rv;

    crosstown_client_load(client);
    rv = crosstown_client_defer(client, r, work, r, &opts);
    rv += crosstown_client_tally(client, &tally);
    rv += crosstown_client_submit(client, r->server, work, r, NULL);
#if !defined(__cplusplus) && defined(__STDC_VERSION__) \
    && __STDC_VERSION__ >= 199901L
    rv += CROSSTOWN_TRAFFIC(client, r, work);
    rv += CROSSTOWN_TRAFFIC(client, r, work, r);
    rv += CROSSTOWN_TRAFFIC(client, r, work, .name = "no data",
                            .no_htaccess = 1);
    rv += CROSSTOWN_TRAFFIC(client, r, work, r, .name = "client",
                            .no_go = "5xx 400-405 302", .same_thread = 1);
#endif
    if (crosstown_client_check_statuses(client, r->pool, "none")) {
        return -1;
    }
    return (int)rv + crosstown_client_count(client, r)
           + crosstown_client_cancel(client, r, NULL);
}

static apr_status_t run_link(crosstown_step_t *step, void *data)
{
    step->message = step->task ? step->task->name : (const char *)data;
    return step->message ? step->status : APR_EDEADLK;
}

static void give_up(crosstown_deferred_t *deferred, void *data)
{
    const crosstown_client_t *client = (const crosstown_client_t *)data;

    (void)client->deferreds->fail(deferred, CROSSTOWN_ECANCELED, NULL);
}

int use_deferreds(const crosstown_client_t *client, request_rec *r)
{
    static const crosstown_link_t links[] = {
        { run_link, NULL }, { NULL, run_link }, CROSSTOWN_CHAIN_END
    };
    const crosstown_deferreds_t *deferreds = client->deferreds;
    crosstown_deferred_t *several[2];
    crosstown_deferred_t *all;
    crosstown_result_t result = CROSSTOWN_RESULT_INIT;
    char id[CROSSTOWN_STASH_ID_SIZE];

    if (!deferreds || !CROSSTOWN_HAS(deferreds, crosstown_deferreds_t,
                                     make_failed)) {
        return -1;
    }
    several[0] = deferreds->make(give_up, (void *)client);
    several[1] = deferreds->call(r->server, run_link, r, NULL);
    (void)deferreds->add_links(several[0], links, NULL);
    (void)deferreds->add(several[1], run_link, NULL, NULL, NULL);
    all = deferreds->gather(several, 2, CROSSTOWN_GATHER_FIRST);
    if (deferreds->wait(all, 1, &result) == APR_TIMEUP
        && deferreds->stash(all, id) == APR_SUCCESS) {
        (void)deferreds->retrieve(id, &all);
    }
    return deferreds->answer(r, all, 1);
}
