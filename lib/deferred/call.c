/* SPDX-License-Identifier: Apache-2.0 */
/* call: functions that are a deferred's first link: on the pool, or here and
 * now. What is submitted goes when the task is over, whatever its end. */
#include "deferred.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "deferreds.h"

typedef struct submitted_t {
    crosstown_deferred_t *d;         /* a reference */
    crosstown_link_fn_t *fn;
    void *data;
    max_align_t copy[];              /* of the data, with data_size */
} submitted_t;

/* What it returns is the deferred's business, not the task's. */
static apr_status_t run(const crosstown_task_t *task, void *data)
{
    submitted_t *submitted = data;
    crosstown_step_t step = { .size = sizeof(step),
                              .deferred = submitted->d, .task = task };

    if (!ct_deferred_has_fired(submitted->d)) {
        apr_status_t status = submitted->fn(&step, submitted->data);

        (void)ct_deferred_settle(submitted->d, &step, status);
    }
    return APR_SUCCESS;
}

static void over(const crosstown_task_t *task, crosstown_outcome_e outcome,
                 apr_status_t result, void *data)
{
    submitted_t *submitted = data;
    apr_status_t status = outcome == CROSSTOWN_REJECTED ? APR_EAGAIN
                          : outcome == CROSSTOWN_STOPPED ? APR_EOF
                          : CROSSTOWN_ECANCELED;

    if (outcome != CROSSTOWN_RAN) {
        (void)ct_deferred_fail(submitted->d, status, NULL);
    }
    ct_deferred_release(submitted->d);
    free(submitted);
}

/* @return what was submitted, or NULL without memory */
static submitted_t *pack(crosstown_link_fn_t *fn, void *data,
                         apr_size_t data_size)
{
    submitted_t *submitted = data_size > SIZE_MAX - sizeof(*submitted) ? NULL
                             : malloc(sizeof(*submitted) + data_size);

    if (!submitted) {
        return NULL;
    }
    submitted->d = ct_deferred_make(NULL, NULL);
    if (!submitted->d) {
        free(submitted);
        return NULL;
    }
    submitted->d->needs_pool = 1;
    submitted->fn = fn;
    submitted->data = data;
    if (data_size > 0) {
        submitted->data = memcpy(submitted->copy, data, data_size);
    }
    return submitted;
}

static int has_refused(const crosstown_opts_t *opts)
{
    return (CROSSTOWN_HAS(opts, crosstown_opts_t, no_go) && opts->no_go)
           || (CROSSTOWN_HAS(opts, crosstown_opts_t, same_thread)
               && opts->same_thread)
           || (CROSSTOWN_HAS(opts, crosstown_opts_t, carry) && opts->carry)
           || (CROSSTOWN_HAS(opts, crosstown_opts_t, over) && opts->over);
}

/* The data is copied here, because the task's own is what we submit. */
static apr_status_t read_opts(const crosstown_opts_t *opts, const void *data,
                              crosstown_opts_t *ours, apr_size_t *data_size)
{
    *data_size = 0;
    ours->over = over;
    if (!opts) {
        return APR_SUCCESS;
    }
    if (CROSSTOWN_HAS(opts, crosstown_opts_t, name)) {
        ours->name = opts->name;
    }
    if (CROSSTOWN_HAS(opts, crosstown_opts_t, delay)) {
        ours->delay = opts->delay;
    }
    if (CROSSTOWN_HAS(opts, crosstown_opts_t, data_size)) {
        *data_size = opts->data_size;
    }
    return has_refused(opts) || (*data_size > 0 && !data) ? APR_EINVAL
           : APR_SUCCESS;
}

crosstown_deferred_t *ct_call_function(struct server_rec *s,
                                       crosstown_link_fn_t *fn, void *data,
                                       const crosstown_opts_t *opts)
{
    crosstown_opts_t ours = CROSSTOWN_OPTS_INIT;
    crosstown_deferred_t *d;
    submitted_t *submitted;
    apr_size_t data_size;
    apr_status_t rv = fn ? ct_deferreds_open() : APR_EINVAL;

    if (rv == APR_SUCCESS) {
        rv = read_opts(opts, data, &ours, &data_size);
    }
    if (rv != APR_SUCCESS) {
        return ct_deferred_make_failed(rv, NULL);
    }
    submitted = pack(fn, data, data_size);
    if (!submitted) {
        return NULL;
    }
    d = ct_deferred_keep(submitted->d);
    rv = ct_deferreds_with()->submit(s, run, submitted, &ours);
    if (rv != APR_SUCCESS) {
        (void)ct_deferred_fail(d, rv, NULL);
        ct_deferred_release(submitted->d);
        free(submitted);
    }
    return d;
}

crosstown_deferred_t *ct_call_attempt(crosstown_link_fn_t *fn, void *result,
                                      void *data)
{
    crosstown_step_t step = { .size = sizeof(step), .result = result };
    crosstown_deferred_t *d;
    apr_status_t rv;

    if (!fn) {
        return ct_deferred_make_failed(APR_EINVAL, NULL);
    }
    d = ct_deferred_make(NULL, NULL);
    if (!d) {
        (void)fn(&step, data);
        ct_deferred_release(step.wait_for);
        return NULL;
    }
    (void)ct_deferred_begin(d, &rv);
    d->result = result;
    ct_run_now(d, fn, data);
    return d;
}
