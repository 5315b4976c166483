/* SPDX-License-Identifier: Apache-2.0 */
/* status_control: a POST to the status handler where CrosstownControl is On,
 * as a form on the page sends it, or
 *   curl -d do=pause -d name=mail http://localhost/crosstown-status
 * with do= one of:
 *   pause, resume       name=NAME
 *   concurrency         name=NAME value=NUMBER; 0: as configured
 *   threads             value=NUMBER; the same
 *   drain, accept       nothing
 *   others              are those of other modules (crosstown_control.h)
 * and back=page, to see the page again instead of a line of text.
 *
 * A browser sends such a form for any page that asks it to, from inside the
 * network that the status page is kept to. It says which page that was
 * (Origin, Sec-Fetch-Site), and who is no browser says nothing. A page whose
 * name was made to point to this server is told by the name: only an address,
 * localhost and the names of the virtual host are believed. */
#include "status_control.h"

#include "apr_cstr.h"
#include "apr_lib.h"
#include "apr_strings.h"
#include "config.h"
#include "control.h"
#include "crosstown_control.h"
#include "http_protocol.h"
#include "http_request.h"
#include "http_vhost.h"
#include "name_ids.h"
#include "text.h"

/* Of the body, in bytes. */
#define MOST_BODY 4096

/** What a request asks for. */
typedef struct {
    request_rec *r;
    apr_array_header_t *pairs;
    ct_switches_t *switches;
    const char *name;                /* NULL: none */
    unsigned int label;              /* of the name */
    apr_int64_t value;
    const char *answer;              /* what was done, or what is wrong */
} order_t;

/* ---- who asks ---- */

static int is_address(const char *host)
{
    const char *at = host;

    if (*host == '[') {
        return 1;
    }
    while (apr_isdigit(*at) || *at == '.') {
        ++at;
    }
    return at > host && (*at == '\0' || *at == ':');
}

static int is_localhost(const char *host)
{
    static const char name[] = "localhost";

    return ap_cstr_casecmpn(host, name, sizeof(name) - 1) == 0
           && (host[sizeof(name) - 1] == '\0'
               || host[sizeof(name) - 1] == ':');
}

static int is_ours(request_rec *r, const char *host)
{
    return is_address(host) || is_localhost(host)
           || ap_matches_request_vhost(r, r->hostname,
                                       r->parsed_uri.port
                                       ? r->parsed_uri.port
                                       : ap_get_server_port(r));
}

/* @return NULL, or what is wrong */
static const char *refuse_origin(request_rec *r)
{
    const char *origin = apr_table_get(r->headers_in, "Origin");
    const char *fetch = apr_table_get(r->headers_in, "Sec-Fetch-Site");
    const char *host = apr_table_get(r->headers_in, "Host");
    const char *authority;

    if (fetch && strcmp(fetch, "same-origin") != 0) {
        return "the request comes from another page (Sec-Fetch-Site)";
    }
    if (!origin) {
        return NULL;
    }
    authority = ap_strstr_c(origin, "://");
    if (!authority || !host
        || ap_cstr_casecmp(authority + 3, host) != 0) {
        return "the request comes from another page: its Origin is not the "
               "Host that it was sent to";
    }
    return is_ours(r, host) ? NULL
           : "its Host is no name of this virtual host (ServerName, "
             "ServerAlias)";
}

/* ---- what is asked for ---- */

static const char *find(const order_t *order, const char *key)
{
    int i;

    for (i = 0; i < order->pairs->nelts; ++i) {
        ap_form_pair_t *pair = &APR_ARRAY_IDX(order->pairs, i,
                                              ap_form_pair_t);
        apr_off_t length = 0;
        apr_size_t size;
        char *text;

        if (strcmp(pair->name, key) != 0) {
            continue;
        }
        (void)apr_brigade_length(pair->value, 1, &length);
        size = (apr_size_t)length;
        text = apr_palloc(order->r->pool, size + 1);
        (void)apr_brigade_flatten(pair->value, text, &size);
        text[size] = '\0';
        return text;
    }
    return NULL;
}

/* As it is, or as the page shows it. */
static int is_called(apr_pool_t *p, const char *text, const char *said)
{
    const char *visible = ct_status_text_visible(p, text);

    return strcmp(text, said) == 0 || strcmp(visible, said) == 0
           || strcmp(ct_status_text_spaces(p, visible), said) == 0;
}

/* @return 0: nobody is called that */
static int find_label(order_t *order)
{
    char said[CT_SNAPSHOT_NAME_SIZE], text[CT_SNAPSHOT_NAME_SIZE];

    ct_name_ids_spell(said, order->name);
    for (order->label = 0; order->label < CT_SWITCHES_NAMES; ++order->label) {
        if (ct_name_ids_text(order->label, text)
            && (strcmp(text, said) == 0
                || is_called(order->r->pool, text, order->name))) {
            return 1;
        }
    }
    return 0;
}

static const char *shown(const order_t *order)
{
    return ct_status_text_visible(order->r->pool, order->name);
}

static void pause_name(order_t *order)
{
    atomic_store(&order->switches->names[order->label].paused, 1);
    order->answer = apr_psprintf(order->r->pool, "\"%s\" is paused",
                                 shown(order));
}

static void resume_name(order_t *order)
{
    atomic_store(&order->switches->names[order->label].paused, 0);
    order->answer = apr_psprintf(order->r->pool, "\"%s\" is resumed",
                                 shown(order));
}

