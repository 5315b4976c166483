/* SPDX-License-Identifier: Apache-2.0 */
/* server_words: taking a line apart, word by word; putting text into a URL.
 * Thread: any.
 * Lifetime: words lie in the pool given. */
#include "stage.h"

#include "apr_escape.h"
#include "apr_lib.h"
#include "apr_strings.h"
#include "weak.h"

CT_WEAK(ap_getword)
CT_WEAK(ap_getword_nc)
CT_WEAK(ap_getword_nulls)
CT_WEAK(ap_getword_white)
CT_WEAK(ap_getword_white_nc)
CT_WEAK(ap_getword_conf)
CT_WEAK(ap_getword_conf_nc)
CT_WEAK(ap_str_tolower)
CT_WEAK(ap_escape_urlencoded)
CT_WEAK(ap_escape_path_segment)
CT_WEAK(ap_os_escape_path)

static const char *skip_white(const char *at)
{
    while (apr_isspace(*at)) {
        ++at;
    }
    return at;
}

static const char *skip_black(const char *at)
{
    while (*at && !apr_isspace(*at)) {
        ++at;
    }
    return at;
}

/* One separator is one: two have an empty word between them. */
char *ap_getword_nulls(apr_pool_t *p, const char **line, char stop)
{
    const char separators[] = { stop, '\0' };
    apr_size_t length = strcspn(*line, separators);
    char *word = apr_pstrmemdup(p, *line, length);

    *line += length;
    if (**line) {
        ++*line;
    }
    return word;
}

char *ap_getword(apr_pool_t *p, const char **line, char stop)
{
    char *word = ap_getword_nulls(p, line, stop);

    while (**line && **line == stop) {
        ++*line;
    }
    return word;
}

char *ap_getword_nc(apr_pool_t *p, char **line, char stop)
{
    return ap_getword(p, (const char **)line, stop);
}

char *ap_getword_white(apr_pool_t *p, const char **line)
{
    const char *end = skip_black(*line);
    char *word = apr_pstrmemdup(p, *line, (apr_size_t)(end - *line));

    *line = skip_white(end);
    return word;
}

char *ap_getword_white_nc(apr_pool_t *p, char **line)
{
    return ap_getword_white(p, (const char **)line);
}

static int is_escape(const char *at, char quote)
{
    return *at == '\\' && (at[1] == '\\' || (quote && at[1] == quote));
}

/* From at to end, with what a backslash stands before. */
static char *unquote(apr_pool_t *p, const char *at, const char *end,
                     char quote)
{
    char *word = apr_pcalloc(p, (apr_size_t)(end - at) + 1);
    char *to = word;

    while (at < end) {
        at += is_escape(at, quote);
        *to++ = *at++;
    }
    return word;
}

char *ap_getword_conf(apr_pool_t *p, const char **line)
{
    const char *at = skip_white(*line);
    char quote = *at == '"' || *at == '\'' ? *at : '\0';
    const char *end = quote ? ++at : skip_black(at);
    char *word;

    while (quote && *end && *end != quote) {
        end += is_escape(end, quote) ? 2 : 1;
    }
    word = unquote(p, at, end, quote);
    *line = skip_white(quote && *end ? end + 1 : end);
    return word;
}

char *ap_getword_conf_nc(apr_pool_t *p, char **line)
{
    return ap_getword_conf(p, (const char **)line);
}

void ap_str_tolower(char *text)
{
    for (; *text; ++text) {
        *text = (char)apr_tolower(*text);
    }
}

char *ap_escape_urlencoded(apr_pool_t *p, const char *text)
{
    return (char *)apr_pescape_urlencoded(p, text);
}

char *ap_escape_path_segment(apr_pool_t *p, const char *segment)
{
    return (char *)apr_pescape_path_segment(p, segment);
}

char *ap_os_escape_path(apr_pool_t *p, const char *path, int partial)
{
    return (char *)apr_pescape_path(p, path, partial);
}
