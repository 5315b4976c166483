/* SPDX-License-Identifier: Apache-2.0 */
/* traceparent: the form that W3C Trace Context asks for, up to its edges. */
#include "support.h"

#include "traceparent.h"

#define ZEROS "00000000000000000000000000000000"
#define TRACE "4bf92f3577b34da6a3ce929d0e0e4736"
#define PARENT "00f067aa0ba902b7"

static const char *const good[] = {
    "00-" TRACE "-" PARENT "-01",
    "00-" TRACE "-" PARENT "-ff",
    "00-0000000000000000000000000000000a-0000000000000001-00",
    "01-" TRACE "-" PARENT "-01",
    "fe-" TRACE "-" PARENT "-01",
    "01-" TRACE "-" PARENT "-01-",
    "01-" TRACE "-" PARENT "-01-and what comes later",
};

static const char *const bad[] = {
    NULL, "", "0", "00", "ff", "00-", "-", "00-" TRACE, "00-" TRACE "-",
    "00-" TRACE "-" PARENT, "00-" TRACE "-" PARENT "-",
    "00-" TRACE "-" PARENT "-1", "00-" TRACE "-" PARENT "-011",
    "00-" TRACE "-" PARENT "-01-", "00-" TRACE "-" PARENT "-01-02",
    "00-" TRACE "-" PARENT "-01 ", " 00-" TRACE "-" PARENT "-01",
    "00-" TRACE "-" PARENT "-0G", "00-" TRACE "-" PARENT "-0A",
    "ff-" TRACE "-" PARENT "-01", "0-" TRACE "-" PARENT "-01",
    "000-" TRACE "-" PARENT "-01", "00_" TRACE "-" PARENT "-01",
    "00-" ZEROS "-" PARENT "-01", "00-" TRACE "-0000000000000000-01",
    "00-4BF92f3577b34da6a3ce929d0e0e4736-" PARENT "-01",
    "00-" TRACE "0-" PARENT "-01", "00-" TRACE "-0" PARENT "-01",
    "01-" TRACE "-" PARENT "-01.",
    "00-" TRACE "-" PARENT "-01, 00-" TRACE "-" PARENT "-01",
};

static void the_form_is_known(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(good) / sizeof(good[0]); ++i) {
        if (!ct_traceparent_is_valid(good[i])) {
            fail_msg("refused: %s", good[i]);
        }
    }
}

static void all_else_is_refused(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); ++i) {
        if (ct_traceparent_is_valid(bad[i])) {
            fail_msg("taken: %s", bad[i]);
        }
    }
}

/* A good one that is cut anywhere is not one. */
static void no_part_of_it_will_do(void **state)
{
    char part[64];
    size_t length;

    (void)state;
    for (length = 0; length < strlen(good[0]); ++length) {
        apr_cpystrn(part, good[0], length + 1);
        assert_false(ct_traceparent_is_valid(part));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_form_is_known),
        cmocka_unit_test(all_else_is_refused),
        cmocka_unit_test(no_part_of_it_will_do),
    };

    return run_group("traceparent", tests);
}
