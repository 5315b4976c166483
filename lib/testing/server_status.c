/* SPDX-License-Identifier: Apache-2.0 */
/* server_status: the server's names for methods and statuses, for consumers
 * that ask for them.
 * Thread: any.
 * Lifetime: static. */
#include "stage.h"

#include <stdlib.h>

#include "apr_strings.h"
#include "http_protocol.h"
#include "http_request.h"
#include "weak.h"

CT_WEAK(ap_method_number_of)
CT_WEAK(ap_allow_methods)
CT_WEAK(ap_index_of_response)
CT_WEAK(ap_get_status_line)
CT_WEAK(ap_get_status_line_ex)

static const char *const methods[] = {
    "GET", "PUT", "POST", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH",
    "PROPFIND", "PROPPATCH", "MKCOL", "COPY", "MOVE", "LOCK", "UNLOCK",
    "VERSION-CONTROL", "CHECKOUT", "UNCHECKOUT", "CHECKIN", "UPDATE",
    "LABEL", "REPORT", "MKWORKSPACE", "MKACTIVITY", "BASELINE-CONTROL",
    "MERGE"
};

/* Those that httpd has a line for; each starts with its number. */
static const char *const lines[] = {
    "100 Continue", "101 Switching Protocols", "102 Processing", "200 OK",
    "201 Created", "202 Accepted", "203 Non-Authoritative Information",
    "204 No Content", "205 Reset Content", "206 Partial Content",
    "207 Multi-Status", "208 Already Reported", "226 IM Used",
    "300 Multiple Choices", "301 Moved Permanently", "302 Found",
    "303 See Other", "304 Not Modified", "305 Use Proxy",
    "307 Temporary Redirect", "308 Permanent Redirect", "400 Bad Request",
    "401 Unauthorized", "402 Payment Required", "403 Forbidden",
    "404 Not Found", "405 Method Not Allowed", "406 Not Acceptable",
    "407 Proxy Authentication Required", "408 Request Timeout",
    "409 Conflict", "410 Gone", "411 Length Required",
    "412 Precondition Failed", "413 Request Entity Too Large",
    "414 Request-URI Too Long", "415 Unsupported Media Type",
    "416 Requested Range Not Satisfiable", "417 Expectation Failed",
    "418 I'm A Teapot", "421 Misdirected Request",
    "422 Unprocessable Entity", "423 Locked", "424 Failed Dependency",
    "425 Too Early", "426 Upgrade Required", "428 Precondition Required",
    "429 Too Many Requests", "431 Request Header Fields Too Large",
    "451 Unavailable For Legal Reasons", "500 Internal Server Error",
    "501 Not Implemented", "502 Bad Gateway", "503 Service Unavailable",
    "504 Gateway Timeout", "505 HTTP Version Not Supported",
    "506 Variant Also Negotiates", "507 Insufficient Storage",
    "508 Loop Detected", "510 Not Extended",
    "511 Network Authentication Required"
};

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

int ap_method_number_of(const char *method)
{
    int number;

    for (number = 0; number < COUNT(methods); ++number) {
        if (!strcmp(methods[number], method)) {
            return number;
        }
    }
    return M_INVALID;
}

/* Methods that a module invented have a name only. */
void ap_allow_methods(request_rec *r, int reset, ...)
{
    ap_method_list_t *allowed = r->allowed_methods;
    va_list names;
    const char *name;

    if (reset) {
        allowed->method_mask = 0;
        apr_array_clear(allowed->method_list);
    }
    va_start(names, reset);
    while ((name = va_arg(names, const char *)) != NULL) {
        int number = ap_method_number_of(name);

        if (number == M_INVALID) {
            APR_ARRAY_PUSH(allowed->method_list, const char *) = name;
        }
        else {
            allowed->method_mask |= AP_METHOD_BIT << number;
        }
    }
    va_end(names);
}

static int index_of(int status)
{
    int i;

    for (i = 0; i < COUNT(lines); ++i) {
        if (strtol(lines[i], NULL, 10) == status) {
            return i;
        }
    }
    return -1;
}

int ap_index_of_response(int status)
{
    int index = index_of(status);

    return index >= 0 ? index : index_of(HTTP_INTERNAL_SERVER_ERROR);
}

const char *ap_get_status_line(int status)
{
    return lines[ap_index_of_response(status)];
}

const char *ap_get_status_line_ex(apr_pool_t *p, int status)
{
    return index_of(status) >= 0 || !ap_is_HTTP_VALID_RESPONSE(status)
           ? ap_get_status_line(status)
           : apr_psprintf(p, "%d Status %d", status, status);
}
