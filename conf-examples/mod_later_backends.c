/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The routes of mod_later that ask others: /fanout, /stash and /stash/ID.
 * Backends are asked on threads of the pool, as many at once as it has.
 */
#include "mod_later.h"

#include "apr_strings.h"
#include <curl/curl.h>

#define LONGEST_ANSWER 4096

/* What one question has to know; call() copies it. The URL is the
 * configuration's and lives as long as the child process. */
typedef struct question_t {
    const char *url;
    apr_interval_time_t patience;
} question_t;

typedef struct text_t {
    apr_size_t length;
    char bytes[LONGEST_ANSWER + 1];
} text_t;

/* ---- links: on a thread of the pool, no request any more ---------------- */

static size_t take(char *bytes, size_t size, size_t count, void *data)
{
    text_t *text = data;
    size_t length = size * count;

    if (length > LONGEST_ANSWER - text->length) {
        return 0;    /* curl gives up then */
    }
    memcpy(text->bytes + text->length, bytes, length);
    text->length += length;
    return length;
}

static CURLcode fetch(const question_t *question, text_t *text)
{
    long patience = (long)apr_time_as_msec(question->patience);
    CURLcode code = CURLE_OUT_OF_MEMORY;
    CURL *easy = curl_easy_init();

    if (easy) {
        curl_easy_setopt(easy, CURLOPT_URL, question->url);
        /* Signals belong to the process, and there are other threads. */
        curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
        curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, patience);
        curl_easy_setopt(easy, CURLOPT_FAILONERROR, 1L);
        curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take);
        curl_easy_setopt(easy, CURLOPT_WRITEDATA, text);
        code = curl_easy_perform(easy);
        curl_easy_cleanup(easy);
    }
    return code;
}

/* The work of a call(): its result is the first of the chain. */
static apr_status_t ask(crosstown_step_t *step, void *data)
{
    apr_pool_t *pool = later->pool(step->deferred);
    text_t *text = pool ? apr_pcalloc(pool, sizeof(*text)) : NULL;
    CURLcode code;

    if (!text) {
        return APR_ENOMEM;
    }
    code = fetch(data, text);
    if (code != CURLE_OK) {
        step->message = curl_easy_strerror(code);
        return code == CURLE_OPERATION_TIMEDOUT ? APR_TIMEUP : APR_EGENERAL;
    }
    step->result = text->bytes;
    return APR_SUCCESS;
}

static apr_status_t make_page(crosstown_step_t *step, void *unused)
{
    apr_pool_t *pool = later->pool(step->deferred);

    step->result = pool ? later->reply(step->deferred, HTTP_OK, NULL,
                                       ap_escape_html(pool, step->result))
                        : NULL;
    return step->result ? APR_SUCCESS : APR_ENOMEM;
}

/* One line for each backend, whatever became of it. */
static apr_status_t list_answers(crosstown_step_t *step, void *unused)
{
    const crosstown_gathered_t *gathered = step->result;
    apr_pool_t *pool = later->pool(step->deferred);
    const char *list = "";
    apr_size_t i;

    for (i = 0; pool && i < gathered->count; ++i) {
        const crosstown_result_t *result = &gathered->results[i];
        int well = result->status == APR_SUCCESS;

        list = apr_pstrcat(pool, list, well ? "<li>" : "<li>no answer: ",
                           ap_escape_html(pool, well ? result->result
                                                     : result->message),
                           "</li>\n", NULL);
    }
    step->result = pool ? later->reply(step->deferred, HTTP_OK, NULL,
                                       apr_pstrcat(pool, "<ol>\n", list,
                                                   "</ol>\n", NULL))
                        : NULL;
    return step->result ? APR_SUCCESS : APR_ENOMEM;
}

/* ---- the routes: the request's thread ----------------------------------- */

static crosstown_deferred_t *ask_backend(request_rec *r, int index)
{
    const later_config_t *config = later_config(r);
    crosstown_opts_t opts = CROSSTOWN_OPTS_INIT;
    question_t question;

    question.url = APR_ARRAY_IDX(config->backends, index, const char *);
    question.patience = config->patience;
    opts.name = "ask";
    opts.data_size = sizeof(question);
    return later->call(r->server, ask, &question, &opts);
}

/* All at once, and one answer when the last of them is there. */
int later_fanout(request_rec *r)
{
    int count = later_config(r)->backends->nelts;
    crosstown_deferred_t **asked = apr_pcalloc(r->pool,
                                               (count + 1) * sizeof(*asked));
    crosstown_deferred_t *all;
    int i;

    for (i = 0; i < count; ++i) {
        asked[i] = ask_backend(r, i);
        if (!asked[i]) {
            return HTTP_INTERNAL_SERVER_ERROR;
        }
        later->own(asked[i], r->pool);
    }
    all = later->gather(asked, (apr_size_t)count, CROSSTOWN_GATHER_ALL);
    if (all) {
        later->add(all, list_answers, NULL, NULL, NULL);
    }
    return later->answer_or_cancel(r, all, later_config(r)->patience);
}

/* 202 and where to look, while the pool is at it. */
int later_stash(request_rec *r)
{
    char id[CROSSTOWN_STASH_ID_SIZE];
    crosstown_deferred_t *d;
    apr_status_t rv;

    if (later_config(r)->backends->nelts == 0) {
        return later_say(r, HTTP_SERVICE_UNAVAILABLE, "Nobody to ask.");
    }
    d = ask_backend(r, 0);
    if (!d) {
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    later->add(d, make_page, NULL, NULL, NULL);
    rv = later->stash(d, id);
    later->release(d);
    if (rv != APR_SUCCESS) {
        ap_log_rerror(APLOG_MARK, APLOG_ERR, rv, r, "no room for a result");
        return HTTP_SERVICE_UNAVAILABLE;
    }
    apr_table_setn(r->headers_out, "Location",
                   apr_pstrcat(r->pool, "/stash/", id, NULL));
    return later_say(r, HTTP_ACCEPTED, "It has begun: come back later.");
}

int later_retrieve(request_rec *r, const char *id)
{
    crosstown_deferred_t *d;

    if (later->retrieve(id, &d) != APR_SUCCESS) {
        return HTTP_NOT_FOUND;
    }
    return later->answer(r, d, later_config(r)->patience);
}

/* ---- start-up ----------------------------------------------------------- */

/* curl_global_cleanup() is left out: a thread may still be at work while the
 * child process goes away around it. */
apr_status_t later_start_asking(void)
{
    return curl_global_init(CURL_GLOBAL_ALL) == CURLE_OK ? APR_SUCCESS
                                                         : APR_EGENERAL;
}
