/* SPDX-License-Identifier: Apache-2.0 */
/* report: a dictionary of Structured Fields: `mail=recorded, sync=duplicate,
 * thumb="no CrosstownAccept here"`. It is kept with the pool, which the
 * requests of an internal redirect share: what the first one asked for is
 * told, too. An included file answers when the headers are out.
 *
 * A task is asked for before the status is certain, so its status words are
 * kept with it and judged when the header goes out. An error that comes as
 * late as a range that cannot be had brings another header: it is written
 * anew. */
#include "report.h"

#include "task_place.h"

#include "crosstown_keep.h"

#include "apr_strings.h"

#define HEADER "Crosstown-Report"

/** What became of a task. */
typedef struct {
    const char *name;                /* as a key of a dictionary */
    const char *word;
    int is_recorded;
    crosstown_no_go_t no_go;         /* if it is */
} entry_t;

typedef struct {
    apr_array_header_t *entries;     /* entry_t */
    int written;                     /* so many of them are in text, ... */
    int status;                      /* ... judged by this status */
    const char *text;
} told_t;

static int is_wanted;                /* start-up: by some place */
static APR_OPTIONAL_FN_TYPE(crosstown_find_no_go) *find_no_go; /* start-up */
static APR_OPTIONAL_FN_TYPE(crosstown_refuses) *refuses;       /* start-up */

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

static told_t *told_of(const request_rec *r)
{
    void *told = NULL;

    apr_pool_userdata_get(&told, report_key, r->pool);
    return told;
}

static entry_t *add(request_rec *r, const char *name, const char *word)
{
    told_t *told = told_of(r);
    entry_t *entry;

    if (!told) {
        told = apr_pcalloc(r->pool, sizeof(*told));
        told->entries = apr_array_make(r->pool, 4, sizeof(entry_t));
        apr_pool_userdata_setn(told, report_key, NULL, r->pool);
    }
    entry = apr_array_push(told->entries);
    entry->name = key_of(r->pool, name);
    entry->word = word;
    entry->is_recorded = 0;
    return entry;
}

static int is_on(const request_rec *r)
{
    return ct_task_place_of(r)->report == 1;
}

void ct_report_taken(request_rec *r, const char *name, const char *no_go)
{
    entry_t *entry;

    if (!is_on(r)) {
        return;
    }
    entry = add(r, name, "recorded");
    if (!find_no_go || !refuses) {
        return;
    }
    find_no_go(r, no_go, &entry->no_go);
    entry->is_recorded = !entry->no_go.is_off;
    if (!entry->is_recorded) {
        entry->word = "\"Crosstown is Off here\"";
    }
}

void ct_report_duplicate(request_rec *r, const char *name)
{
    if (is_on(r)) {
        add(r, name, "duplicate");
    }
}

void ct_report_refused(request_rec *r, const char *name, const char *why)
{
    if (is_on(r)) {
        add(r, name, quoted(r->pool, why));
    }
}

static const char *word_of(const entry_t *entry, int status, apr_pool_t *p)
{
    return entry->is_recorded && refuses(&entry->no_go, status)
        ? apr_psprintf(p, "\"refused by the status %d\"", status)
        : entry->word;
}

static void write_text(told_t *told, int status)
{
    apr_pool_t *p = told->entries->pool;
    const entry_t *entries = (const entry_t *)told->entries->elts;
    apr_array_header_t *words = apr_array_make(p, told->entries->nelts,
                                               sizeof(const char *));
    int i;

    for (i = 0; i < told->entries->nelts; ++i) {
        APR_ARRAY_PUSH(words, const char *) = apr_pstrcat(
            p, i ? " " : "", entries[i].name, "=",
            word_of(&entries[i], status, p), NULL);
    }
    told->text = apr_array_pstrcat(p, words, ',');
    told->written = told->entries->nelts;
    told->status = status;
}

/* Called for each piece of a response: nothing is written twice. */
void ct_report_send(request_rec *r)
{
    told_t *told = is_wanted ? told_of(r) : NULL;

    if (told) {
        if (told->written != told->entries->nelts
            || told->status != r->status) {
            write_text(told, r->status);
        }
        apr_table_setn(r->headers_out, HEADER, told->text);
    }
}

void ct_report_want(void)
{
    is_wanted = 1;
}

static void retrieve(void)
{
    find_no_go = APR_RETRIEVE_OPTIONAL_FN(crosstown_find_no_go);
    refuses = APR_RETRIEVE_OPTIONAL_FN(crosstown_refuses);
}

void ct_report_register(void)
{
    is_wanted = 0;
    ap_hook_optional_fn_retrieve(retrieve, NULL, NULL, APR_HOOK_MIDDLE);
}
