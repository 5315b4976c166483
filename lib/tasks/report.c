/* SPDX-License-Identifier: Apache-2.0 */
/* report: a dictionary of Structured Fields: `mail=recorded, sync=duplicate,
 * thumb="no CrosstownAccept here"`. It is kept with the pool, which the
 * requests of an internal redirect share: what the first one asked for is
 * told, too. */
#include "report.h"

#include "task_place.h"

#include "apr_strings.h"

#define HEADER "Crosstown-Report"

static int is_wanted;                /* start-up: by some place */

static const char report_key[] = "crosstown-tasks-report";

/* Printable ASCII in quotes; anything else becomes a question mark, since this
 * is read by people. */
static const char *quoted(apr_pool_t *p, const char *text)
{
    char *result = apr_palloc(p, 2 * strlen(text) + 3);
    char *to = result;

    *to++ = '"';
    for (; *text; ++text) {
        if (*text == '"' || *text == '\\') {
            *to++ = '\\';
        }
        *to++ = (char)(*text >= 0x20 && *text < 0x7f ? *text : '?');
    }
    *to++ = '"';
    *to = '\0';
    return result;
}

/* A key of a dictionary has lower-case letters only. */
static const char *key_of(apr_pool_t *p, const char *name)
{
    char *key = apr_pstrdup(p, name);

    ap_str_tolower(key);
    return key;
}

static void add(request_rec *r, const char *name, const char *word)
{
    void *before = NULL;
    const char *text;

    apr_pool_userdata_get(&before, report_key, r->pool);
    text = apr_pstrcat(r->pool, before ? (const char *)before : "",
                       before ? ", " : "", key_of(r->pool, name), "=",
                       word, NULL);
    apr_pool_userdata_setn(text, report_key, NULL, r->pool);
}

static int is_on(const request_rec *r)
{
    return ct_task_place_of(r)->report == 1;
}

void ct_report_taken(request_rec *r, const char *name, int duplicate)
{
    if (is_on(r)) {
        add(r, name, duplicate ? "duplicate" : "recorded");
    }
}

void ct_report_refused(request_rec *r, const char *name, const char *why)
{
    if (is_on(r)) {
        add(r, name, quoted(r->pool, why));
    }
}

void ct_report_send(request_rec *r)
{
    void *text = NULL;

    if (is_wanted) {
        apr_pool_userdata_get(&text, report_key, r->pool);
    }
    if (text) {
        apr_table_setn(r->headers_out, HEADER, text);
    }
}

void ct_report_want(void)
{
    is_wanted = 1;
}

void ct_report_register(void)
{
    is_wanted = 0;
}
