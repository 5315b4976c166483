/* SPDX-License-Identifier: Apache-2.0 */
/* target_http: one easy handle a thread, kept, so that connections are used
 * again; a multi handle was measured at two to four times the processor time.
 * Connections are not shared between threads, which libcurl has never made
 * safe. What the server's environment says of proxies does not count, and
 * answers cannot send us elsewhere: redirects are not followed.
 *
 * The URL is the configuration's and takes nothing from a payload. */
#include "target_http.h"

#include "http_address.h"
#include "http_url.h"
#include "own_server.h"
#include "self_token.h"
#include "signature.h"
#include "target.h"

#include "apr_strings.h"

#include <curl/curl.h>
#include <pthread.h>

#define TIMEOUT    apr_time_from_sec(10)
#define ANSWER     (64 * 1024)       /* bytes of it that are read */
#define DNS_CACHE  30L               /* seconds */
#define LONGEST_WAIT 31536000        /* seconds, a year */
#define AGENT      "mod_crosstown/1.3"

static const char *const keys[] = { "secret", "private", "self", NULL };

static pthread_key_t handle_key;
static int has_key;

static void end_handle(void *handle)
{
    curl_easy_cleanup(handle);
}

/* This thread's handle, with its connections. */
static CURL *handle_of_thread(void)
{
    CURL *handle = pthread_getspecific(handle_key);

    if (!handle) {
        handle = curl_easy_init();
        if (handle && pthread_setspecific(handle_key, handle)) {
            curl_easy_cleanup(handle);
            return NULL;
        }
    }
    return handle;
}

/* The answer is of no interest, but an honest server may want to send it. */
static size_t discard(char *data, size_t size, size_t count, void *left)
{
    size_t *rest = left;

    if (size * count > *rest) {
        return 0;
    }
    *rest -= size * count;
    return size * count;
}

static struct curl_slist *add(struct curl_slist *list, apr_pool_t *p,
                              const char *name, const char *value)
{
    struct curl_slist *longer = value
        ? curl_slist_append(list, apr_pstrcat(p, name, ": ", value, NULL))
        : list;

    return longer ? longer : list;
}

/* No value of a payload is in any of them. */
static struct curl_slist *make_headers(const crosstown_task_t *task,
                                       const crosstown_payload_t *payload,
                                       const ct_http_url_t *url)
{
    apr_pool_t *p = task->pool;
    const char *stamp = apr_psprintf(p, "%" APR_TIME_T_FMT,
                                     apr_time_sec(apr_time_now()));
    struct curl_slist *list = NULL;

    list = add(list, p, "Expect", "");
    list = add(list, p, "Content-Type", payload->type);
    list = add(list, p, "Crosstown-Task", task->name);
    list = add(list, p, "Crosstown-Attempt",
               apr_psprintf(p, "%u", task->attempt));
    list = add(list, p, "webhook-id", task->id);
    list = add(list, p, "webhook-timestamp", stamp);
    if (url->secrets) {
        list = add(list, p, "webhook-signature",
                   ct_signature_make(p, url->secrets, task->id, stamp,
                                     payload->data, payload->length));
    }
    if (task->response && task->response->traceparent) {
        list = add(list, p, "traceparent", task->response->traceparent);
    }
    if (url->self) {
        list = add(list, p, CT_SELF_TOKEN_HEADER, ct_self_token());
    }
    return list;
}

/* What is the same for all tasks of a target; most threads serve few. */
static void set_up(CURL *handle, const ct_http_url_t *url)
{
    void *before = NULL;

    curl_easy_getinfo(handle, CURLINFO_PRIVATE, &before);
    if (before == url) {
        return;
    }
    curl_easy_reset(handle);
    curl_easy_setopt(handle, CURLOPT_PRIVATE, url);
    curl_easy_setopt(handle, CURLOPT_CURLU, url->parsed);
    curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(handle, CURLOPT_PROXY, "");
#if LIBCURL_VERSION_NUM >= 0x075500
    curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
#else
    curl_easy_setopt(handle, CURLOPT_PROTOCOLS,
                     (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
    curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS,
                     (long)apr_time_as_msec(url->timeout));
    curl_easy_setopt(handle, CURLOPT_DNS_CACHE_TIMEOUT, DNS_CACHE);
    curl_easy_setopt(handle, CURLOPT_USERAGENT, AGENT);
    curl_easy_setopt(handle, CURLOPT_FORBID_REUSE, (long)url->closes);
    curl_easy_setopt(handle, CURLOPT_POST, 1L);
    curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, discard);
    curl_easy_setopt(handle, CURLOPT_OPENSOCKETFUNCTION, ct_http_open_socket);
}

