/* SPDX-License-Identifier: Apache-2.0 */
/* The smallest test of a consumer: assert() alone, no server. */
#include <assert.h>
#include "crosstown_testing.h"

extern struct module_struct postcard_module;

int main(void)
{
    struct request_rec *r;

    crosstown_test_begin(CROSSTOWN_TEST_RECORD);
    crosstown_test_load(&postcard_module);
    r = crosstown_test_request("GET", "/page");
    crosstown_test_serve(r);
    assert(crosstown_test_recorded(r) == 1);
    crosstown_test_finish(r, 200);
    assert(crosstown_test_run_next());
    assert(crosstown_test_logged("postcard: /page, status 200"));
    crosstown_test_end();
    return 0;
}
