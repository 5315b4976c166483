/* SPDX-License-Identifier: Apache-2.0 */
/* A consumer that uses everything the released header promises. It has to
 * compile against that header and against the present one; its output, the
 * numbers that a compiled consumer carries in it, has to be the same for both.
 */
#include <stdio.h>

#include CROSSTOWN_HEADER

#define PRINT_FIELD(type, field) \
    printf(#type "." #field " at %lu, %lu bytes\n", \
           (unsigned long)APR_OFFSETOF(type, field), \
           (unsigned long)sizeof(((type *)NULL)->field))
#define PRINT_VALUE(name) printf(#name " = %d\n", (int)(name))

static APR_OPTIONAL_FN_TYPE(crosstown_defer) *defer;
static APR_OPTIONAL_FN_TYPE(crosstown_cancel) *cancel;
static APR_OPTIONAL_FN_TYPE(crosstown_count) *count;
static APR_OPTIONAL_FN_TYPE(crosstown_submit) *submit;
static APR_OPTIONAL_FN_TYPE(crosstown_check_statuses) *check_statuses;

static apr_status_t work(const crosstown_task_t *task, void *data)
{
    const crosstown_response_t *response = task->response;

    if (!CROSSTOWN_HAS(task, crosstown_task_t, recorded) || !response
        || !CROSSTOWN_HAS(response, crosstown_response_t, log_id)) {
        return APR_EGENERAL;
    }
    return response->aborted && data == task->pool ? APR_EGENERAL
                                                   : APR_SUCCESS;
}

static void *carry(struct request_rec *r, void *data, apr_pool_t *p)
{
    return r ? data : p;
}

static void over(const crosstown_task_t *task, crosstown_outcome_e outcome,
                 apr_status_t result, void *data)
{
    printf("%s %d %d %d\n", task->name, (int)outcome, (int)result,
           data != NULL);
}

static int collect(struct request_rec *r, int status)
{
    return r ? status : 0;
}

static int admit(struct request_rec *r, const crosstown_task_t *task)
{
    return r && task ? 0 : -1;
}

static int done(const crosstown_task_t *task, crosstown_outcome_e outcome,
                apr_status_t result)
{
    switch (outcome) {
    case CROSSTOWN_RAN:
        return task ? result : 0;
    case CROSSTOWN_NO_GO:
    case CROSSTOWN_CANCELLED:
    case CROSSTOWN_REJECTED:
    case CROSSTOWN_STOPPED:
        break;
    }
    return 0;
}

/* Every exported function, with the types that a caller gives and takes. */
static int use_functions(struct request_rec *r, struct server_rec *s,
                         apr_pool_t *p)
{
    crosstown_opts_t opts = CROSSTOWN_OPTS_INIT;
    crosstown_fn_t *fn = work;
    apr_status_t rv = APR_SUCCESS;
    const char *message = NULL;
    int number = 0;

    opts.name = "consumer";
    opts.no_go = "5xx 400-405 302";
    opts.same_thread = 1;
    opts.data_size = 0;
    opts.carry = carry;
    opts.over = over;

    defer = APR_RETRIEVE_OPTIONAL_FN(crosstown_defer);
    cancel = APR_RETRIEVE_OPTIONAL_FN(crosstown_cancel);
    count = APR_RETRIEVE_OPTIONAL_FN(crosstown_count);
    submit = APR_RETRIEVE_OPTIONAL_FN(crosstown_submit);
    check_statuses = APR_RETRIEVE_OPTIONAL_FN(crosstown_check_statuses);

    if (defer && cancel && count && submit && check_statuses) {
        rv = defer(r, fn, NULL, &opts);
        number = count(r) + cancel(r, "consumer");
        message = check_statuses(p, opts.no_go);
        rv += submit(s, fn, NULL, NULL);
    }
    return rv == APR_SUCCESS && message == NULL ? number : -1;
}

static void use_hooks(void)
{
    APR_OPTIONAL_HOOK(crosstown, crosstown_collect, collect, NULL, NULL,
                      APR_HOOK_MIDDLE);
    APR_OPTIONAL_HOOK(crosstown, crosstown_admit, admit, NULL, NULL,
                      APR_HOOK_MIDDLE);
    APR_OPTIONAL_HOOK(crosstown, crosstown_done, done, NULL, NULL,
                      APR_HOOK_MIDDLE);
}

static void print_values(void)
{
    PRINT_VALUE(CROSSTOWN_VERSION_MAJOR);
    PRINT_VALUE(CROSSTOWN_RAN);
    PRINT_VALUE(CROSSTOWN_NO_GO);
    PRINT_VALUE(CROSSTOWN_CANCELLED);
    PRINT_VALUE(CROSSTOWN_REJECTED);
    PRINT_VALUE(CROSSTOWN_STOPPED);
}

static void print_response(void)
{
    PRINT_FIELD(crosstown_response_t, size);
    PRINT_FIELD(crosstown_response_t, server);
    PRINT_FIELD(crosstown_response_t, status);
    PRINT_FIELD(crosstown_response_t, aborted);
    PRINT_FIELD(crosstown_response_t, bytes_sent);
    PRINT_FIELD(crosstown_response_t, received);
    PRINT_FIELD(crosstown_response_t, sent);
    PRINT_FIELD(crosstown_response_t, method);
    PRINT_FIELD(crosstown_response_t, uri);
    PRINT_FIELD(crosstown_response_t, args);
    PRINT_FIELD(crosstown_response_t, hostname);
    PRINT_FIELD(crosstown_response_t, client_ip);
    PRINT_FIELD(crosstown_response_t, user);
    PRINT_FIELD(crosstown_response_t, log_id);
}

static void print_task(void)
{
    PRINT_FIELD(crosstown_task_t, size);
    PRINT_FIELD(crosstown_task_t, name);
    PRINT_FIELD(crosstown_task_t, response);
    PRINT_FIELD(crosstown_task_t, pool);
    PRINT_FIELD(crosstown_task_t, recorded);
}

static void print_opts(void)
{
    PRINT_FIELD(crosstown_opts_t, size);
    PRINT_FIELD(crosstown_opts_t, name);
    PRINT_FIELD(crosstown_opts_t, no_go);
    PRINT_FIELD(crosstown_opts_t, same_thread);
    PRINT_FIELD(crosstown_opts_t, data_size);
    PRINT_FIELD(crosstown_opts_t, carry);
    PRINT_FIELD(crosstown_opts_t, over);
}

/* Without a server there is nothing to retrieve: all that is called here is
 * that nothing is there. */
int main(void)
{
    apr_pool_t *p;
    int number;

    if (apr_initialize() != APR_SUCCESS
        || apr_pool_create(&p, NULL) != APR_SUCCESS) {
        return 1;
    }
    apr_hook_global_pool = p;
    use_hooks();
    number = use_functions(NULL, NULL, p);
    print_values();
    print_response();
    print_task();
    print_opts();
    apr_terminate();
    return number == 0 ? 0 : 1;
}
