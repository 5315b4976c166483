/* SPDX-License-Identifier: Apache-2.0 */
/* deferred: the inside of a crosstown_deferred_t, for the files of this
 * directory: deferred.c (make, fire, cancel), chain.c (adding links), links.c
 * (those that wait for their turn), run.c (running them), failure_text.c (the
 * words of failures), owned_memory.c (memory that goes with it), wait.c,
 * pool_need.c (who waits for the pool), gather.c, timeout.c, stash.c, call.c.
 *
 * Whoever sets `running` owns the chain: what is marked `chain` is his, until
 * he clears it under the lock. A deferred that waits for another stays
 * running: the ownership lies in the other's links meanwhile, and who comes
 * to that link goes on with it.
 *
 * Thread: members are marked: `lock` under its lock, `chain` as said (once it
 * has fired and is not running: `lock`; before it fires: whoever is to fire
 * it), `set once` when it is made, `atomic`.
 * Lifetime: counted. One that waits and the one it waits for hold each other
 * until that fires: who is to fire it has to, or to cancel it. Weak on either
 * side it would be freed under somebody who fires without a reference. */
#ifndef CT_DEFERRED_H
#define CT_DEFERRED_H

#include <stdatomic.h>

#include "crosstown_deferred.h"
#include "locks.h"

/** The words of a failure, copied. */
typedef struct ct_failure_text_t {
    struct ct_failure_text_t *older; /* shown ones, kept until the end */
    int shown;                       /* somebody outside has a pointer */
    char text[];
} ct_failure_text_t;

/** Goes when the deferred goes, or the one that took its result over. */
typedef struct ct_owned_t {
    struct ct_owned_t *next;         /* a ring */
    void (*end)(struct ct_owned_t *owned);
} ct_owned_t;

/** A link of this directory's own. Called once: with the deferred that has
 *  come so far, by whoever owns its chain, or with NULL when it goes without.
 *  @return NULL, or one that ct_deferred_begin() has begun, and a reference
 *  to it: this thread runs it first */
typedef struct ct_tap_t {
    crosstown_deferred_t *(*over)(struct ct_tap_t *tap,
                                  crosstown_deferred_t *d);
} ct_tap_t;

typedef enum {
    CT_LINK_NONE,
    CT_LINK_PAIR,                    /* add() */
    CT_LINK_TABLE,                   /* add_links() */
    CT_LINK_TAP,
    CT_LINK_FOLLOW                   /* another waits for the result */
} ct_link_e;

typedef struct ct_pair_t {
    crosstown_link_fn_t *callback;
    void *callback_data;
    crosstown_link_fn_t *errback;
    void *errback_data;
} ct_pair_t;

/** Which member counts is kept beside it, because that saves a word each. */
typedef union ct_link_t {
    ct_pair_t pair;
    struct {
        const crosstown_link_t *row; /* the next to run */
        void *data;
    } table;
    ct_tap_t *tap;
    crosstown_deferred_t *follower;  /* and a reference to it */
} ct_link_t;

#define CT_LINKS_AT_ONCE 4

/** Room for links beyond the first. */
typedef struct ct_links_t {
    struct ct_links_t *next;
    unsigned char kinds[CT_LINKS_AT_ONCE];
    unsigned short taken;
    unsigned short used;
    ct_link_t links[CT_LINKS_AT_ONCE];
} ct_links_t;

/** A thread in wait(). See wait.c. */
typedef struct ct_waiter_t ct_waiter_t;

struct crosstown_deferred_t {
    atomic_uint references;          /* atomic; kept: relaxed, who has one may;
                                        released: acq_rel, the last one frees
                                        what all have written */
    unsigned int paused;             /* lock: by pause() */
    unsigned char fired;             /* lock */
    unsigned char running;           /* lock: somebody owns the chain */
    unsigned char waiting;           /* lock: for `on.inner` */
    unsigned char cancelling;        /* lock: the canceller was or is called */
    unsigned char forgiving;         /* lock: cancel() failed it, so that one
                                        fire() more is no mistake */
    unsigned char needs_pool;        /* lock: fires only if the pool goes on */
    unsigned char followed;          /* lock: another waits, or did */
    unsigned char first_kind;        /* lock: of `first` */
    unsigned char seen;              /* chain: the failure is */
    unsigned char worded;            /* chain: `words` begins with those of
                                        status */
    apr_status_t status;             /* chain */
    void *result;                    /* chain */
    ct_failure_text_t *words;        /* chain */
    ct_owned_t *owned;               /* chain; the last of a ring */
    ct_waiter_t *waiters;            /* lock */
    ct_link_t first;                 /* lock: the oldest link */
    ct_links_t *links;               /* lock: newer ones */
    ct_links_t *last_links;          /* lock */
    union {
        crosstown_canceller_fn_t *canceller; /* lock: until it fires */
        crosstown_deferred_t *inner; /* lock: while waiting; a reference */
        crosstown_deferred_t *below; /* chain: while running; gets its turn
                                        on this thread when this one stops */
        crosstown_deferred_t *next;  /* at its end, see deferred.c */
    } on;
    void *canceller_data;            /* set once */
};

