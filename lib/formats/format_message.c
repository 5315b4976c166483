/* SPDX-License-Identifier: Apache-2.0 */
/* format_message: what AMQP has by itself, for a consumer in any language, and
 * the one format there for payloads that are not JSON. */
#include "format_writers.h"

#include "apr_strings.h"

#include <string.h>

#define LONGEST_TYPE 255             /* of an AMQP short string */
#define ANY_TYPE     "application/octet-stream"

void ct_publish_message(const ct_letter_t *letter, ct_publish_t *publish)
{
    const ct_envelope_t *envelope = letter->envelope;
    const char *type = envelope->type;

    publish->texts[CT_PUBLISH_ID] = envelope->id;
    publish->texts[CT_PUBLISH_NAME] = letter->route->work;
    publish->texts[CT_PUBLISH_TYPE] = type && strlen(type) <= LONGEST_TYPE
                                      ? type : ANY_TYPE;
    publish->body = envelope->payload;
    publish->length = envelope->length;
}
