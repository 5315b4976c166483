/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Example consumer: a request records up to a thousand phone calls, real HTTP
 * requests made with libcurl, and mod_crosstown places them when the answer
 * is out. `make demo` tells their story.
 *
 *   SetHandler phone-calls   ?calls=100&status=200&no_go=0&same_thread=0
 *   SetHandler phone-bill    how the calls of this child process ended, JSON
 *   PhoneCallsEndpoint http://...   whom to call; never the request's choice
 */
#include "httpd.h"
#include "http_config.h"
#include "http_core.h"
#include "http_log.h"
#include "http_protocol.h"
#include "util_script.h"
#include "apr_atomic.h"
#include "apr_portable.h"
#include "apr_strings.h"
#include "apr_thread_mutex.h"
#include "crosstown_client.h"
#include <curl/curl.h>

#define CALLS_AT_MOST 1000
#define MILLISECONDS_PER_CALL_AT_MOST 10000L

module AP_MODULE_DECLARE_DATA phone_calls_module;

/* Per server. */
typedef struct phone_calls_config_t {
    const char *endpoint;
} phone_calls_config_t;

/* What a request asks for. */
typedef struct phone_calls_wish_t {
    int calls;
    int status;
    int no_go;
    int same_thread;
} phone_calls_wish_t;

/* What one call has to know. Copied when it is recorded (.data_size), so it
 * may be on the handler's stack; the endpoint is the configuration's string,
 * which lives as long as the child process. */
typedef struct phone_call_t {
    int number;
    const char *endpoint;
} phone_call_t;

/* What became of the calls of this child process. */
typedef struct phone_bill_t {
    int outcomes[CROSSTOWN_STOPPED + 1];
    int failed;                  /* of those that ran */
    apr_time_t last_over;
} phone_bill_t;

static crosstown_client_t crosstown;         /* set once */
static volatile apr_uint32_t calls_started;  /* atomic */
static phone_bill_t bill;                    /* bill_lock */
static apr_thread_mutex_t *bill_lock;        /* set once */

/* ---- the calls: threads of the pool, no request any more ---------------- */

static apr_status_t curl_status(CURLcode code)
{
    switch (code) {
    case CURLE_OK:
        return APR_SUCCESS;
    case CURLE_OUT_OF_MEMORY:
        return APR_ENOMEM;
    case CURLE_COULDNT_CONNECT:
        return APR_ECONNREFUSED;
    case CURLE_OPERATION_TIMEDOUT:
        return APR_TIMEUP;
    default:
        return APR_EGENERAL;
    }
}

static size_t listen_to_nothing(char *text, size_t size, size_t count,
                                void *unused)
{
    return size * count;
}

static CURLcode fetch(const char *url)
{
    CURL *easy = curl_easy_init();
    CURLcode code;

    if (!easy) {
        return CURLE_OUT_OF_MEMORY;
    }
    curl_easy_setopt(easy, CURLOPT_URL, url);
    /* Signals belong to the process, and there are other threads in it. */
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, MILLISECONDS_PER_CALL_AT_MOST);
    curl_easy_setopt(easy, CURLOPT_FAILONERROR, 1L);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, listen_to_nothing);
    code = curl_easy_perform(easy);
    curl_easy_cleanup(easy);
    return code;
}

/* Tells the endpoint when it started, as which one and on which thread: the
 * endpoint's list of calls is the evidence. */
static apr_status_t place_call(const crosstown_task_t *task, void *data)
{
    apr_uint32_t order = apr_atomic_inc32(&calls_started);
    apr_time_t started = apr_time_now();
    apr_os_thread_t thread = apr_os_thread_current();
    const phone_call_t *call = data;
    CURLcode code;

    code = fetch(apr_psprintf(task->pool, "%s?call=%d&order=%u&thread=%pT"
                              "&sent=%" APR_TIME_T_FMT
                              "&started=%" APR_TIME_T_FMT,
                              call->endpoint, call->number, order, &thread,
                              task->response->sent, started));
    if (code != CURLE_OK) {
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, task->response->server,
                     "call %d: %s", call->number, curl_easy_strerror(code));
    }
    return curl_status(code);
}

