/* SPDX-License-Identifier: Apache-2.0 */
/* amqp_answer: a code says what is wrong, and where it comes says for whom: at
 * a connection for all jobs, at the channel of an exchange for those that go
 * there. */
#include "amqp_answer.h"

typedef struct answer_t {
    int code;
    ct_sent_e how;
    const char *remedy;
} answer_t;

static const answer_t of_connections[] = {
    { 403, CT_SENT_MEND, "look at user and password=; guest may come from the "
                         "broker's own machine alone" },
    { 402, CT_SENT_MEND, "look at the /vhost of the address" },
    { 530, CT_SENT_MEND, "look at the /vhost of the address, and at what the "
                         "user may do there" },
    { 0, CT_SENT_AGAIN, "" }
};

static const answer_t of_channels[] = {
    { 403, CT_SENT_REFUSED, "let the user write to this exchange" },
    { 404, CT_SENT_REFUSED, "declare the exchange, or look at exchange=" },
    { 0, CT_SENT_UNKNOWN, "" }
};

static ct_sent_e find(const answer_t *answer, int code, const char **remedy)
{
    while (answer->code && answer->code != code) {
        ++answer;
    }
    *remedy = answer->remedy;
    return answer->how;
}

ct_sent_e ct_amqp_answer_connection(int code, const char **remedy)
{
    return find(of_connections, code, remedy);
}

ct_sent_e ct_amqp_answer_channel(int code, const char **remedy)
{
    return find(of_channels, code, remedy);
}