static void set_concurrency(order_t *order)
{
    atomic_store(&order->switches->names[order->label].at_once,
                 (unsigned int)order->value);
    order->answer = order->value
        ? apr_psprintf(order->r->pool, "\"%s\": %d may run at once until the "
                       "next restart", shown(order), (int)order->value)
        : apr_psprintf(order->r->pool, "\"%s\": as many may run at once as "
                       "is configured", shown(order));
}

static void set_threads(order_t *order)
{
    atomic_store(&order->switches->threads, (unsigned int)order->value);
    order->answer = order->value
        ? apr_psprintf(order->r->pool, "%d threads at most in a child until "
                       "the next restart", (int)order->value)
        : "as many threads as are configured";
}

static void drain(order_t *order)
{
    atomic_store(&order->switches->draining, 1);
    order->answer = "the queues are drained: new tasks are treated as where "
                    "a queue is full, until the next restart";
}

static void accept_again(order_t *order)
{
    atomic_store(&order->switches->draining, 0);
    order->answer = "new tasks are taken again";
}

/* Of the value; 0: there is none. */
static apr_uint32_t no_value(void)
{
    return 0;
}

static apr_uint32_t most_at_once(void)
{
    return CT_CONFIG_MOST_THREADS;
}

/** What can be asked for. */
static const struct {
    const char *word;
    int with_name;
    apr_uint32_t (*most)(void);
    void (*act)(order_t *order);
} acts[] = {
    { "pause", 1, no_value, pause_name },
    { "resume", 1, no_value, resume_name },
    { "concurrency", 1, most_at_once, set_concurrency },
    { "threads", 0, ct_control_most_threads, set_threads },
    { "drain", 0, no_value, drain },
    { "accept", 0, no_value, accept_again },
    { NULL, 0, NULL, NULL }
};

static int complain(order_t *order, const char *what)
{
    order->answer = what;
    return HTTP_BAD_REQUEST;
}

/* Not by APR's run-first, as in outcomes.c. */
static int ask_others(order_t *order, const char *word)
{
    const apr_array_header_t *hooks =
        apr_optional_hook_get("crosstown_order");
    crosstown_order_t other = {
        sizeof(other), order->r, word, order->name, NULL
    };
    int status = DECLINED;
    int i;

    for (i = 0; hooks && word && i < hooks->nelts && status == DECLINED; ++i) {
        status = APR_ARRAY_IDX(hooks, i, crosstown_LINK_crosstown_order_t)
            .pFunc(&other);
    }
    order->answer = other.answer ? other.answer : "";
    return status != DECLINED ? status
        : complain(order, "do: write one of pause, resume, concurrency, "
                   "threads, drain, accept, with CrosstownStore also retry, "
                   "delete");
}

static int obey(order_t *order)
{
    apr_pool_t *p = order->r->pool;
    const char *word = find(order, "do");
    const char *value = find(order, "value");
    apr_uint32_t most;
    int i = 0;

    while (acts[i].word && (!word || strcmp(acts[i].word, word) != 0)) {
        ++i;
    }
    order->name = find(order, "name");
    if (!acts[i].word) {
        return ask_others(order, word);
    }
    if (acts[i].with_name && (!order->name || !find_label(order))) {
        return complain(order, apr_psprintf(p, "name: \"%s\" is no name of a "
                        "task that was recorded since the server was started",
                        order->name ? shown(order) : ""));
    }
    most = acts[i].most();
    if (most > 0
        && (!value || apr_cstr_strtoi64(&order->value, value, 0, most, 10)
                      != APR_SUCCESS)) {
        return complain(order, apr_psprintf(p, "value: write a number from 0 "
                        "(as configured) to %u", (unsigned)most));
    }
    acts[i].act(order);
    ct_switches_changed(order->switches);
    return OK;
}

static void say(order_t *order, int status)
{
    request_rec *r = order->r;

    r->status = status == OK ? HTTP_OK : status;
    ap_set_content_type(r, "text/plain; charset=utf-8");
    apr_table_setn(r->headers_out, "Cache-Control", "no-store");
    apr_table_setn(r->headers_out, "X-Content-Type-Options", "nosniff");
    ap_rprintf(r, "%s\n", order->answer);
}

int ct_status_control(request_rec *r)
{
    order_t order = { .r = r, .switches = ct_control_switches() };
    const char *wrong = refuse_origin(r);
    const char *back;
    int status;

    if (wrong) {
        ap_log_rerror(APLOG_MARK, APLOG_NOTICE, 0, r, CTLOGNO(01804)
                      "CrosstownControl: refused: %s", wrong);
        order.answer = wrong;
        say(&order, HTTP_FORBIDDEN);
        return OK;
    }
    if (ap_parse_form_data(r, NULL, &order.pairs, (apr_size_t)-1, MOST_BODY)
        != OK || !order.pairs) {
        order.answer = "write a form: do=WORD, with what belongs to it";
        say(&order, HTTP_BAD_REQUEST);
        return OK;
    }
    status = obey(&order);
    if (status == OK) {
        ap_log_rerror(APLOG_MARK, APLOG_NOTICE, 0, r, CTLOGNO(01803)
                      "CrosstownControl: %s, by order of %s", order.answer,
                      r->user ? r->user : "a client without a user name");
    }
    back = find(&order, "back");
    if (status == OK && back && strcmp(back, "page") == 0) {
        apr_table_setn(r->headers_out, "Location",
                       ap_escape_uri(r->pool, r->uri));
        return HTTP_SEE_OTHER;
    }
    say(&order, status);
    return OK;
}
