/* SPDX-License-Identifier: Apache-2.0 */
/* address: apr_uri knows neither a list of hosts nor a socket's path, and
 * httpd's own helpers do not tell what is wrong, so it is read from left to
 * right. A message never repeats what may hold a password. */
#include "address.h"

#include "apr_lib.h"
#include "apr_strings.h"

#include <string.h>

const char *ct_address_check(const char *text)
{
    for (; *text; ++text) {
        if ((unsigned char)*text <= ' ' || (unsigned char)*text >= 0x7f) {
            return "blanks and bytes beyond ASCII are written as %XX";
        }
    }
    return NULL;
}

static int hex(char digit)
{
    return apr_isdigit(digit) ? digit - '0'
        : apr_isxdigit(digit) ? apr_tolower(digit) - 'a' + 10 : -1;
}

const char *ct_address_decode(apr_pool_t *p, const char *text)
{
    char *decoded = apr_palloc(p, strlen(text) + 1);
    char *to = decoded;

    for (; *text; ++text) {
        if (*text != '%') {
            *to++ = *text;
            continue;
        }
        if (hex(text[1]) < 0 || hex(text[2]) < 0) {
            return NULL;
        }
        *to = (char)(hex(text[1]) * 16 + hex(text[2]));
        text += 2;
        if (!*to++) {
            return NULL;
        }
    }
    *to = '\0';
    return decoded;
}

int ct_address_number(const char *text, int most)
{
    char *end;
    apr_int64_t number = apr_strtoi64(text, &end, 10);

    return !apr_isdigit(*text) || *end || number > most ? -1 : (int)number;
}

const char *ct_address_user(const char **user, const char **password,
                            char *text, char **host, apr_pool_t *p)
{
    char *at = strrchr(text, '@');
    char *colon;

    *host = at ? at + 1 : text;
    if (!at) {
        return NULL;
    }
    *at = '\0';
    colon = strchr(text, ':');
    if (colon) {
        *colon = '\0';
        *password = ct_address_decode(p, colon + 1);
        if (!*password || !**password) {
            return "the password is empty, or a % in it does not begin %XX";
        }
    }
    if (*text) {
        *user = ct_address_decode(p, text);
        if (!*user) {
            return "a % in the user's name does not begin %XX";
        }
    }
    return NULL;
}

const char *ct_address_host(const char **name, int *port, char *text)
{
    char *colon = strrchr(text, ':');
    char *bracket = *text == '[' ? strchr(text, ']') : NULL;

    if (bracket) {
        colon = bracket[1] ? bracket + 1 : NULL;
        if (colon && *colon != ':') {
            return "behind ] only a port may follow";
        }
        *bracket = '\0';
        ++text;
    }
    if (colon) {
        *colon = '\0';
        *port = ct_address_number(colon + 1, 65535);
    }
    *name = text;
    if (*port < 1) {
        return "a port is a number from 1 to 65535";
    }
    return !*text || strchr(text, '[') || (!bracket && strchr(text, ':'))
           ? "the host is missing, or an IPv6 address stands without [ ]"
           : NULL;
}

const char *ct_address_show_user(const char *user, const char *password,
                                 apr_pool_t *p)
{
    user = user ? user : "";
    return password ? apr_pstrcat(p, user, ":***@", NULL)
        : *user ? apr_pstrcat(p, user, "@", NULL) : "";
}