static inline void ct_deferred_lock(crosstown_deferred_t *d)
{
    ct_locks_take(ct_locks_of(d));
}

static inline void ct_deferred_unlock(crosstown_deferred_t *d)
{
    ct_locks_give(ct_locks_of(d));
}

/** Is the chain, as it stands, through? Under lock. */
static inline int ct_deferred_done(const crosstown_deferred_t *d)
{
    return d->fired && !d->running && !d->paused;
}

/* ---- deferred.c: as the members of crosstown_deferreds_t ---- */

crosstown_deferred_t *ct_deferred_make(crosstown_canceller_fn_t *canceller,
                                       void *data);
crosstown_deferred_t *ct_deferred_make_fired(void *result);
crosstown_deferred_t *ct_deferred_make_failed(apr_status_t status,
                                         const char *message);
crosstown_deferred_t *ct_deferred_keep(crosstown_deferred_t *d);
void ct_deferred_release(crosstown_deferred_t *d);
crosstown_deferred_t *ct_deferred_own(crosstown_deferred_t *d,
                                      apr_pool_t *pool);
apr_status_t ct_deferred_fire(crosstown_deferred_t *d, void *result);
apr_status_t ct_deferred_fail(crosstown_deferred_t *d, apr_status_t status,
                              const char *message);
void ct_deferred_cancel(crosstown_deferred_t *d);

/** Has it fired? Thread: any that has a reference. */
int ct_deferred_has_fired(crosstown_deferred_t *d);

/** Fire, but leave it to the caller to set the result and run the chain, if
 *  this is the first time.
 *  @return non-zero: it is; 0: *rv is what fire() answers */
int ct_deferred_begin(crosstown_deferred_t *d, apr_status_t *rv);

/** Fire with what a function handed on, as if it were the first link.
 *  @return as fire(); step->wait_for is released then */
apr_status_t ct_deferred_settle(crosstown_deferred_t *d,
                                crosstown_step_t *step, apr_status_t status);

/** Which one does it wait for?
 *  @return a reference to that, or NULL. Thread: any that has one of d */
crosstown_deferred_t *ct_deferred_inner(crosstown_deferred_t *d);

/* ---- failure_text.c: the current result. Thread: who owns the chain ---- */

/** Make it a success; shown words stay. */
void ct_failure_text_succeed(crosstown_deferred_t *d, void *result);

/** Make it a failure that nobody has seen; message is copied, NULL: those of
 *  apr_strerror(). It may be the current one. */
void ct_failure_text_fail(crosstown_deferred_t *d, apr_status_t status,
                          const char *message);

/** Room for words that could not be stored. */
#define CT_WORDS_SIZE 120

/** Where there is no such room either. */
#define CT_WORDS_LOST "no memory for the words of this failure"

/** The words of the current failure, for as long as it is the current one.
 *  @param room  CT_WORDS_SIZE bytes, used if they could not be stored */
const char *ct_failure_text_say(crosstown_deferred_t *d, char *room);

/** The same, for as long as d lives; the failure counts as seen.
 *  @return NULL for a success */
const char *ct_failure_text_show(crosstown_deferred_t *d);

/** Move result and words from one to the other, which leaves NULL there. */
void ct_failure_text_move(crosstown_deferred_t *from,
                          crosstown_deferred_t *to);

/** Free all. At the end only. */
void ct_failure_text_free(crosstown_deferred_t *d);

/* ---- links.c: under lock ---- */

/** @return APR_SUCCESS | APR_ENOMEM */
apr_status_t ct_links_append(crosstown_deferred_t *d, ct_link_e kind,
                             const ct_link_t *link);

/** Take the oldest; a table gives its rows as pairs.
 *  @return its kind; CT_LINK_NONE: there is none */
ct_link_e ct_links_take(crosstown_deferred_t *d, ct_link_t *link);

/** Let it wait no more for d.
 *  @return non-zero: its reference is the caller's; 0: it has had its turn */
int ct_links_unfollow(crosstown_deferred_t *d,
                      const crosstown_deferred_t *follower);

/** Drop what is left, unlocked. At the end only. */
void ct_links_free(crosstown_deferred_t *d);

/* ---- chain.c ---- */

