/* SPDX-License-Identifier: Apache-2.0 */
/* format_stream: an entry of a stream, for a consumer in any language, and the
 * one format for payloads that are not JSON. The stream is not cut short:
 * MAXLEN would throw away what nobody has read yet. */
#include "format_writers.h"

void ct_write_stream(const ct_letter_t *letter, ct_commands_t *commands)
{
    const ct_envelope_t *envelope = letter->envelope;

    ct_commands_add(commands, "XADD",
                    ct_letter_key(letter, letter->route->queue, NULL), "*",
                    "id", envelope->id, "name", letter->route->work, "payload",
                    NULL);
    ct_commands_word(commands, envelope->payload, envelope->length);
}
