/* SPDX-License-Identifier: Apache-2.0 */
/* address: what addresses of engines have in common: who, host and port.
 * Thread: any.
 * Lifetime: what is read points into the text or is the pool's. */
#ifndef CT_ADDRESS_H
#define CT_ADDRESS_H

#include "apr_pools.h"

/** Are there no blanks, and no bytes beyond ASCII? @return NULL, or what is
 *  wrong */
const char *ct_address_check(const char *text);

/** %XX as the byte that it means. @return NULL: it means none */
const char *ct_address_decode(apr_pool_t *p, const char *text);

/** A decimal number up to most, and nothing else. @return -1: it is not */
int ct_address_number(const char *text, int most);

/** [user:password@], [user@] or [:password@], in front of a host.
 *  @param text  written to
 *  @param host  set to what is behind it
 *  @return NULL, or what is wrong, without the password */
const char *ct_address_user(const char **user, const char **password,
                            char *text, char **host, apr_pool_t *p);

/** host[:port], with an IPv6 address in [ ].
 *  @param text  written to
 *  @param port  set if there is one
 *  @return NULL, or what is wrong */
const char *ct_address_host(const char **name, int *port, char *text);

/** Who, for people: "", "user@" or "user:***@". */
const char *ct_address_show_user(const char *user, const char *password,
                                 apr_pool_t *p);

#endif
