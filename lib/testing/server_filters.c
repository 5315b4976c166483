/* SPDX-License-Identifier: Apache-2.0 */
/* server_filters: chains of filters, in the order of their types; those of
 * one type in the order in which they were added.
 * Thread: the test's.
 * Lifetime: registered ones: the test's; added ones: the request's or the
 * connection's. */
#include "stage.h"

#include "apr_strings.h"
#include "guarded.h"
#include "util_filter.h"
#include "weak.h"

CT_WEAK(ap_register_output_filter)
CT_WEAK(ap_register_input_filter)
CT_WEAK(ap_get_output_filter_handle)
CT_WEAK(ap_get_input_filter_handle)
CT_WEAK(ap_add_output_filter)
CT_WEAK(ap_add_output_filter_handle)
CT_WEAK(ap_add_input_filter)
CT_WEAK(ap_add_input_filter_handle)
CT_WEAK(ap_remove_output_filter)
CT_WEAK(ap_remove_input_filter)
CT_WEAK(ap_pass_brigade)
CT_WEAK(ap_get_brigade)

/* A name may be that of an input filter and of an output filter. */
static ap_filter_rec_t *enter(ap_filter_rec_t **list, const char *name,
                              ap_filter_func function,
                              ap_init_filter_func init, ap_filter_type type)
{
    ap_filter_rec_t *record = apr_pcalloc(ct_stage()->pool, sizeof(*record));

    record->name = apr_pstrdup(ct_stage()->pool, name);
    record->filter_func = function;
    record->filter_init_func = init;
    record->ftype = type;
    record->next = *list;
    *list = record;
    return record;
}

static ap_filter_rec_t *find(ap_filter_rec_t *list, const char *name)
{
    while (list && ap_cstr_casecmp(list->name, name)) {
        list = list->next;
    }
    return list;
}

static ap_filter_t *add(ap_filter_t **chain, ap_filter_rec_t *record,
                        void *context, request_rec *r, conn_rec *c)
{
    ap_filter_t *filter;

    ct_guarded_touch(r);
    ct_guarded_touch(c);
    if (!record) {
        return NULL;
    }
    filter = apr_pcalloc(r ? r->pool : c->pool, sizeof(*filter));
    filter->frec = record;
    filter->ctx = context;
    filter->r = r;
    filter->c = c;
    while (*chain && (*chain)->frec->ftype <= record->ftype) {
        chain = &(*chain)->next;
    }
    filter->next = *chain;
    *chain = filter;
    return filter;
}

static void leave_out(ap_filter_t **chain, const ap_filter_t *filter)
{
    while (*chain && *chain != filter) {
        chain = &(*chain)->next;
    }
    if (*chain) {
        *chain = filter->next;
    }
}

ap_filter_rec_t *ap_register_output_filter(const char *name,
                                           ap_out_filter_func out,
                                           ap_init_filter_func init,
                                           ap_filter_type type)
{
    ap_filter_func function;

    function.out_func = out;
    return enter(&ct_stage()->output_filters, name, function, init, type);
}

ap_filter_rec_t *ap_register_input_filter(const char *name,
                                          ap_in_filter_func in,
                                          ap_init_filter_func init,
                                          ap_filter_type type)
{
    ap_filter_func function;

    function.in_func = in;
    return enter(&ct_stage()->input_filters, name, function, init, type);
}

ap_filter_rec_t *ap_get_output_filter_handle(const char *name)
{
    return find(ct_stage()->output_filters, name);
}

ap_filter_rec_t *ap_get_input_filter_handle(const char *name)
{
    return find(ct_stage()->input_filters, name);
}

ap_filter_t *ap_add_output_filter_handle(ap_filter_rec_t *record,
                                         void *context, request_rec *r,
                                         conn_rec *c)
{
    return add(r ? &r->output_filters : &c->output_filters, record, context,
               r, c);
}

ap_filter_t *ap_add_output_filter(const char *name, void *context,
                                  request_rec *r, conn_rec *c)
{
    return ap_add_output_filter_handle(ap_get_output_filter_handle(name),
                                       context, r, c);
}

ap_filter_t *ap_add_input_filter_handle(ap_filter_rec_t *record,
                                        void *context, request_rec *r,
                                        conn_rec *c)
{
    return add(r ? &r->input_filters : &c->input_filters, record, context, r,
               c);
}

ap_filter_t *ap_add_input_filter(const char *name, void *context,
                                 request_rec *r, conn_rec *c)
{
    return ap_add_input_filter_handle(ap_get_input_filter_handle(name),
                                      context, r, c);
}

void ap_remove_output_filter(ap_filter_t *filter)
{
    leave_out(filter->r ? &filter->r->output_filters
                        : &filter->c->output_filters, filter);
}

void ap_remove_input_filter(ap_filter_t *filter)
{
    leave_out(filter->r ? &filter->r->input_filters
                        : &filter->c->input_filters, filter);
}

apr_status_t ap_pass_brigade(ap_filter_t *filter, apr_bucket_brigade *brigade)
{
    return filter ? filter->frec->filter_func.out_func(filter, brigade)
                  : AP_NOBODY_WROTE;
}

apr_status_t ap_get_brigade(ap_filter_t *filter, apr_bucket_brigade *brigade,
                            ap_input_mode_t mode, apr_read_type_e block,
                            apr_off_t length)
{
    return filter ? filter->frec->filter_func.in_func(filter, brigade, mode,
                                                      block, length)
                  : AP_NOBODY_READ;
}
