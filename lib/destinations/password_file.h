/* SPDX-License-Identifier: Apache-2.0 */
/* password_file: password=file:/path.
 * Thread: the one that reads the configuration.
 * Lifetime: the configuration's. */
#ifndef CT_PASSWORD_FILE_H
#define CT_PASSWORD_FILE_H

#include "destination_glue.h"

/** Read it, if password= is said.
 *  @param password  of the address, or NULL; set to the first line of the file
 *  @return NULL, or what is wrong */
const char *ct_password_file_read(const char **password,
                                  const crosstown_target_setup_t *setup);

#endif
