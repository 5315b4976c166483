/* SPDX-License-Identifier: Apache-2.0 */
/* A consumer's unit test, without a server and without a test framework: the
 * postcard of conf-examples/mod_postcard.c, with the testing library alone. */
#undef NDEBUG
#include <assert.h>
#include <stdio.h>

#include "httpd.h"
#include "http_config.h"

#include "crosstown_testing.h"

extern module AP_MODULE_DECLARE_DATA postcard_module;

/* A page is read, and its answer has this status: what became of the card? */
static crosstown_outcome_e send_card(int status)
{
    const crosstown_test_result_t *results;
    crosstown_outcome_e outcome;
    request_rec *r;

    assert(crosstown_test_begin(CROSSTOWN_TEST_RECORD) == APR_SUCCESS);
    crosstown_test_load(&postcard_module);
    r = crosstown_test_request("GET", "/holiday");
    apr_table_setn(r->headers_in, "User-Agent", "aunt/1.0");
    crosstown_test_serve(r);
    assert(crosstown_test_recorded(r) == 1);
    crosstown_test_finish(r, status);
    assert(!crosstown_test_logged("postcard:"));
    crosstown_test_run_all();
    assert(crosstown_test_results(&results) == 1);
    outcome = results[0].outcome;
    assert(!crosstown_test_logged("was read by aunt/1.0")
           == (outcome != CROSSTOWN_RAN));
    crosstown_test_end();
    return outcome;
}

int main(void)
{
    assert(send_card(HTTP_OK) == CROSSTOWN_RAN);
    assert(send_card(HTTP_NOT_FOUND) == CROSSTOWN_RAN);
    assert(send_card(HTTP_BAD_GATEWAY) == CROSSTOWN_NO_GO);
    puts("postcard: as it should be");
    return 0;
}
