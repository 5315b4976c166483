/* SPDX-License-Identifier: Apache-2.0 */
/* server_slots: directives that only set a member of the module's
 * configuration, which their table names by APR_OFFSETOF().
 * Thread: the test's.
 * Lifetime: what they keep lies in the pool of the configuration. */
#include "stage.h"

#include <stdlib.h>

#include "apr_file_info.h"
#include "apr_strings.h"
#include "weak.h"

CT_WEAK(ap_set_string_slot)
CT_WEAK(ap_set_string_slot_lower)
CT_WEAK(ap_set_int_slot)
CT_WEAK(ap_set_flag_slot)
CT_WEAK(ap_set_flag_slot_char)
CT_WEAK(ap_set_file_slot)
CT_WEAK(ap_set_deprecated)
CT_WEAK(ap_server_root_relative)

static void *slot(const cmd_parms *parms, void *configuration)
{
    return (char *)configuration + (apr_uintptr_t)parms->info;
}

const char *ap_set_string_slot(cmd_parms *parms, void *configuration,
                               const char *word)
{
    *(const char **)slot(parms, configuration) = word;
    return NULL;
}

const char *ap_set_string_slot_lower(cmd_parms *parms, void *configuration,
                                     const char *word)
{
    char *lower = apr_pstrdup(parms->pool, word);

    ap_str_tolower(lower);
    return ap_set_string_slot(parms, configuration, lower);
}

const char *ap_set_int_slot(cmd_parms *parms, void *configuration,
                            const char *word)
{
    char *end;
    long number = strtol(word, &end, 10);

    if (end == word || *end) {
        return apr_pstrcat(parms->pool, "Invalid value for directive ",
                           parms->cmd->name, ", expected integer", NULL);
    }
    *(int *)slot(parms, configuration) = (int)number;
    return NULL;
}

const char *ap_set_flag_slot(cmd_parms *parms, void *configuration, int on)
{
    *(int *)slot(parms, configuration) = on != 0;
    return NULL;
}

const char *ap_set_flag_slot_char(cmd_parms *parms, void *configuration,
                                  int on)
{
    *(char *)slot(parms, configuration) = on != 0;
    return NULL;
}

/* There is no ServerRoot: the test's working directory is it. */
char *ap_server_root_relative(apr_pool_t *p, const char *name)
{
    char *path = NULL;

    (void)apr_filepath_merge(&path, NULL, name, APR_FILEPATH_TRUENAME, p);
    return path;
}

const char *ap_set_file_slot(cmd_parms *parms, void *configuration,
                             const char *word)
{
    const char *path = ap_server_root_relative(parms->pool, word);

    if (!path) {
        return apr_pstrcat(parms->pool, parms->cmd->name,
                           ": Invalid file path ", word, NULL);
    }
    return ap_set_string_slot(parms, configuration, path);
}

const char *ap_set_deprecated(cmd_parms *parms, void *configuration,
                              const char *word)
{
    return parms->cmd->errmsg;
}
