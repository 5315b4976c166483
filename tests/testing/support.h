/* SPDX-License-Identifier: Apache-2.0 */
/* support: what these tests share. */
#ifndef TESTING_SUPPORT_H
#define TESTING_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "httpd.h"
#include "http_config.h"
#include "apr_strings.h"
#include "crosstown_testing.h"

/** The client of the test, loaded when it begins. */
extern crosstown_client_t crosstown;

/** Begin and end, for each test. */
int record_setup(void **state);
int eager_setup(void **state);
int end_teardown(void **state);

#define recording(test) \
    cmocka_unit_test_setup_teardown(test, record_setup, end_teardown)
#define eagerly(test) \
    cmocka_unit_test_setup_teardown(test, eager_setup, end_teardown)

/** A task that returns the status it was given as its data, or APR_SUCCESS
 *  without. */
apr_status_t deed(const crosstown_task_t *task, void *data);

/** Record a deed of that name, and words or NULL. */
void record(request_rec *r, const char *name, const char *no_go);

/** The outcomes so far, "name=outcome" each, as they came: "a=ran b=no_go".
 *  Lives until the next call. */
const char *ends(void);

/** Let a process of its own do this and end well, if it gets that far. What
 *  the test's framework does with a signal is not in force there.
 *  @param said  set to what it wrote to stderr; lives until the next call
 *  @return the signal that ended it, or minus its exit code */
int in_a_process(void (*act)(void), const char **said);

/** A URL of this machine where nobody listens. */
const char *nobody(void);

/** A GET request for one handler, or NULL. */
request_rec *get(const char *target, const char *handler);

#endif
