/* SPDX-License-Identifier: Apache-2.0 */
/* sf_text: the bare items of Structured Fields that carry text or bytes.
 * Called by sf_value.c with the reader at their first character.
 * Thread: any.
 * Lifetime: what was read lies in the reader's pool. */
#ifndef CT_SF_TEXT_H
#define CT_SF_TEXT_H

#include "sf_value.h"

/** Each: @return not 0: value is filled in | 0: reader->error says why not */
int ct_sf_string(ct_sf_reader_t *reader, ct_sf_value_t *value);
int ct_sf_bytes(ct_sf_reader_t *reader, ct_sf_value_t *value);
int ct_sf_display(ct_sf_reader_t *reader, ct_sf_value_t *value);

#endif
