/* SPDX-License-Identifier: Apache-2.0 */
/* deferred_reply: the wait of answer() comes in slices: a result ends one at
 * once, after each there is a look whether somebody still wants it, and under
 * prefork whether the child stops, which nobody else tells it. */
#include "deferred_reply.h"

#include "apr_strings.h"
#include "child.h"
#include "client_gone.h"
#include "http_protocol.h"

#define SLICE (APR_USEC_PER_SEC / 5)

static const crosstown_deferreds_t *deferreds;    /* set at start-up */

/* @return as wait(), or APR_ECONNABORTED: the client has gone */
static apr_status_t wait_with_client(request_rec *r, crosstown_deferred_t *d,
                                     apr_interval_time_t timeout,
                                     crosstown_result_t *result)
{
    for (;;) {
        apr_interval_time_t slice = timeout < SLICE ? timeout : SLICE;
        apr_status_t rv = deferreds->wait(d, slice, result);

        timeout -= slice;
        if (rv != APR_TIMEUP || timeout <= 0) {
            return rv;
        }
        if (ct_client_has_gone(r)) {
            return APR_ECONNABORTED;
        }
        ct_child_look();
    }
}

/* The bytes are copied by whichever filter keeps them: the reply goes before
 * they are out. */
static void pass_body(request_rec *r, const crosstown_reply_t *reply)
{
    apr_bucket_alloc_t *list = r->connection->bucket_alloc;
    apr_bucket_brigade *brigade = apr_brigade_create(r->pool, list);

    APR_BRIGADE_INSERT_TAIL(brigade, apr_bucket_transient_create(
                                reply->body, reply->length, list));
    (void)ap_pass_brigade(r->output_filters, brigade);
}

static int send_reply(request_rec *r, const crosstown_reply_t *reply)
{
    int status;

    if (!reply || !CROSSTOWN_HAS(reply, crosstown_reply_t, length)) {
        ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r, CTLOGNO(01603)
                      "%s: the chain ended well, but not with a reply",
                      r->uri);
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    /* In an ErrorDocument r->status is that of the error. */
    status = reply->status ? reply->status : r->status;
    if (status < HTTP_OK || !ap_is_HTTP_VALID_RESPONSE(status)
        || (reply->length > 0 && !reply->body)) {
        ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r, CTLOGNO(01604)
                      "%s: a reply that cannot be sent: status %d, %"
                      APR_SIZE_T_FMT " bytes%s", r->uri, status, reply->length,
                      reply->body ? "" : " of nothing");
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    r->status = status;
    /* One that httpd has no name for would be sent as 500. */
    r->status_line = ap_get_status_line_ex(r->pool, status);
    ap_set_content_type(r, reply->type ? apr_pstrdup(r->pool, reply->type)
                           : "text/html");
    ap_set_content_length(r, (apr_off_t)reply->length);
    if (reply->length > 0) {
        pass_body(r, reply);
    }
    return OK;
}

/* The wait has ended without a result. */
static int give_up(request_rec *r, apr_status_t rv)
{
    switch (rv) {
    case APR_ECONNABORTED:
        ap_log_rerror(APLOG_MARK, APLOG_INFO, 0, r, CTLOGNO(01605)
                      "%s: the client has gone: nobody waits for the answer",
                      r->uri);
        r->connection->aborted = 1;
        return HTTP_REQUEST_TIME_OUT;
    case APR_TIMEUP:
        ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r, CTLOGNO(01606)
                      "%s: the answer has not come in time", r->uri);
        return HTTP_GATEWAY_TIME_OUT;
    case APR_EOF:
        ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r, CTLOGNO(01607)
                      "%s: the child stops: nobody waits for the answer",
                      r->uri);
        return HTTP_SERVICE_UNAVAILABLE;
    default:
        ap_log_rerror(APLOG_MARK, APLOG_ERR, rv, r, CTLOGNO(01608)
                      "%s: cannot wait for the answer", r->uri);
        return HTTP_INTERNAL_SERVER_ERROR;
    }
}

static int tell_failure(request_rec *r, const crosstown_result_t *result)
{
    ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r, CTLOGNO(01609)
                  "%s: no answer: %s (%d)", r->uri, result->message,
                  result->status);
    return APR_STATUS_IS_TIMEUP(result->status) ? HTTP_GATEWAY_TIME_OUT
                                                : HTTP_INTERNAL_SERVER_ERROR;
}

static int answer(request_rec *r, crosstown_deferred_t *d,
                  apr_interval_time_t timeout)
{
    crosstown_result_t result = CROSSTOWN_RESULT_INIT;
    apr_status_t rv;
    int status;

    if (!d) {
        return give_up(r, APR_ENOMEM);
    }
    rv = wait_with_client(r, d, timeout, &result);
    if (rv != APR_SUCCESS) {
        status = give_up(r, rv);
    }
    else if (result.status != APR_SUCCESS) {
        status = tell_failure(r, &result);
    }
    else {
        status = send_reply(r, result.result);
    }
    deferreds->release(d);
    return status;
}

/* A chain that is done is not touched by cancel(), so it need not be known how
 * the wait went. That the work fails then is no news to anybody. */
static int answer_or_cancel(request_rec *r, crosstown_deferred_t *d,
                            apr_interval_time_t timeout)
{
    crosstown_result_t unwanted = CROSSTOWN_RESULT_INIT;
    int status;

    if (!d) {
        return answer(r, NULL, timeout);
    }
    status = answer(r, deferreds->keep(d), timeout);
    deferreds->cancel(d);
    (void)deferreds->wait(d, 0, &unwanted);
    deferreds->release(d);
    return status;
}

void ct_deferred_reply_fill(crosstown_deferreds_t *table)
{
    table->answer = answer;
    table->answer_or_cancel = answer_or_cancel;
    deferreds = table;
}
