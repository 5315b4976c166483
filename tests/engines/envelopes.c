/* SPDX-License-Identifier: Apache-2.0 */
/* envelopes: jobs as the module writes them, without a server: payloads in,
 * Redis commands out. On both sides a text stands behind its length, four
 * bytes, the least significant one first. A payload that is refused is a text
 * that begins with -.
 *
 * usage: envelopes FORMAT CLASS QUEUE <payloads >commands */
#include "format.h"

#include "apr_general.h"
#include "apr_strings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* @return 0: there is nothing more */
static int read_text(apr_pool_t *pool, char **text, apr_size_t *length)
{
    unsigned char head[4];

    if (fread(head, sizeof(head), 1, stdin) != 1) {
        return 0;
    }
    *length = head[0] | (apr_size_t)head[1] << 8 | (apr_size_t)head[2] << 16
              | (apr_size_t)head[3] << 24;
    *text = apr_palloc(pool, *length + 1);
    return *length == 0 || fread(*text, *length, 1, stdin) == 1;
}

static void write_text(const char *text, apr_size_t length)
{
    const unsigned char head[4] = {
        (unsigned char)length, (unsigned char)(length >> 8),
        (unsigned char)(length >> 16), (unsigned char)(length >> 24)
    };

    fwrite(head, sizeof(head), 1, stdout);
    fwrite(text, length, 1, stdout);
}

static void write_job(const ct_route_t *route, ct_envelope_t *envelope,
                      unsigned int number, apr_pool_t *pool)
{
    ct_commands_t commands;
    const char *wrong;
    char *bytes;

    envelope->id = apr_psprintf(pool, "%032x", number);
    envelope->created = envelope->now = apr_time_now();
    wrong = ct_format_write(route, envelope, &commands, pool);
    if (wrong) {
        wrong = apr_pstrcat(pool, "-", wrong, NULL);
        write_text(wrong, strlen(wrong));
        return;
    }
    bytes = apr_palloc(pool, ct_commands_size(&commands));
    ct_commands_write(&commands, bytes);
    write_text(bytes, ct_commands_size(&commands));
}

int main(int argc, char **argv)
{
    ct_route_t route = { 0 };
    ct_envelope_t envelope = { 0 };
    unsigned int number = 0;
    apr_pool_t *pool;
    apr_pool_t *one;
    char *payload;

    apr_initialize();
    apr_pool_create(&pool, NULL);
    apr_pool_create(&one, pool);
    if (argc != 4 || !(route.format = ct_format_find(argv[1]))) {
        fprintf(stderr, "usage: envelopes FORMAT CLASS QUEUE\n");
        return 2;
    }
    route.work = argv[2];
    route.queue = argv[3];
    route.prefix = "";
    if (ct_route_complete(&route, "envelopes", pool)) {
        return 2;
    }
    while (read_text(one, &payload, &envelope.length)) {
        envelope.payload = payload;
        write_job(&route, &envelope, ++number, one);
        apr_pool_clear(one);
    }
    return 0;
}
