/* SPDX-License-Identifier: Apache-2.0 */
/* redis_answer: Redis begins an error with a word in capitals. What the server
 * cannot do right now, it may be able to later; what it does not let us do has
 * to be mended by somebody, for all jobs or for those of one task. */
#include "redis_answer.h"

#include <string.h>

#define PERMIT "let the user run the commands on these keys, EVALSHA, and " \
               "SET on crosstown:once:*"
#define CLUSTER "a Redis Cluster is not supported: name a Redis that is none"

static const struct {
    const char *begins;
    ct_sent_e how;
    const char *remedy;
} classes[] = {
    { "OOM ", CT_SENT_AGAIN, "raise its maxmemory, or let workers empty their "
                             "queues" },
    { "READONLY ", CT_SENT_AGAIN, "it is a replica: name its master, or "
                                  "sentinels" },
    { "LOADING ", CT_SENT_AGAIN, "" },
    { "MISCONF ", CT_SENT_AGAIN, "look at its disk" },
    { "NOREPLICAS ", CT_SENT_AGAIN, "" },
    { "BUSY ", CT_SENT_AGAIN, "" },
    { "MASTERDOWN ", CT_SENT_AGAIN, "" },
    { "NOSCRIPT ", CT_SENT_AGAIN, "" },
    { "TRYAGAIN ", CT_SENT_AGAIN, "" },
    { "ERR max number of clients", CT_SENT_AGAIN, "raise its maxclients" },
    { "NOAUTH ", CT_SENT_MEND, "write password=file:/path" },
    { "WRONGPASS ", CT_SENT_MEND, "look at user and password=" },
    { "ERR invalid password", CT_SENT_MEND, "look at password=" },
    { "DENIED ", CT_SENT_MEND, "its protected-mode lets in who has a "
                               "password, or comes from its own machine" },
    { "CLUSTERDOWN ", CT_SENT_MEND, CLUSTER },
    { "MOVED ", CT_SENT_MEND, CLUSTER },
    { "ASK ", CT_SENT_MEND, CLUSTER },
    { "CROSSSLOT ", CT_SENT_MEND, CLUSTER },
    { "ERR SELECT is not allowed in cluster", CT_SENT_MEND, CLUSTER },
    { "ERR DB index is out of range", CT_SENT_MEND,
      "the /db of the address is beyond its databases" },
    { "NOPERM ", CT_SENT_REFUSED, PERMIT },
    { "ERR The user executing the script ", CT_SENT_REFUSED, PERMIT },
    { "WRONGTYPE ", CT_SENT_REFUSED, "what stands at this queue's key is no "
                                     "queue of this format: look at prefix= "
                                     "and queue=" },
    { NULL, CT_SENT_REFUSED, "" },
};

ct_sent_e ct_redis_answer_class(const char *error, const char **remedy)
{
    int i = 0;

    while (classes[i].begins
           && strncmp(error, classes[i].begins,
                      strlen(classes[i].begins)) != 0) {
        ++i;
    }
    *remedy = classes[i].remedy;
    return classes[i].how;
}
