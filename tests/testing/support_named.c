/* SPDX-License-Identifier: Apache-2.0 */
/* support_named: see support_named.h. */
#include "support_named.h"

crosstown_tasks_t tasks;
named_job_t job;
const char *name;

apr_status_t do_job(const crosstown_task_t *task,
                    const crosstown_payload_t *payload, void *data)
{
    assert_string_equal(data, "the test's");
    ++job.calls;
    apr_cpystrn(job.text, payload->data, sizeof(job.text));
    apr_cpystrn(job.type, payload->type, sizeof(job.type));
    return job.said ? crosstown_client_fail(&crosstown, task, job.result, "%s",
                                            job.said) : job.result;
}

void configure(const char *line)
{
    const char *wrong = crosstown_test_configure(line);

    if (wrong) {
        fail_msg("%s: %s", line, wrong);
    }
}

int named_setup(void **state)
{
    record_setup(state);
    memset(&job, 0, sizeof(job));
    crosstown_test_load_tasks();
    return 0;
}

void begin_as(const char *its_name, const char *keys)
{
    name = its_name;
    configure(apr_pstrcat(crosstown_test_pool(), "CrosstownTask ", name,
                          " module ", keys, NULL));
    crosstown_tasks_load(&tasks);
    assert_int_equal(crosstown_tasks_provide(&tasks, name, do_job,
                                             "the test's"), 0);
    assert_int_equal(crosstown_test_start(), 0);
}

void begin(const char *keys)
{
    begin_as("job", keys);
}

apr_status_t ask(request_rec *r, const char *text, const char *fields,
                 const crosstown_named_opts_t *opts)
{
    crosstown_payload_t payload = CROSSTOWN_PAYLOAD_INIT;

    payload.data = text;
    payload.length = strlen(text);
    payload.type = "text/plain";
    payload.fields = fields;
    return r ? crosstown_tasks_defer(&tasks, r, name, &payload, opts)
             : crosstown_tasks_submit(&tasks, crosstown_test_server(), name,
                                      &payload, opts);
}
