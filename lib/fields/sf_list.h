/* SPDX-License-Identifier: Apache-2.0 */
/* sf_list: a List of Structured Fields whose members are tokens with
 * parameters (RFC 9651, sections 3.1 and 3.1.2). Inner lists and members of
 * other types are refused.
 * Thread: any.
 * Lifetime: what was read lies in the reader's pool. */
#ifndef CT_SF_LIST_H
#define CT_SF_LIST_H

#include "sf_value.h"

#include "apr_tables.h"

/** A parameter; one without a value is a true boolean. */
typedef struct ct_sf_parameter_t {
    const char *key;
    const char *at;                  /* of the key, in the field */
    ct_sf_value_t value;
} ct_sf_parameter_t;

/** A member of the list. */
typedef struct ct_sf_member_t {
    const char *token;
    const char *at;                  /* of the token, in the field */
    apr_array_header_t *parameters;  /* ct_sf_parameter_t; a key that came
                                        twice has its first place and its last
                                        value */
} ct_sf_member_t;

/** Read a whole field. An empty one is an empty list.
 *  @param most  parameters that a member may have, members that the list may
 *               have: beyond it is an error
 *  @return ct_sf_member_t, or NULL: reader->error says why */
apr_array_header_t *ct_sf_list(ct_sf_reader_t *reader, int most_members,
                               int most_parameters);

#endif