apr_status_t ct_chain_add(crosstown_deferred_t *d,
                          crosstown_link_fn_t *callback, void *callback_data,
                          crosstown_link_fn_t *errback, void *errback_data);
apr_status_t ct_chain_add_both(crosstown_deferred_t *d,
                               crosstown_link_fn_t *fn, void *data);
apr_status_t ct_chain_add_links(crosstown_deferred_t *d,
                                const crosstown_link_t *links, void *data);
void ct_chain_pause(crosstown_deferred_t *d);
void ct_chain_resume(crosstown_deferred_t *d);

/** Add a link of our own. As add(). */
apr_status_t ct_chain_tap(crosstown_deferred_t *d, ct_tap_t *tap);

/** The first that is so: d, what it waits for, what that waits for, ...
 *  @return a reference to it, or NULL. Thread: any that has a reference; is_so
 *  is called without the lock. */
crosstown_deferred_t *ct_chain_find(crosstown_deferred_t *d,
                                    int (*is_so)(crosstown_deferred_t *at,
                                                 void *data), void *data);

/** Is there one? */
int ct_chain_any(crosstown_deferred_t *d,
                 int (*is_so)(crosstown_deferred_t *at, void *data),
                 void *data);

/* ---- run.c ---- */

/** Run what may run now. The caller has set `running` under the lock. */
void ct_run_chain(crosstown_deferred_t *d);

/** The same, after a function has handed on what it says in step. */
void ct_run_from(crosstown_deferred_t *d, crosstown_step_t *step,
                 apr_status_t status);

/** The same, after fn was called as the first link; never postponed. */
void ct_run_now(crosstown_deferred_t *d, crosstown_link_fn_t *fn, void *data);

/** Is this thread inside a link? */
int ct_run_is_any_on_thread(void);

/** Is this thread inside a link of d, or to go on with it? */
int ct_run_is_on_thread(crosstown_deferred_t *d);

/* ---- owned_memory.c ---- */

apr_pool_t *ct_owned_memory_pool(crosstown_deferred_t *d);
crosstown_reply_t *ct_owned_memory_reply(crosstown_deferred_t *d, int status,
                                         const char *type, const char *body);

/** Let it go with d. Thread: as pool(). */
void ct_owned_memory_add(crosstown_deferred_t *d, ct_owned_t *owned);

/** Let them go with the other one. */
void ct_owned_memory_move(crosstown_deferred_t *from,
                          crosstown_deferred_t *to);

/** End all. At the end only. */
void ct_owned_memory_free(crosstown_deferred_t *d);

/* ---- wait.c ---- */

apr_status_t ct_wait_result(crosstown_deferred_t *d,
                            apr_interval_time_t timeout,
                            crosstown_result_t *result);

/** It is done: tell all who wait. Under lock. */
void ct_wait_tell(crosstown_deferred_t *d);

/** One more waits for another: let those look again whose waiting may have
 *  become a deadlock by that. Thread: any, without a lock. */
void ct_wait_doubt(void);

/** wait() may block again, or may not any more. */
void ct_wait_open(void);
void ct_wait_close(void);

/* ---- gather.c ---- */

crosstown_deferred_t *ct_gather_several(crosstown_deferred_t *const *several,
                                        apr_size_t count,
                                        crosstown_gather_e how);

/** Show those that it waits for, each with a reference.
 *  @return is it a gathering that is not complete? */
int ct_gather_show(crosstown_deferred_t *d,
                   void (*show)(crosstown_deferred_t *member, void *data),
                   void *data);

/* ---- pool_need.c ---- */

/** Does it, or one that it waits for, need the pool to fire? Of a gathering:
 *  one of those left, as far as there is memory to look at them.
 *  Thread: any that has a reference. */
int ct_pool_need(crosstown_deferred_t *d);

/* ---- timeout.c, call.c ---- */

apr_status_t ct_timeout_set(crosstown_deferred_t *d,
                            apr_interval_time_t after);
crosstown_deferred_t *ct_call_function(struct server_rec *s,
                                       crosstown_link_fn_t *fn, void *data,
                                       const crosstown_opts_t *opts);
crosstown_deferred_t *ct_call_attempt(crosstown_link_fn_t *fn, void *result,
                                      void *data);

/* ---- stash.c ---- */

#define CT_STASH_MAX 1024
#define CT_STASH_AGE apr_time_from_sec(600)

apr_status_t ct_stash_put(crosstown_deferred_t *d, char *id);
apr_status_t ct_stash_take(const char *id, crosstown_deferred_t **d);

/** Release what was put away CT_STASH_AGE before this ct_clock_now(). */
void ct_stash_expire(apr_time_t now);

/** Release all. */
void ct_stash_empty(void);

#endif
