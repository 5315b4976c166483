/* SPDX-License-Identifier: Apache-2.0 */
/* handler: what a request may ask for, GET or HEAD:
 *   ?format=html         for people; the same as nothing
 *   ?format=json         see json.c
 *   ?format=prometheus   see prometheus.c
 *   ?sort=COLUMN         html: what names are sorted by, see html_names.c
 *   ?refresh=SECONDS     html: the browser asks again after so many, 1-3600
 *   ?url=/PATH           what holds for that URL, as text: see status_url.c
 * or POST, where CrosstownControl is On, see status_control.c.
 * Other words in the query are not ours. Who may ask is the configuration's
 * business, as it is for server-status. */
#include "handler.h"

#include "apr_cstr.h"
#include "apr_strings.h"
#include "http_protocol.h"
#include "http_request.h"
#include "control.h"
#include "formats.h"
#include "module_numbers.h"
#include "status_control.h"
#include "status_url.h"
#include "text.h"
#include "verdict.h"
#include "util_script.h"

#define LONGEST_REFRESH 3600

typedef struct {
    const char *word;
    const char *type;
    void (*write)(const ct_status_page_t *page);
} format_t;

/* The first one is for whoever does not ask for one. */
static const format_t formats[] = {
    { "html", "text/html; charset=utf-8", ct_status_html },
    { "json", "application/json", ct_status_json },
    { "prometheus", "text/plain; version=0.0.4; charset=utf-8",
      ct_status_prometheus },
    { NULL, NULL, NULL }
};

static const format_t *find_format(const char *word)
{
    const format_t *format = formats;

    while (word && format->word && strcmp(format->word, word) != 0) {
        ++format;
    }
    return format->word ? format : NULL;
}

/* Whatever was asked for, nobody guesses its type and nobody keeps it. */
static void set_headers(request_rec *r, const char *type)
{
    ap_set_content_type(r, type);
    apr_table_setn(r->headers_out, "Cache-Control", "no-store");
    apr_table_setn(r->headers_out, "X-Content-Type-Options", "nosniff");
    apr_table_setn(r->headers_out, "Content-Security-Policy",
                   "default-src 'none'; style-src 'unsafe-inline'; "
                   "form-action 'self'; frame-ancestors 'none'");
}

/* An answer of our own: the server's would not say what is wrong. */
static int complain(request_rec *r, const char *key, const char *word,
                    const char *expected)
{
    r->status = HTTP_BAD_REQUEST;
    set_headers(r, "text/plain; charset=utf-8");
    ap_rprintf(r, "%s: \"%s\" is not one of: %s\n", key,
               ct_status_text_visible(r->pool, word), expected);
    return OK;
}

/* @return 0: not a number of seconds that makes sense */
static int read_refresh(const char *word, int *seconds)
{
    apr_int64_t number;

    *seconds = 0;
    if (!word) {
        return 1;
    }
    if (apr_cstr_strtoi64(&number, word, 1, LONGEST_REFRESH, 10)
        != APR_SUCCESS) {
        return 0;
    }
    *seconds = (int)number;
    return 1;
}

static int answer_url(request_rec *r, const char *url)
{
    if (*url != '/') {
        return complain(r, "url", url, "a path of this server, from its "
                        "slash on, such as /shop/order");
    }
    set_headers(r, "text/plain; charset=utf-8");
    ct_status_url(r, url);
    return OK;
}

static int answer(request_rec *r)
{
    ct_status_page_t page = { .r = r };
    const format_t *format;
    ct_verdict_t verdict;
    const char *word, *refresh, *url, *words;
    apr_table_t *args;

    ap_args_to_table(r, &args);
    url = apr_table_get(args, "url");
    if (url) {
        return answer_url(r, url);
    }
    word = apr_table_get(args, "format");
    refresh = apr_table_get(args, "refresh");
    format = find_format(word);
    if (!format) {
        return complain(r, "format", word, "html, json, prometheus");
    }
    if (!read_refresh(refresh, &page.refresh)) {
        return complain(r, "refresh", refresh, "1 to 3600 (seconds)");
    }
    page.sort = apr_table_get(args, "sort");
    words = ct_status_sort_refused(r->pool, page.sort);
    if (words) {
        return complain(r, "sort", page.sort, words);
    }
    set_headers(r, format->type);
    page.snapshot = ct_snapshot_read(r->pool);
    page.tables = ct_module_numbers_read(r);
    verdict = ct_verdict_read(page.snapshot, page.tables, r->pool);
    page.verdict = &verdict;
    format->write(&page);
    return OK;
}

static int handler(request_rec *r)
{
    if (!r->handler || strcmp(r->handler, "crosstown-status") != 0) {
        return DECLINED;
    }
    if (r->method_number == M_OPTIONS) {
        return DECLINED;             /* the server answers that itself */
    }
    if (r->method_number == M_POST && ct_control_is_on(r)) {
        return ct_status_control(r);
    }
    if (r->method_number != M_GET) {
        ap_allow_methods(r, REPLACE_ALLOW, "GET",
                         ct_control_is_on(r) ? "POST" : NULL, NULL);
        return HTTP_METHOD_NOT_ALLOWED;
    }
    return answer(r);
}

void ct_status_register(void)
{
    ap_hook_handler(handler, NULL, NULL, APR_HOOK_MIDDLE);
}
