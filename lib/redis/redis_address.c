/* SPDX-License-Identifier: Apache-2.0 */
/* redis_address: read from left to right, into hosts and what is behind them.
 * What is wrong is said without the forms, which are added once. */
#include "redis_address.h"

#include "address.h"

#include "apr_strings.h"

#include <string.h>

#define PORT          6379
#define SENTINEL_PORT 26379
#define MOST_DB       65535

static const char *read_hosts(ct_redis_address_t *address, char *text)
{
    const char *wrong = NULL;
    char *next;

    if (!address->service && strchr(text, ',')) {
        return "several hosts are sentinels: redis+sentinel://";
    }
    for (; text && !wrong; text = next) {
        ct_redis_host_t *host = apr_array_push(address->hosts);

        next = strchr(text, ',');
        if (next) {
            *next++ = '\0';
        }
        host->port = address->service ? SENTINEL_PORT : PORT;
        wrong = ct_address_host(&host->name, &host->port, text);
    }
    return wrong;
}

/* What is behind the hosts: [/service][/db]. */
static const char *read_path(ct_redis_address_t *address, char *text,
                             int is_sentinel)
{
    char *slash;

    if (is_sentinel) {
        slash = strchr(text, '/');
        if (slash) {
            *slash++ = '\0';
        }
        if (!*text) {
            return "the name of the service that the sentinels know is "
                   "missing";
        }
        address->service = text;
        text = slash ? slash : "";
    }
    address->db = *text ? ct_address_number(text, MOST_DB) : 0;
    return address->db < 0
        ? "behind the last / stands a database, a number from 0 to 65535"
        : NULL;
}

static void show(ct_redis_address_t *address, const char *hosts, apr_pool_t *p)
{
    const char *who = ct_address_show_user(address->user, address->password,
                                           p);
    const char *where = address->path
        ? apr_pstrcat(p, "unix:", address->path, "|redis://", who, NULL)
        : apr_pstrcat(p, address->service ? "redis+sentinel://" : "redis://",
                      who, hosts, NULL);

    address->shown = apr_psprintf(p, "%s%s%s/%d", where,
                                  address->service ? "/" : "",
                                  address->service ? address->service : "",
                                  address->db);
}

static const char *read_behind_scheme(ct_redis_address_t *address, char *text,
                                      int is_sentinel, apr_pool_t *p)
{
    char *slash = strchr(text, '/');
    char *behind;
    const char *wrong;
    const char *hosts;

    if (slash) {
        *slash++ = '\0';
    }
    wrong = ct_address_user(&address->user, &address->password, text, &behind,
                            p);
    if (wrong) {
        return wrong;
    }
    hosts = apr_pstrdup(p, behind);
    wrong = read_path(address, slash ? slash : "", is_sentinel);
    if (!wrong && address->path && *behind) {
        wrong = "behind unix:/path| there is no host: unix:/path|redis:///0";
    }
    if (!wrong && !address->path) {
        wrong = read_hosts(address, behind);
    }
    show(address, hosts, p);
    return wrong;
}

static const char *read_scheme(ct_redis_address_t *address, char *text,
                               apr_pool_t *p)
{
    int is_sentinel;

    if (!strncmp(text, "unix:", 5)) {
        address->path = text + 5;
        text = strchr(text, '|');
        if (!text || *address->path != '/') {
            return "a socket has a full path and a | behind it";
        }
        *text++ = '\0';
    }
    is_sentinel = !address->path && !strncmp(text, "redis+sentinel://", 17);
    if (!is_sentinel && strncmp(text, "redis://", 8) != 0) {
        return "this is no address of a Redis";
    }
    return read_behind_scheme(address, text + (is_sentinel ? 17 : 8),
                              is_sentinel, p);
}

const char *ct_redis_address_read(ct_redis_address_t *address,
                                  const char *target, apr_pool_t *p)
{
    const char *wrong = ct_address_check(target);
    const char *bar = strchr(target, '|');

    if (!strncmp(bar ? bar + 1 : target, "rediss://", 9)) {
        return "rediss: this build has no TLS for Redis; let stunnel bring it "
               "to one that has, and write redis://127.0.0.1:port to stunnel";
    }
    address->hosts = apr_array_make(p, 1, sizeof(ct_redis_host_t));
    if (!wrong) {
        wrong = read_scheme(address, apr_pstrdup(p, target), p);
    }
    return wrong ? apr_pstrcat(p, wrong, "; write " CT_REDIS_FORMS, NULL)
                 : NULL;
}

void ct_redis_address_complete(ct_redis_address_t *address, apr_pool_t *p)
{
    address->key = apr_psprintf(p, "%s\n%s\n%" APR_TIME_T_FMT, address->shown,
                                address->password ? address->password : "",
                                address->timeout);
}