/* Every call comes by here once, also one that was never placed. */
static void hang_up(const crosstown_task_t *task, crosstown_outcome_e outcome,
                    apr_status_t result, void *data)
{
    apr_time_t now = apr_time_now();

    apr_thread_mutex_lock(bill_lock);
    bill.outcomes[outcome]++;
    if (result != APR_SUCCESS) {
        bill.failed++;
    }
    if (bill.last_over < now) {
        bill.last_over = now;
    }
    apr_thread_mutex_unlock(bill_lock);
}

/* ---- the requests ------------------------------------------------------- */

static apr_status_t record_calls(request_rec *r,
                                 const phone_calls_wish_t *wish)
{
    const phone_calls_config_t *config =
        ap_get_module_config(r->server->module_config, &phone_calls_module);
    phone_call_t call = { 0, config->endpoint };
    apr_status_t rv = APR_SUCCESS;

    for (call.number = 1;
         call.number <= wish->calls && rv == APR_SUCCESS; call.number++) {
        rv = CROSSTOWN_TRAFFIC(&crosstown, r, place_call, &call,
                 .name = "phone call",
                 .data_size = sizeof(call),
                 .no_go = wish->no_go ? "5xx 400-405 302" : NULL,
                 .same_thread = wish->same_thread,
                 .over = hang_up);
    }
    return rv;
}

/* NULL, or what is wrong with the number. */
static const char *read_number(request_rec *r, apr_table_t *args,
                               const char *name, int least, int most,
                               int *number)
{
    const char *word = apr_table_get(args, name);
    apr_int64_t value;
    char *end;

    if (!word) {
        return NULL;
    }
    value = apr_strtoi64(word, &end, 10);
    if (end == word || *end || value < least || value > most) {
        return apr_psprintf(r->pool, "%s: a number from %d to %d, please\n",
                            name, least, most);
    }
    *number = (int)value;
    return NULL;
}

static const char *read_wish(request_rec *r, phone_calls_wish_t *wish)
{
    apr_table_t *args;
    const char *wrong;

    ap_args_to_table(r, &args);
    if ((wrong = read_number(r, args, "calls", 0, CALLS_AT_MOST,
                             &wish->calls))
        || (wrong = read_number(r, args, "status", 200, 599, &wish->status))
        || (wrong = read_number(r, args, "no_go", 0, 1, &wish->no_go))
        || (wrong = read_number(r, args, "same_thread", 0, 1,
                                &wish->same_thread))) {
        return wrong;
    }
    /* The server answers 500 in place of a status that it has no name for. */
    if (wish->status != HTTP_INTERNAL_SERVER_ERROR
        && ap_index_of_response(wish->status)
           == ap_index_of_response(HTTP_INTERNAL_SERVER_ERROR)) {
        return "status: one that httpd knows, please\n";
    }
    return NULL;
}

static int say(request_rec *r, int status, const char *text)
{
    r->status = status;
    ap_set_content_type(r, "text/plain");
    ap_rputs(text, r);
    return OK;
}