/* Seconds, whichever of its two forms was sent. */
static apr_interval_time_t retry_after_of(CURL *handle)
{
    curl_off_t seconds = 0;

#if LIBCURL_VERSION_NUM >= 0x074200
    curl_easy_getinfo(handle, CURLINFO_RETRY_AFTER, &seconds);
#endif
    return seconds > 0 && seconds < LONGEST_WAIT
           ? apr_time_from_sec((apr_time_t)seconds)
           : seconds > 0 ? apr_time_from_sec(LONGEST_WAIT) : 0;
}

/* An address that was refused is a mistake of the configuration. */
static apr_status_t judge(const crosstown_task_t *task,
                          const ct_http_url_t *url, CURLcode code,
                          const ct_http_address_t *address, const char *words)
{
    if (address->refused[0]) {
        return ct_target_fail(task, CROSSTOWN_GIVE_UP, "%s: %s", url->shown,
                              address->refused);
    }
    if (code == CURLE_OPERATION_TIMEDOUT) {
        return ct_target_fail(task, APR_TIMEUP, "%s: no answer within %"
                              APR_TIME_T_FMT " ms (timeout=)", url->shown,
                              apr_time_as_msec(url->timeout));
    }
    return ct_target_fail(task, APR_EGENERAL, "%s: %s", url->shown,
                          *words ? words : curl_easy_strerror(code));
}

static apr_status_t run(const crosstown_task_t *task,
                        const crosstown_payload_t *payload, void *config)
{
    const ct_http_url_t *url = config;
    char words[CURL_ERROR_SIZE] = "";
    ct_http_address_t address = { url->any_address, "" };
    struct curl_slist *headers;
    size_t left = ANSWER;
    apr_interval_time_t retry_after;
    long status = 0;
    CURLcode code;
    CURL *handle = handle_of_thread();

    if (!handle) {
        return ct_target_fail(task, APR_ENOMEM, "%s: libcurl has no memory",
                              url->shown);
    }
    headers = make_headers(task, payload, url);
    set_up(handle, url);
    curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, words);
    curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(handle, CURLOPT_POSTFIELDS, payload->data);
    curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE,
                     (curl_off_t)payload->length);
    curl_easy_setopt(handle, CURLOPT_WRITEDATA, &left);
    curl_easy_setopt(handle, CURLOPT_OPENSOCKETDATA, &address);
    code = curl_easy_perform(handle);
    curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
    retry_after = retry_after_of(handle);
    /* Nothing of this task may be left in what the next one uses. */
    curl_easy_setopt(handle, CURLOPT_HTTPHEADER, NULL);
    curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, NULL);
    curl_slist_free_all(headers);
    /* An answer that was cut because it is long is an answer. */
    return code == CURLE_OK || code == CURLE_WRITE_ERROR
        ? ct_target_answered(task, url->shown, (int)status, retry_after,
                             url->max_delay)
        : judge(task, url, code, &address, words);
}

static const char *parse(const crosstown_target_setup_t *setup, void **config)
{
    ct_http_url_t *url = apr_pcalloc(setup->pool, sizeof(*url));

    url->timeout = setup->timeout ? setup->timeout : TIMEOUT;
    url->max_delay = setup->max_delay;
    *config = url;
    return ct_http_url_read(url, setup);
}

static const char *show(apr_pool_t *pool, void *config)
{
    return ((const ct_http_url_t *)config)->shown;
}

/* Now it is known where the server listens. */
static const char *check(const crosstown_target_setup_t *setup, void *config)
{
    ct_http_url_t *url = config;

    url->closes = url->self || ct_own_server_listens(url->host, url->port);
    if (url->closes && ct_own_server_is_prefork()) {
        ap_log_error(APLOG_MARK, APLOG_WARNING | APLOG_STARTUP, 0, NULL,
                     CTLOGNO(02007) "CrosstownTask %s: %s is this server, "
                     "where under prefork each such task needs a process "
                     "that answers visitors otherwise: write a program "
                     "(\"|/full/path arguments\"), or let few run at once, "
                     "\"CrosstownLimit %s concurrency=1 scope=server\"",
                     setup->name, url->shown, setup->name);
    }
    return NULL;
}

static const crosstown_target_t http_target = {
    .size = sizeof(crosstown_target_t), .keys = keys, .parse = parse,
    .run = run, .show = show, .check = check
};

void ct_target_http_register(apr_pool_t *p)
{
    if (!has_key && curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK) {
        has_key = pthread_key_create(&handle_key, end_handle) == 0;
    }
    ap_register_provider(p, CROSSTOWN_TARGET_GROUP, "http",
                         CROSSTOWN_TARGET_VERSION, &http_target);
    ap_register_provider(p, CROSSTOWN_TARGET_GROUP, "https",
                         CROSSTOWN_TARGET_VERSION, &http_target);
}
