/* SPDX-License-Identifier: Apache-2.0 */
/* after: the place is that of the request which the client sent. Conditions
 * and values are evaluated on the last request of an internal redirect: that
 * is the one whose status, headers and file the client was given.
 *
 * What is kept in memory is asked for when all is over. What is kept on disk
 * has to be there before the client has its answer: that is asked for in front
 * of the headers, where a range is 200 still. */
#include "after.h"

#include "ask.h"
#include "task_place.h"
#include "utf8.h"

#include "http_protocol.h"

static int is_wanted;                /* start-up: hooked in */

static int applies(request_rec *last, const ct_after_t *after)
{
    const char *error = NULL;
    int result;

    if (!after->condition) {
        return 1;
    }
    result = ap_expr_exec(last, after->condition, &error);
    if (error) {
        ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, last, CTLOGNO(02103)
                      "CrosstownAfter %s (%s:%d): its condition cannot be "
                      "evaluated, the task is not asked for: %s", after->name,
                      after->by->filename, after->by->line_num, error);
        return 0;
    }
    return result > 0;
}

static apr_array_header_t *evaluate(request_rec *last, const ct_after_t *after)
{
    apr_array_header_t *fields = apr_array_make(last->pool,
                                                after->fields->nelts,
                                                sizeof(ct_sf_parameter_t));
    int i;

    for (i = 0; i < after->fields->nelts; ++i) {
        const ct_after_field_t *field =
            &((const ct_after_field_t *)after->fields->elts)[i];
        ct_sf_parameter_t *parameter = apr_array_push(fields);
        const char *error = NULL;
        const char *text = ap_expr_str_exec(last, field->value, &error);

        if (error || !text) {
            ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, last, CTLOGNO(02104)
                          "CrosstownAfter %s (%s:%d): %s= cannot be "
                          "evaluated and is left empty: %s", after->name,
                          after->by->filename, after->by->line_num, field->key,
                          error ? error : "no text");
            text = "";
        }
        parameter->key = field->key;
        parameter->at = NULL;
        parameter->value.kind = ct_is_utf8(text, strlen(text))
                                ? CT_SF_DISPLAY : CT_SF_BYTES;
        parameter->value.text = text;
        parameter->value.length = strlen(text);
    }
    return fields;
}

static void ask_for(request_rec *r, request_rec *last, const ct_after_t *after,
                    int kept)
{
    const ct_named_task_t *task = ct_named_task_find(r->server, after->name);
    ct_ask_t ask = CT_ASK_INIT;
    apr_status_t rv;

    ask.by = after->said;
    if ((task && task->keep) != kept || !applies(last, after)) {
        return;
    }
    rv = !task ? APR_NOTFOUND
        : ct_ask_with_fields(r, task, evaluate(last, after), &ask);
    if (rv != APR_SUCCESS && rv != APR_EEXIST) {
        ap_log_rerror(APLOG_MARK, APLOG_ERR, rv, r, CTLOGNO(02105)
                      "CrosstownAfter %s (%s:%d): %s", after->name,
                      after->by->filename, after->by->line_num,
                      !task ? "this virtual host has no such CrosstownTask"
                            : "the task cannot be recorded");
    }
}

/* @return 0: this place has none */
static int ask_for_all(request_rec *r, request_rec *last, int kept)
{
    const ct_task_place_t *place = ct_task_place_of(r);
    int i;

    for (i = 0; place->after && i < place->after->nelts; ++i) {
        ask_for(r, last, APR_ARRAY_IDX(place->after, i, const ct_after_t *),
                kept);
    }
    return place->after != NULL;
}

static int collect(request_rec *r, int status)
{
    request_rec *last = r;

    while (last->next) {
        last = last->next;
    }
    (void)ask_for_all(r, last, 0);
    return DECLINED;
}

/* %{resp:Content-Type} is not among the headers before they are written. */
int ct_after_ask_kept(request_rec *last)
{
    request_rec *r = last;
    const char *type = NULL;
    int any;

    if (!is_wanted) {
        return 0;
    }
    while (r->prev) {
        r = r->prev;
    }
    if (!apr_table_get(last->headers_out, "Content-Type")) {
        type = ap_make_content_type(last, last->content_type);
    }
    if (type) {
        apr_table_setn(last->headers_out, "Content-Type", type);
    }
    any = ask_for_all(r, last, 1);
    if (type) {
        apr_table_unset(last->headers_out, "Content-Type");
    }
    return any;
}

void ct_after_want(void)
{
    if (!is_wanted) {
        is_wanted = 1;
        APR_OPTIONAL_HOOK(crosstown, crosstown_collect, collect, NULL, NULL,
                          APR_HOOK_MIDDLE);
    }
}

/* The hooks go with the configuration that was read before. */
void ct_after_register(void)
{
    is_wanted = 0;
}
