/* SPDX-License-Identifier: Apache-2.0 */
/* support_formats: see support_formats.h. */
#include "support_formats.h"

ct_route_t route_of(const char *format, const char *work, const char *queue,
                    const char *prefix)
{
    ct_route_t route = { 0 };

    route.format = ct_format_find(format);
    assert_non_null(route.format);
    route.work = work;
    route.queue = queue;
    route.prefix = prefix;
    return route;
}

void route_complete(ct_route_t *route, apr_pool_t *p)
{
    const char *wrong = ct_route_complete(route, "mail", p);

    if (wrong) {
        fail_msg("%s", wrong);
    }
}

const char *job_write(const ct_route_t *route, const char *payload,
                      apr_size_t length, ct_commands_t *commands,
                      apr_pool_t *p)
{
    const ct_envelope_t envelope = { ID, CREATED, NOW, payload, length,
                                     NULL };

    return ct_format_write(route, &envelope, commands, p);
}

const char *job_written(const ct_route_t *route, const char *payload,
                        apr_pool_t *p)
{
    const char *text = "";
    const ct_word_t *word;
    ct_commands_t commands;
    int i;
    int j;

    assert_null(job_write(route, payload, strlen(payload), &commands, p));
    word = commands.words;
    for (i = 0; i < commands.count; ++i) {
        for (j = 0; j < commands.counts[i]; ++j, ++word) {
            text = apr_pstrcat(p, text, j ? " " : "",
                               apr_pstrmemdup(p, word->bytes, word->length),
                               NULL);
        }
        text = apr_pstrcat(p, text, "\n", NULL);
    }
    return text;
}
