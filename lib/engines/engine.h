/* SPDX-License-Identifier: Apache-2.0 */
/* engine: what a sender needs of whoever stores jobs for workers.
 * Thread: all functions are called by the one sender's thread.
 * Lifetime: a message's, until it is told done(). */
#ifndef CT_ENGINE_H
#define CT_ENGINE_H

#include "apr_time.h"

/** What has become of a message. */
typedef enum {
    CT_SENT_STORED,                  /* confirmed */
    CT_SENT_AGAIN,                   /* not stored; may be in a while */
    CT_SENT_MEND,                    /* nothing is stored until somebody mends
                                        the configuration, here or there */
    CT_SENT_UNKNOWN,                 /* sent, but not confirmed: it may be
                                        stored or not */
    CT_SENT_PENDING,                 /* sent, and the engine has not said yet
                                        what becomes of it: its connection is
                                        kept, and send() is called again */
    CT_SENT_REFUSED,                 /* not stored, and it is about this one
                                        alone */
    CT_SENT_EXPIRED,                 /* not stored, and not wanted any more */
    CT_SENT_LEFT,                    /* the sender has stopped before */
    CT_SENT_NOT_YET                  /* its turn has not come */
} ct_sent_e;

/** One job, as it is sent. */
typedef struct ct_message_t {
    struct ct_message_t *next;
    void *task;                      /* the owner's: whose job it is */
    apr_time_t put;                  /* when, microseconds since 1970 */
    apr_time_t expires;              /* 0: never */
    unsigned int sends;              /* so far */
    ct_sent_e sent;                  /* of the last one */
    char *words;                     /* of an engine that refuses it; malloc()
                                        or NULL */
    int answers;                     /* so many the engine will give */
    apr_uint64_t tag;                /* the engine's: of one that is PENDING */
    apr_size_t length;               /* bytes */
    char bytes[];
} ct_message_t;

/** Room for words about a failure, for people. */
#define CT_ENGINE_WORDS 256

typedef struct ct_engine_t {
    /** Connect, and be ready to send. @param words  set to why not
     *  @return STORED: ready | AGAIN | MEND */
    ct_sent_e (*open)(void *connection, char *words);
    /** Is there a connection that looks usable? Does not wait. As long as a
     *  message is PENDING on one it is. */
    int (*is_open)(void *connection);
    /** Send messages and wait for what becomes of each: `sent` is set, and for
     *  REFUSED `words`. What is PENDING was sent before, and is only waited
     *  for; if that is so afterwards, it was waited for a while. All that are
     *  PENDING are among them. Others are NOT_YET, and those stay it that have
     *  to wait for what is PENDING or have found the connection gone.
     *  @param words  set if one of them is AGAIN, MEND, UNKNOWN or PENDING */
    void (*send)(void *connection, ct_message_t *first, char *words);
    /** Close it, if there is one. */
    void (*close)(void *connection);
    /** Nothing is to be sent: called every few seconds. Does not wait. NULL:
     *  not needed */
    void (*idle)(void *connection);
} ct_engine_t;

#endif
