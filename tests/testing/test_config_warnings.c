/* SPDX-License-Identifier: Apache-2.0 */
/* What a start warns of on servers that are not at hand: an older one, with
 * mod_http2, and one that is asked to stop. */
#include "support.h"

#include "ap_release.h"
#include "http_protocol.h"

static int patch_level;
static int has_http2;

/* In the place of the library's own. */
void ap_get_server_revision(ap_version_t *version)
{
    version->major = 2;
    version->minor = 4;
    version->patch = patch_level;
    version->add_string = "";
}

module *ap_find_linked_module(const char *name)
{
    static module http2;

    return has_http2 && !strcmp(name, "mod_http2.c") ? &http2 : NULL;
}

static const char *warned(int patch, int http2)
{
    patch_level = patch;
    has_http2 = http2;
    crosstown_test_start();
    return crosstown_test_logged("CT01001: httpd 2.4.");
}

static void an_old_http2(void **state)
{
    const char *line = warned(57, 1);

    assert_non_null(line);
    assert_non_null(strstr(line, "httpd 2.4.57: over HTTP/2"));
    assert_int_equal(strncmp(line, "warning: ", 9), 0);
}

static void a_newer_one(void **state)
{
    assert_null(warned(58, 1));
}

static void no_http2(void **state)
{
    assert_null(warned(57, 0));
}

static void the_summary_follows(void **state)
{
    assert_null(crosstown_test_configure("CrosstownQueue 12"));
    assert_null(crosstown_test_logged("CT01006"));
    crosstown_test_start();
    assert_non_null(crosstown_test_logged("and 12 waiting tasks in each"));
}

static void a_stop_is_heard_of(void **state)
{
    crosstown_test_start();
    assert_int_equal(crosstown_client_stopping(&crosstown), 0);
    crosstown_test_stop();
    assert_int_not_equal(crosstown_client_stopping(&crosstown), 0);
}

static void without_the_module(void **state)
{
    static const crosstown_client_t absent;

    assert_int_equal(crosstown_client_stopping(&absent), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        recording(an_old_http2),
        recording(a_newer_one),
        recording(no_http2),
        recording(the_summary_follows),
        recording(a_stop_is_heard_of),
        recording(without_the_module),
    };

    return cmocka_run_group_tests_name("testing: advice", tests, NULL, NULL);
}
