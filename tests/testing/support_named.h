/* SPDX-License-Identifier: Apache-2.0 */
/* support_named: a named task whose work the test itself does. */
#ifndef TESTING_SUPPORT_NAMED_H
#define TESTING_SUPPORT_NAMED_H

#include "support.h"

/** The client of the test, loaded by begin(). */
extern crosstown_tasks_t tasks;

/** What the function behind the name was given last, and what it returns. */
typedef struct {
    int calls;
    char text[64];
    char type[64];
    const char *said;                /* with these words; NULL: without */
    apr_status_t result;
} named_job_t;

extern named_job_t job;

/** The name. Only so many lines a second are written about one: who looks for
 *  a line has a name of its own. */
extern const char *name;

/** That function. */
apr_status_t do_job(const crosstown_task_t *task,
                    const crosstown_payload_t *payload, void *data);

/** Configure a line; fails if it is wrong. */
void configure(const char *line);

/** A task of that name with these keys, "job" where the name does not matter,
 *  done by the function above; and the server starts. */
void begin_as(const char *its_name, const char *keys);
void begin(const char *keys);

/** Ask for it for the request, or for none. fields and opts may be NULL. */
apr_status_t ask(request_rec *r, const char *text, const char *fields,
                 const crosstown_named_opts_t *opts);

int named_setup(void **state);
#define naming(test) \
    cmocka_unit_test_setup_teardown(test, named_setup, end_teardown)

#endif
