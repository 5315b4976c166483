/* SPDX-License-Identifier: Apache-2.0 */
/* numbers: what all processes of a server know together of their store: how
 * many tasks of each name are in it, and how it is doing. Processes write down
 * what they find as they go; to read costs no look at the file.
 * Thread: any of any process.
 * Lifetime: of a page that all processes share. */
#ifndef CT_STORE_NUMBERS_H
#define CT_STORE_NUMBERS_H

#include "apr_errno.h"
#include "apr_time.h"

#include <pthread.h>

/** Names that are counted for themselves; the rest is one more, "other". */
#define CT_STORE_NAMES 64
#define CT_STORE_NAME_LENGTH 48

/** Tasks of a name which nobody runs or has in hand. Times are 0 where there
 *  is none. */
typedef struct ct_store_name_t {
    char name[CT_STORE_NAME_LENGTH];
    apr_int64_t waiting;             /* not tried yet, and due */
    apr_int64_t delayed;             /* not tried yet; its time has not come */
    apr_int64_t retrying;            /* tried, and to be tried again */
    apr_int64_t dead;
    apr_time_t due;                  /* since when that one is due which is
                                        due longest */
    apr_time_t oldest;               /* when the oldest that is not dead was
                                        asked for */
    apr_time_t oldest_dead;          /* the same of the dead */
} ct_store_name_t;

/** Times are 0 where it is not so, or never was. */
typedef struct ct_store_numbers_t {
    ct_store_name_t names[CT_STORE_NAMES + 1];
    int name_count;
    apr_time_t counted;              /* when the names were last counted */
    apr_interval_time_t counting;    /* how long that took */
    apr_time_t unfit_since;          /* a sync has failed */
    apr_time_t down_since;           /* some process cannot open it */
    apr_time_t full_since;
    apr_time_t looked;               /* when the next four were last seen */
    apr_int64_t used;                /* bytes of the file */
    apr_int64_t unused;              /* of it, to be used again */
    apr_int64_t log;                 /* bytes of the write-ahead log */
    apr_int64_t room;                /* bytes that the disk has room for */
    apr_interval_time_t sync;        /* how long the last sync took */
    apr_interval_time_t worst_sync;  /* the longest since the start */
} ct_store_numbers_t;

/** What is shared. */
typedef struct ct_store_gauges_t {
    pthread_mutex_t lock;
    apr_time_t next_count;           /* nobody counts before that */
    ct_store_numbers_t numbers;
} ct_store_gauges_t;

/** Make it, in memory that is zero. Thread: start-up. */
apr_status_t ct_store_gauges_make(ct_store_gauges_t *gauges);

/** Read or write numbers; be quick. A process that dies in between leaves
 *  what it has written. */
ct_store_numbers_t *ct_store_gauges_open(ct_store_gauges_t *gauges);
void ct_store_gauges_close(ct_store_gauges_t *gauges);

/** For the three `since`: note whether it is so now. */
void ct_store_gauges_note(apr_time_t *since, int is_so, apr_time_t now);

/** A copy. */
void ct_store_gauges_read(ct_store_gauges_t *gauges,
                          ct_store_numbers_t *numbers);

#endif
