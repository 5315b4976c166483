/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Example consumer: answers that are not there yet when the handler starts.
 *
 *   /simple        waits until somebody fires it ...
 *   /simple/fire   ... which is what this one does
 *   /error         fails, apologises, and says so in bold: a chain of links
 *   /coro          one step after the other, each on a thread of the pool
 *   /fanout        asks all backends at once    (mod_later_backends.c, as are)
 *   /stash         starts something slow and hands out a ticket
 *   /stash/ID      what became of it; once
 *
 *   SetHandler later
 *   LaterBackend http://...   whom to ask; never the request's choice
 *   LaterPatience 5           seconds, or "200ms": how long a route waits
 *
 * A handler that waits holds its thread. What waits here for another request
 * waits in its own process: under prefork, where a process answers one request
 * at a time, nobody ever comes to fire /simple.
 */
#include "mod_later.h"

#include "http_protocol.h"
#include "apr_strings.h"
#include "apr_thread_mutex.h"

#define PATIENCE apr_time_from_sec(5)
#define LONGEST_TEXT 256

const crosstown_deferreds_t *later;          /* set once */

/* Who waits at /simple, the last to come; with a reference. */
static crosstown_deferred_t *waiting;        /* waiting_lock */
static apr_thread_mutex_t *waiting_lock;     /* set once */

/* ---- links: on whatever thread runs the chain --------------------------- */

/* From a text to a page. */
static apr_status_t make_page(crosstown_step_t *step, void *unused)
{
    step->result = later->reply(step->deferred, HTTP_OK, NULL, step->result);
    return step->result ? APR_SUCCESS : APR_ENOMEM;
}

/* From a page to a page. What the chain allocates lives as long as it. */
static apr_status_t add_tag(crosstown_step_t *step, void *data)
{
    const crosstown_reply_t *page = step->result;
    apr_pool_t *pool = later->pool(step->deferred);
    const char *tag = data;

    if (!pool) {
        return APR_ENOMEM;
    }
    step->result = later->reply(step->deferred, page->status, page->type,
                                apr_psprintf(pool, "<%s>%s</%s>", tag,
                                             page->body, tag));
    return step->result ? APR_SUCCESS : APR_ENOMEM;
}

/* From a failure to a page: what comes next is a callback again. */
static apr_status_t apologise(crosstown_step_t *step, void *unused)
{
    apr_pool_t *pool = later->pool(step->deferred);

    if (!pool) {
        return APR_ENOMEM;
    }
    step->result = later->reply(
        step->deferred, HTTP_BAD_REQUEST, NULL,
        apr_pstrcat(pool, "Sorry, that was too much for me.<br><br>ERROR: ",
                    ap_escape_html(pool, step->message), NULL));
    return step->result ? APR_SUCCESS : APR_ENOMEM;
}

static apr_status_t read_number(crosstown_step_t *step, void *unused)
{
    const char *text = step->result;
    char *end;

    (void)apr_strtoi64(text, &end, 10);
    if (end == text || *end) {
        step->message = "a word is not a number";
        return APR_EINVAL;
    }
    return APR_SUCCESS;
}

/* ---- the routes: the request's thread ----------------------------------- */

const later_config_t *later_config(const request_rec *r)
{
    return ap_get_module_config(r->server->module_config, &later_module);
}

int later_say(request_rec *r, int status, const char *text)
{
    r->status = status;
    ap_set_content_type(r, "text/html");
    ap_rputs(text, r);
    return OK;
}

/* Put d, or nobody, in the place of the one that waited, whose reference goes
 * to the caller. */
static crosstown_deferred_t *change_places(crosstown_deferred_t *d)
{
    crosstown_deferred_t *before;

    apr_thread_mutex_lock(waiting_lock);
    before = waiting;
    waiting = d;
    apr_thread_mutex_unlock(waiting_lock);
    return before;
}

/* Whoever is d has a reference of his own. */
static void leave_place(crosstown_deferred_t *d)
{
    apr_thread_mutex_lock(waiting_lock);
    if (waiting == d) {
        waiting = NULL;
        later->release(d);
    }
    apr_thread_mutex_unlock(waiting_lock);
}

