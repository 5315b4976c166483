/* SPDX-License-Identifier: Apache-2.0 */
/* sender_pause: twice as long each time, half of it by chance. The first one
 * is short, since a server that is started again is back within a second. */
#include "sender_pause.h"

#define SHORTEST apr_time_from_sec(1)
#define LONGEST  apr_time_from_sec(60)
#define DOUBLINGS 6

apr_interval_time_t ct_sender_pause(unsigned int failures, apr_uint32_t any)
{
    unsigned int doublings = failures - 1 < DOUBLINGS ? failures - 1
                                                      : DOUBLINGS;
    apr_interval_time_t pause = SHORTEST << doublings;

    pause = pause < LONGEST ? pause : LONGEST;
    return pause / 2 + (apr_interval_time_t)(any % (pause / 2 + 1));
}
