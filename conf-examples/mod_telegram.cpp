/* SPDX-License-Identifier: Apache-2.0 */
/* Tasks in C++17: a lambda moves to the heap with all that it has captured,
 * and is deleted when its task is over, whatever became of it. No exception
 * gets into C. After each page a telegram goes to the error log. */
#include "httpd.h"
#include "http_config.h"
#include "http_log.h"
#include "http_request.h"
#include "crosstown_client.h"

#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <utility>

extern module AP_MODULE_DECLARE_DATA telegram_module;
APLOG_USE_MODULE(telegram);

namespace {

crosstown_client_t crosstown;

/* A thread of the pool. */
template <typename Job>
apr_status_t run(const crosstown_task_t *task, void *job) noexcept
{
    try {
        (*static_cast<Job *>(job))(*task);
        return APR_SUCCESS;
    }
    catch (...) {
        return APR_EGENERAL;
    }
}

/* Whichever thread is the last to see the job: it ran, or never will. */
template <typename Job>
void over(const crosstown_task_t *, crosstown_outcome_e, apr_status_t,
          void *job) noexcept
{
    delete static_cast<Job *>(job);
}

/* The request's thread. What was not recorded is deleted at once. */
template <typename Job>
apr_status_t defer(request_rec *r, Job job)
{
    auto owner = std::make_unique<Job>(std::move(job));
    crosstown_opts_t opts = CROSSTOWN_OPTS_INIT;

    opts.name = "telegram";
    opts.over = over<Job>;
    apr_status_t rv = crosstown_client_defer(&crosstown, r, run<Job>,
                                             owner.get(), &opts);
    if (rv == APR_SUCCESS) {
        (void)owner.release();
    }
    return rv;
}

/* Stands for what a task may hold: a file, a lock, a connection. */
struct Form {
    server_rec *server;
    std::string text;

    explicit Form(const request_rec *r)
        : server(r->server), text(r->uri) {}
    Form(const Form &) = delete;
    Form &operator=(const Form &) = delete;
    ~Form()
    {
        ap_log_error(APLOG_MARK, APLOG_INFO, 0, server,
                     "telegram form of %s put away", text.c_str());
    }
};

void send_telegram(const Form &form, int status)
{
    if (form.text.size() > 40) {
        throw std::length_error("too long for a telegram");
    }
    ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, form.server,
                 "telegram: %s, status %d", form.text.c_str(), status);
}

int fixups(request_rec *r) noexcept
{
    if (!ap_is_initial_req(r)) {
        return DECLINED;
    }
    try {
        defer(r, [form = std::make_unique<Form>(r)](const auto &task) {
            send_telegram(*form, task.response->status);
        });
        return DECLINED;
    }
    catch (const std::bad_alloc &) {
        return HTTP_INTERNAL_SERVER_ERROR;
    }
}

void register_hooks(apr_pool_t *)
{
    ap_hook_optional_fn_retrieve([] { crosstown_client_load(&crosstown); },
                                 nullptr, nullptr, APR_HOOK_MIDDLE);
    ap_hook_fixups(fixups, nullptr, nullptr, APR_HOOK_MIDDLE);
}

}

module AP_MODULE_DECLARE_DATA telegram_module = {
    STANDARD20_MODULE_STUFF, nullptr, nullptr, nullptr, nullptr, nullptr,
    register_hooks, AP_MODULE_FLAG_NONE
};