static int answer_calls(request_rec *r)
{
    phone_calls_wish_t wish = { 1, HTTP_OK, 0, 0 };
    const char *wrong = read_wish(r, &wish);
    apr_status_t rv;

    if (wrong) {
        return say(r, HTTP_BAD_REQUEST, wrong);
    }
    rv = record_calls(r, &wish);
    if (rv != APR_SUCCESS) {
        /* APR_ENOTIMPL: mod_crosstown is not loaded. All or none: those that
         * were recorded before it failed are taken back. */
        crosstown_client_cancel(&crosstown, r, "phone call");
        ap_log_rerror(APLOG_MARK, APLOG_ERR, rv, r, "no calls recorded");
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    if (ap_is_HTTP_SUCCESS(wish.status)) {
        return say(r, wish.status, apr_psprintf(r->pool,
                                                "%d calls recorded\n",
                                                wish.calls));
    }
    if (ap_is_HTTP_REDIRECT(wish.status)) {
        apr_table_setn(r->err_headers_out, "Location", "/elsewhere");
    }
    return wish.status;
}

static int answer_bill(request_rec *r)
{
    phone_bill_t now;

    apr_thread_mutex_lock(bill_lock);
    now = bill;
    apr_thread_mutex_unlock(bill_lock);
    ap_set_content_type(r, "application/json");
    ap_rprintf(r, "{\"started\": %u, \"ran\": %d, \"failed\": %d,"
               " \"no_go\": %d, \"cancelled\": %d, \"rejected\": %d,"
               " \"stopped\": %d, \"last_over\": %" APR_TIME_T_FMT "}\n",
               apr_atomic_read32(&calls_started),
               now.outcomes[CROSSTOWN_RAN], now.failed,
               now.outcomes[CROSSTOWN_NO_GO],
               now.outcomes[CROSSTOWN_CANCELLED],
               now.outcomes[CROSSTOWN_REJECTED],
               now.outcomes[CROSSTOWN_STOPPED], now.last_over);
    return OK;
}

static int phone_calls_handler(request_rec *r)
{
    int wants_bill = r->handler && !strcmp(r->handler, "phone-bill");

    if (!wants_bill
        && (!r->handler || strcmp(r->handler, "phone-calls") != 0)) {
        return DECLINED;
    }
    r->allowed |= AP_METHOD_BIT << M_GET;
    if (r->method_number != M_GET) {
        return HTTP_METHOD_NOT_ALLOWED;
    }
    return wants_bill ? answer_bill(r) : answer_calls(r);
}

/* ---- start-up: one thread ----------------------------------------------- */

static void phone_calls_child_init(apr_pool_t *pchild, server_rec *s)
{
    /* Not pchild: a call that outlasts the drain still ends with hang_up()
     * while the child process goes away around it. curl_global_cleanup() is
     * left out for the same reason. */
    apr_status_t rv = apr_thread_mutex_create(&bill_lock,
                                              APR_THREAD_MUTEX_DEFAULT,
                                              s->process->pool);

    if (rv != APR_SUCCESS || curl_global_init(CURL_GLOBAL_ALL) != CURLE_OK) {
        ap_log_error(APLOG_MARK, APLOG_CRIT, rv, s, "no phone in this child");
        exit(APEXIT_CHILDSICK);
    }
}

static void phone_calls_retrieve(void)
{
    crosstown_client_load(&crosstown);
}

static void *phone_calls_create_config(apr_pool_t *p, server_rec *s)
{
    phone_calls_config_t *config = apr_pcalloc(p, sizeof(*config));

    config->endpoint = "http://127.0.0.1:8100/call";
    return config;
}

static const char *set_endpoint(cmd_parms *cmd, void *dir, const char *url)
{
    phone_calls_config_t *config =
        ap_get_module_config(cmd->server->module_config, &phone_calls_module);

    if (ap_strstr_c(url, "http://") != url
        && ap_strstr_c(url, "https://") != url) {
        return "PhoneCallsEndpoint: an http:// or https:// URL, please";
    }
    config->endpoint = url;
    return NULL;
}

static const command_rec phone_calls_directives[] = {
    AP_INIT_TAKE1("PhoneCallsEndpoint", set_endpoint, NULL, RSRC_CONF,
                  "the URL that every call goes to"),
    { NULL }
};

static void phone_calls_register_hooks(apr_pool_t *p)
{
    ap_hook_optional_fn_retrieve(phone_calls_retrieve, NULL, NULL,
                                 APR_HOOK_MIDDLE);
    ap_hook_child_init(phone_calls_child_init, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_handler(phone_calls_handler, NULL, NULL, APR_HOOK_MIDDLE);
}

AP_DECLARE_MODULE(phone_calls) = {
    STANDARD20_MODULE_STUFF,
    NULL, NULL, phone_calls_create_config, NULL, phone_calls_directives,
    phone_calls_register_hooks, 0
};
