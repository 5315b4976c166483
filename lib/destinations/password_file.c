/* SPDX-License-Identifier: Apache-2.0 */
/* password_file: configurations are read by many, so a password stands in a
 * file of its own, which is read while the server is still root. */
#include "password_file.h"

#include "apr_file_io.h"
#include "apr_strings.h"

#define FILE_WORD "file:"
#define LONGEST   512

static const char *read_line(char *line, const char *path,
                             const crosstown_target_setup_t *setup)
{
    apr_finfo_t about;
    apr_file_t *file;
    char words[128];
    apr_status_t rv = apr_file_open(&file, path, APR_READ, 0, setup->temp);

    if (rv == APR_SUCCESS) {
        rv = apr_file_gets(line, LONGEST, file);
        if (apr_file_info_get(&about, APR_FINFO_PROT, file) == APR_SUCCESS
            && (about.protection & (APR_WREAD | APR_WWRITE))) {
            ap_log_error(APLOG_MARK, APLOG_WARNING | APLOG_STARTUP, 0, NULL,
                         CTLOGNO(02402) "CrosstownTask %s: anybody may read "
                         "or write %s; chmod 600 it", setup->name, path);
        }
        apr_file_close(file);
    }
    return rv == APR_SUCCESS ? NULL
        : apr_psprintf(setup->pool, "password=file:%s: %s", path,
                       APR_STATUS_IS_EOF(rv) ? "it is empty"
                       : apr_strerror(rv, words, sizeof(words)));
}

const char *ct_password_file_read(const char **password,
                                  const crosstown_target_setup_t *setup)
{
    const char *value = apr_table_get(setup->keys, "password");
    char line[LONGEST];
    const char *wrong;

    if (!value) {
        return NULL;
    }
    if (*password) {
        return "a password in the address and password=: write one of them";
    }
    if (strncmp(value, FILE_WORD "/", strlen(FILE_WORD "/")) != 0) {
        return "password= takes file:/path, of a file whose first line is the "
               "password";
    }
    wrong = read_line(line, value + strlen(FILE_WORD), setup);
    if (wrong) {
        return wrong;
    }
    line[strcspn(line, "\r\n")] = '\0';
    *password = apr_pstrdup(setup->pool, line);
    return *line ? NULL : apr_psprintf(setup->pool, "password=%s: its first "
                                       "line is empty", value);
}