/* The chain first, the result when it comes. */
static int simple(request_rec *r)
{
    crosstown_deferred_t *d = later->make(NULL, NULL);
    int status;

    if (!d) {
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    later->add(d, make_page, NULL, NULL, NULL);
    later->add(d, add_tag, "i", NULL, NULL);
    later->add(d, add_tag, "u", NULL, NULL);
    later->release(change_places(later->keep(d)));
    status = later->answer_or_cancel(r, later->keep(d),
                                     later_config(r)->patience);
    leave_place(d);
    later->release(d);
    return status;
}

/* The links of the other request run here, on this request's thread. */
static int simple_fire(request_rec *r)
{
    crosstown_deferred_t *d = change_places(NULL);

    if (!d) {
        return later_say(r, HTTP_OK, "Nothing to fire: it was fired before, "
                         "or nobody waits. Ask for "
                         "<a href=\"/simple\">/simple</a> first.");
    }
    later->fire(d, "Somebody else has fired this!");
    later->release(d);
    return later_say(r, HTTP_OK, "Fired: now look at who asked for "
                     "<a href=\"/simple\">/simple</a>.");
}

/* As if / else, but wherever the links run and whenever the result comes. */
static int error(request_rec *r)
{
    crosstown_deferred_t *d = later->attempt(read_number, "hello", NULL);

    if (d) {
        later->add(d, NULL, NULL, apologise, NULL);
        later->add(d, add_tag, "strong", NULL, NULL);
    }
    return later->answer(r, d, later_config(r)->patience);
}

/* What one step of /coro has to know. No pointer to anything of the request:
 * a step may outlast it. */
typedef struct wrapping_t {
    const char *tag;
    char text[LONGEST_TEXT];
} wrapping_t;

static apr_status_t wrap(crosstown_step_t *step, void *data)
{
    const wrapping_t *job = data;
    apr_pool_t *pool = later->pool(step->deferred);

    if (!pool) {
        return APR_ENOMEM;
    }
    step->result = apr_psprintf(pool, "<%s>%s</%s>", job->tag, job->text,
                                job->tag);
    return APR_SUCCESS;
}

/* Have the pool wrap the text, and wait for that. */
static apr_status_t wrapped(request_rec *r, const char *tag, char *text)
{
    crosstown_result_t result = { sizeof(result), APR_SUCCESS, NULL, NULL };
    crosstown_opts_t opts = CROSSTOWN_OPTS_INIT;
    crosstown_deferred_t *d;
    wrapping_t job;
    apr_status_t rv;

    job.tag = tag;
    apr_cpystrn(job.text, text, sizeof(job.text));
    opts.name = "wrap";
    opts.data_size = sizeof(job);
    d = later->call(r->server, wrap, &job, &opts);
    if (!d) {
        return APR_ENOMEM;
    }
    rv = later->wait(d, later_config(r)->patience, &result);
    if (rv == APR_SUCCESS) {
        rv = result.status;
    }
    if (rv == APR_SUCCESS) {
        apr_cpystrn(text, result.result, LONGEST_TEXT);
    }
    later->release(d);
    return rv;
}

/* No links: one line after the other, and the work is done elsewhere. */
static int coro(request_rec *r)
{
    char text[LONGEST_TEXT] = "Straight on, and never in the way.";
    apr_status_t rv;

    if ((rv = wrapped(r, "i", text)) != APR_SUCCESS
        || (rv = wrapped(r, "strong", text)) != APR_SUCCESS
        || (rv = wrapped(r, "body", text)) != APR_SUCCESS
        || (rv = wrapped(r, "html", text)) != APR_SUCCESS) {
        ap_log_rerror(APLOG_MARK, APLOG_ERR, rv, r, "/coro got stuck");
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    return later_say(r, HTTP_OK, text);
}

typedef struct route_t {
    const char *path;
    int (*answer)(request_rec *r);
} route_t;

static int later_handler(request_rec *r)
{
    static const route_t routes[] = {
        { "/simple", simple }, { "/simple/fire", simple_fire },
        { "/error", error }, { "/coro", coro }, { "/fanout", later_fanout },
        { "/stash", later_stash }, { NULL, NULL }
    };
    const route_t *route = routes;

    if (!later || !r->handler || strcmp(r->handler, "later") != 0) {
        return DECLINED;
    }
    if (r->method_number != M_GET) {
        r->allowed |= AP_METHOD_BIT << M_GET;
        return HTTP_METHOD_NOT_ALLOWED;
    }
    if (!strncmp(r->uri, "/stash/", 7)) {
        return later_retrieve(r, r->uri + 7);
    }
    while (route->path && strcmp(route->path, r->uri) != 0) {
        ++route;
    }
    return route->path ? route->answer(r) : DECLINED;
}

/* ---- start-up: one thread ----------------------------------------------- */

static void later_child_init(apr_pool_t *pchild, server_rec *s)
{
    apr_status_t rv = apr_thread_mutex_create(&waiting_lock,
                                              APR_THREAD_MUTEX_DEFAULT,
                                              s->process->pool);

    if (rv != APR_SUCCESS || later_start_asking() != APR_SUCCESS) {
        ap_log_error(APLOG_MARK, APLOG_CRIT, rv, s, "not now, not later");
        exit(APEXIT_CHILDSICK);
    }
}

static void later_load(void)
{
    crosstown_client_t crosstown;

    crosstown_client_load(&crosstown);
    later = crosstown.deferreds;
}

static void *later_create_config(apr_pool_t *p, server_rec *s)
{
    later_config_t *config = apr_pcalloc(p, sizeof(*config));

    config->backends = apr_array_make(p, 5, sizeof(const char *));
    config->patience = PATIENCE;
    return config;
}

static later_config_t *config_of(cmd_parms *cmd)
{
    return ap_get_module_config(cmd->server->module_config, &later_module);
}

static const char *add_backend(cmd_parms *cmd, void *dir, const char *url)
{
    if (ap_strstr_c(url, "http://") != url
        && ap_strstr_c(url, "https://") != url) {
        return "LaterBackend: an http:// or https:// URL, please";
    }
    APR_ARRAY_PUSH(config_of(cmd)->backends, const char *) = url;
    return NULL;
}

static const char *set_patience(cmd_parms *cmd, void *dir, const char *time)
{
    apr_interval_time_t *patience = &config_of(cmd)->patience;

    if (ap_timeout_parameter_parse(time, patience, "s") != APR_SUCCESS
        || *patience <= 0) {
        return "LaterPatience: seconds, or a time such as 200ms, please";
    }
    return NULL;
}

static const command_rec later_directives[] = {
    AP_INIT_TAKE1("LaterBackend", add_backend, NULL, RSRC_CONF,
                  "a URL that /fanout asks; may be given several times"),
    AP_INIT_TAKE1("LaterPatience", set_patience, NULL, RSRC_CONF,
                  "how long a route waits (default 5 seconds)"),
    { NULL }
};

static void later_register_hooks(apr_pool_t *p)
{
    ap_hook_optional_fn_retrieve(later_load, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_child_init(later_child_init, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_handler(later_handler, NULL, NULL, APR_HOOK_MIDDLE);
}

AP_DECLARE_MODULE(later) = {
    STANDARD20_MODULE_STUFF,
    NULL, NULL, later_create_config, NULL, later_directives,
    later_register_hooks, 0
};
