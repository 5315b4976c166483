/* SPDX-License-Identifier: Apache-2.0 */
/* formats: the commands of a job: all of them in one call, where a marker says
 * that it was there, and as bytes of the wire. */
#include "support_formats.h"

#include "once.h"

static void with_a_marker_all_are_one_call(void **state)
{
    ct_route_t route = route_of("laravel", "Mail", "q", "");
    const char *text;

    route_complete(&route, *state);
    route.once = 3600;
    text = job_written(&route, "1", *state);
    assert_ptr_equal(strstr(text,
        apr_pstrcat(*state, "EVALSHA ", ct_once_sha(*state, 0),
                    " 1 crosstown:once:" ID " 3600 3 RPUSH queues:q {",
                    NULL)), text);
    assert_non_null(strstr(text, "} 3 RPUSH queues:q:notify 1\n"));
}

static void marker_before_the_words(void **state)
{
    ct_route_t route = route_of("stream", "w", "s", "p:");
    const char *text;

    route_complete(&route, *state);
    route.once = 7;
    text = job_written(&route, "x", *state);
    assert_string_equal(text,
        apr_pstrcat(*state, "EVALSHA ", ct_once_sha(*state, 0),
                    " 1 crosstown:once:" ID
                    " 7 9 XADD p:s * id " ID " name w payload x\n", NULL));
}

static void bytes_of_the_wire(void **state)
{
    ct_commands_t commands;
    char bytes[100];
    apr_size_t size;

    ct_commands_init(&commands, *state);
    ct_commands_add(&commands, "LPUSH", "q", NULL);
    ct_commands_word(&commands, "\r\n\0", 3);
    ct_commands_add(&commands, "X", "", NULL);
    size = ct_commands_size(&commands);
    assert_int_equal(size, 48);
    memset(bytes, '!', sizeof(bytes));
    ct_commands_write(&commands, bytes);
    assert_memory_equal(bytes,
        "*3\r\n$5\r\nLPUSH\r\n$1\r\nq\r\n$3\r\n\r\n\0\r\n"
        "*2\r\n$1\r\nX\r\n$0\r\n\r\n!", size + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_pool(with_a_marker_all_are_one_call),
        with_pool(marker_before_the_words),
        with_pool(bytes_of_the_wire),
    };

    return run_group("formats: commands", tests);
}
