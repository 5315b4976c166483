/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file  crosstown_deferred.h
 * @brief A result that will come: chains of links, waiting, later answers.
 *
 * Whoever makes a deferred fires it once, from any thread, with a result or
 * with a failure. Whoever cares adds links, before or after that: a result
 * flows along the callbacks, a failure along the errbacks.
 *
 *   opts.data_size = strlen(url) + 1;
 *   d = deferreds->call(r->server, fetch, url, &opts);     (on the pool)
 *   deferreds->add(d, parse, NULL, NULL, NULL);            (if that went well)
 *   deferreds->add(d, NULL, NULL, apologise, NULL);        (if either failed)
 *   return deferreds->answer(r, d, apr_time_from_sec(5));
 *
 * The semantics are those of Twisted's Deferred (twisted.internet.defer),
 * waiting and stashing those of Crochet's EventualResult;
 * include/README.md lists where this differs.
 *
 * Ownership. A deferred is counted. Each function that returns one gives the
 * caller a reference; release() or own() ends it. A reference is enough to
 * do anything with it from any thread: who is to fire it needs one, and has to
 * fire or to cancel it in the end, because one that waits for another and that
 * other hold each other until then. A deferred goes away with its last
 * reference; a failure that it then holds, and that no wait() has seen, is
 * logged. An errback that fails in turn makes a new failure.
 *
 * Threads. Links of one deferred run one at a time and in the order they were
 * added: on the thread that fires it; if it has fired already, on the thread
 * that adds; if another thread is at work on the chain, on that one. A link
 * may do anything with its own deferred but wait() for it.
 *
 * NULL. Where a deferred is NULL, for want of memory, nothing crashes; what
 * each returns then, and what else may be NULL, is said there.
 *
 * The functions come as one table: crosstown_client_load() fetches it into
 * client.deferreds, NULL where mod_crosstown is not loaded or older than 1.2.
 * Everything here is since 1.2 where nothing else is said; the table grows at
 * its end only: CROSSTOWN_HAS() asks for what came later.
 */
#ifndef CROSSTOWN_DEFERRED_H
#define CROSSTOWN_DEFERRED_H

#include <errno.h>

#include "mod_crosstown.h"
#include "apr_errno.h"

#ifdef __cplusplus
extern "C" {
#endif

/** wait(): what is waited for needs this thread, or its pool. A failure: the
 *  deferred would have waited for itself (which gather() hides). */
#ifndef APR_EDEADLK
#define APR_EDEADLK EDEADLK
#endif

/** The failure of a deferred that was cancelled. */
#define CROSSTOWN_ECANCELED ECANCELED

/** A result that will come. */
typedef struct crosstown_deferred_t crosstown_deferred_t;

/**
 * What a link is shown, and what it hands on. Valid during the call.
 * Thread: the one that runs the link.
 */
typedef struct crosstown_step_t {
    apr_size_t size;             /**< sizeof, as the module was built */
    crosstown_deferred_t *deferred; /**< whose link this is; keep() it to
                                      have it longer than the call */
    void *result;                /**< in: the result so far (callback), NULL
                                      (errback). Out: the result to hand on */
    apr_status_t status;         /**< in: APR_SUCCESS (callback) or what
                                      failed (errback) */
    const char *message;         /**< in: NULL (callback) or what failed, in
                                      words, never NULL (errback). Out: the
                                      words for the status returned, copied;
                                      NULL: those of apr_strerror() */
    crosstown_deferred_t *wait_for; /**< out: with APR_SUCCESS, hand on what
                                      becomes of this one; its reference goes
                                      along. NULL: do not wait */
    const crosstown_task_t *task; /**< the task of a function that call()
                                      runs, else NULL */
} crosstown_step_t;

/**
 * A link: callback, errback or both.
 * @param step  what has come so far; changed to say what to hand on
 * @param data  as it was added
 * @return APR_SUCCESS: step->result goes to the next callback (an errback
 *         has recovered then) | anything else: a failure, step->message says
 *         it in words, the next errback gets it
 * Thread: see above; do not block on a thread that others wait for.
 */
typedef apr_status_t (crosstown_link_fn_t)(crosstown_step_t *step, void *data);

/** One row of a constant table of links, for add_links(). NULL passes
 *  on what comes. Being an array's element, it will not grow. */
typedef struct crosstown_link_t {
    crosstown_link_fn_t *callback;
    crosstown_link_fn_t *errback;
} crosstown_link_t;

/** Ends such a table. */
#define CROSSTOWN_CHAIN_END { NULL, NULL }

/**
 * Called by cancel() of a deferred that has not fired: stop the work, and
 * fire or fail it, or leave that to cancel(), which fails it with
 * CROSSTOWN_ECANCELED then.
 * Thread: the one that cancels.
 */
typedef void (crosstown_canceller_fn_t)(crosstown_deferred_t *deferred,
                                        void *data);

/** What became of a deferred, for wait() and gather(). Set size before. As
 *  gather() hands out an array of them, it will not grow. */
typedef struct crosstown_result_t {
    apr_size_t size;             /**< sizeof(crosstown_result_t) */
    apr_status_t status;         /**< APR_SUCCESS, or what failed */
    const char *message;         /**< NULL, or what failed, in words; lives as
                                      long as the deferred asked */
    void *result;                /**< with APR_SUCCESS */
} crosstown_result_t;

/** What such a variable begins with. Since 1.3. */
#define CROSSTOWN_RESULT_INIT \
    { sizeof(crosstown_result_t), APR_SUCCESS, NULL, NULL }

/** When a gathering is complete. */
typedef enum {
    CROSSTOWN_GATHER_ALL,        /**< all have fired, well or not; never
                                      fails, and their failures count as
                                      seen */
    CROSSTOWN_GATHER_EACH,       /**< all have fired well; fails with the
                                      first failure at once */
    CROSSTOWN_GATHER_FIRST       /**< one has fired well; fails with the last
                                      failure if none does */
} crosstown_gather_e;

/** The result of a gathering. Lives as long as the gathering's deferred. */
typedef struct crosstown_gathered_t {
    apr_size_t size;             /**< sizeof, as the module was built */
    apr_size_t count;            /**< how many were gathered */
    apr_size_t index;            /**< GATHER_FIRST: which was the first */
    const crosstown_result_t *results; /**< count of them, in the order given;
                                      what has not fired: APR_INCOMPLETE */
} crosstown_gathered_t;

/** An answer for answer(); the result of the last link. */
typedef struct crosstown_reply_t {
    apr_size_t size;             /**< sizeof(crosstown_reply_t) */
    int status;                  /**< HTTP status; 0: 200, or that of the error
                                      whose ErrorDocument this is */
    const char *type;            /**< media type; NULL: text/html */
    const char *body;            /**< not NULL if length > 0 */
    apr_size_t length;           /**< bytes of body */
} crosstown_reply_t;

/** Bytes that an id from stash() needs, its NUL included. */
#define CROSSTOWN_STASH_ID_SIZE 33

/** The functions. Set once per process; read only. */
typedef struct crosstown_deferreds_t {
    apr_size_t size;             /**< sizeof, as the module was built */

    /** A new deferred. canceller may be NULL, data is for it.
     *  @return it, or NULL without memory. Thread: any. */
    crosstown_deferred_t *(*make)(crosstown_canceller_fn_t *canceller,
                                  void *data);

    /** make_fired(), by its older name. */
    crosstown_deferred_t *(*succeeded)(void *result);

    /** make_failed(), by its older name. */
    crosstown_deferred_t *(*failed)(apr_status_t status, const char *message);

    /** Call fn now, on this thread, as if it were the first link of a
     *  deferred that has fired with this result; the deferred returned goes
     *  on from there. fn is called also without memory; if it is NULL the
     *  deferred has failed with APR_EINVAL. As make(). */
    crosstown_deferred_t *(*attempt)(crosstown_link_fn_t *fn, void *result,
                                     void *data);

    /** One more reference; NULL is legal. @return d. As release(). */
    crosstown_deferred_t *(*keep)(crosstown_deferred_t *d);

    /** One reference less; NULL is legal. Thread: any that has one. */
    void (*release)(crosstown_deferred_t *d);

    /** Let the pool, not NULL, release the caller's reference when it is
     *  cleared; d NULL is legal. @return d. Thread: the pool's. */
    crosstown_deferred_t *(*own)(crosstown_deferred_t *d, apr_pool_t *pool);

    /** Memory that lives as long as the deferred, or as the one that has
     *  taken its result over by wait_for. NULL without memory, or if d is.
     *  Thread: before it fires, whoever is to fire it; then its links. */
    apr_pool_t *(*pool)(crosstown_deferred_t *d);

    /** Add a pair of links, each with its own data; NULL passes on
     *  what comes.
     *  @return APR_SUCCESS | APR_ENOMEM, and nothing was added; so too if d
     *  is NULL. Thread: any; links may run before it returns. */
    apr_status_t (*add)(crosstown_deferred_t *d,
                        crosstown_link_fn_t *callback, void *callback_data,
                        crosstown_link_fn_t *errback, void *errback_data);

    /** Add one link for either. As add(). */
    apr_status_t (*add_both)(crosstown_deferred_t *d,
                             crosstown_link_fn_t *fn, void *data);

    /** Add a table of links, ended by CROSSTOWN_CHAIN_END, all with the same
     *  data; it is not copied and lives as long as the deferred. The first
     *  table of a deferred takes no memory. As add(); NULL: APR_EINVAL. */
    apr_status_t (*add_links)(crosstown_deferred_t *d,
                              const crosstown_link_t *links, void *data);

    /** Fire with a result, which lives until the last link is done with it.
     *  @return APR_SUCCESS | APR_EEXIST it has fired, nothing was done (once
     *  after cancel() this is APR_SUCCESS, and the result is dropped) |
     *  APR_EINVAL d is NULL.
     *  Thread: any; links run before it returns, unless paused; more than 32
     *  links deep, when the innermost of them returns. */
    apr_status_t (*fire)(crosstown_deferred_t *d, void *result);

    /** Fire with a failure; as make_failed() and fire(). */
    apr_status_t (*fail)(crosstown_deferred_t *d, apr_status_t status,
                         const char *message);

    /** Give it up: not fired: its canceller is called and it fails, if that
     *  did not fire it; waiting for another: that one is cancelled; else
     *  nothing. NULL is legal. Thread: any. */
    void (*cancel)(crosstown_deferred_t *d);

    /** Hold links back until as many resume() have been called; the result
     *  stays. NULL is legal. Thread: any; resume() may run links. */
    void (*pause)(crosstown_deferred_t *d);
    void (*resume)(crosstown_deferred_t *d);

    /** One deferred for several. Takes a reference to each; the caller keeps
     *  its own. It stands at the end of each one's chain as that is now: a
     *  result passes through it, a failure ends there, and what is added after
     *  it gets NULL as a result. Cancelling it cancels all. count 0:
     *  GATHER_ALL and EACH have fired, FIRST has failed with APR_EINVAL; so
     *  have all if several is NULL. One of several that is NULL counts as
     *  failed with APR_ENOMEM. Its result is a crosstown_gathered_t.
     *  @return it, or NULL without memory. Thread: any. */
    crosstown_deferred_t *(*gather)(crosstown_deferred_t *const *several,
                                    apr_size_t count, crosstown_gather_e how);

    /** Cancel d if its chain, as it stands now, is not done in time; then the
     *  failure is APR_TIMEUP instead of CROSSTOWN_ECANCELED, unless the
     *  canceller or a link chose another. Microseconds, > 0. Canceller and
     *  errbacks run on one of eight threads that are there for that, and not
     *  on the pool, which may be busy (before 1.3: on the pool).
     *  @return APR_SUCCESS | APR_ENOMEM | APR_EINVAL also if d is NULL |
     *  APR_EOF stopping | APR_EAGAIN no thread.
     *  Thread: any of a child process. */
    apr_status_t (*timeout)(crosstown_deferred_t *d,
                            apr_interval_time_t timeout);

    /** Call fn on the pool, now, as crosstown_submit() would: it fires the
     *  deferred with step->result, or fails it with what it returns, or waits
     *  with step->wait_for. Its links run on the pool thread then. If it is
     *  cancelled before it begins, fn is not called. data is alive until fn
     *  has returned, which may be long after the request, since answer() and
     *  wait() give up and fn goes on: copy it with data_size, or let nothing
     *  of r be in it.
     *  @param s     to log with; NULL: the main server
     *  @param opts  or NULL; carry, over, no_go and same_thread are refused
     *  @return a deferred; where crosstown_submit() would have refused, one
     *  that has failed with that status (fn NULL: APR_EINVAL); NULL without
     *  memory. Thread: any of a child process. */
    crosstown_deferred_t *(*call)(struct server_rec *s,
                                  crosstown_link_fn_t *fn, void *data,
                                  const crosstown_opts_t *opts);

    /** Wait until the chain is done, also with links that are added meanwhile
     *  (wait for a gather() of it else), and read its result; it stays, so
     *  that several may wait, and again. A failure counts as seen.
     *  @param timeout  microseconds; 0: only look; < 0 is refused
     *  @param result   filled in with APR_SUCCESS only
     *  @return APR_SUCCESS, whatever result->status says | APR_TIMEUP, and
     *  waiting again is legal | APR_EDEADLK this is a pool thread and the
     *  result needs the pool (of a gathering: one of those left does), or
     *  this thread runs its links; since 1.3 also as soon as that is so |
     *  APR_EOF the child process stops | APR_EINVAL also if d or result is
     *  NULL. Thread: any but the listener's. */
    apr_status_t (*wait)(crosstown_deferred_t *d, apr_interval_time_t timeout,
                         crosstown_result_t *result);

    /** Put a deferred away for a later request of the same child process,
     *  under an id that cannot be guessed. It takes a reference; the caller
     *  keeps its own. At most 1,024 are kept, each for at most ten minutes;
     *  then the id is forgotten and the reference released.
     *  @param id  CROSSTOWN_STASH_ID_SIZE bytes, filled in
     *  @return APR_SUCCESS | APR_ENOSPC that many are stashed already |
     *  APR_EINVAL d or id is NULL | what the source of random bytes says.
     *  Thread: any. */
    apr_status_t (*stash)(crosstown_deferred_t *d, char *id);

    /** Take what was stashed under this id, once.
     *  @param d  the deferred and a reference to it; else NULL
     *  @return APR_SUCCESS | APR_NOTFOUND no such id: NULL, never, taken, too
     *  old, or of another child process | APR_EINVAL d is NULL. Thread: any */
    apr_status_t (*retrieve)(const char *id, crosstown_deferred_t **d);

    /** An answer in the deferred's own memory, for the last link:
     *  step->result = deferreds->reply(step->deferred, 400, NULL, text);
     *  @param type  media type, copied, or NULL for text/html
     *  @param body  text, copied; NULL: none
     *  @return it, or NULL without memory, or if d is. Thread: as pool(). */
    crosstown_reply_t *(*reply)(crosstown_deferred_t *d, int status,
                                const char *type, const char *body);

    /** For handlers: wait, holding the request's thread, and answer with the
     *  crosstown_reply_t that the chain ends with. Takes the caller's
     *  reference. What fails is logged with its words, and answered with:
     *  APR_TIMEUP 504, the child stops 503, anything else 500; a client that
     *  has gone ends the wait early. The work is not cancelled by that:
     *  answer_or_cancel() is for that.
     *  @param d  NULL counts as out of memory
     *  @return what the handler returns: OK, or the HTTP status
     *  Thread: the request's. */
    int (*answer)(struct request_rec *r, crosstown_deferred_t *d,
                  apr_interval_time_t timeout);

    /** As answer(), and cancel the work that comes too late: after the
     *  timeout, or when the client has gone. */
    int (*answer_or_cancel)(struct request_rec *r, crosstown_deferred_t *d,
                            apr_interval_time_t timeout);

    /** A deferred that has fired with this result. As make(). Since 1.3. */
    crosstown_deferred_t *(*make_fired)(void *result);

    /** A deferred that has failed. message is copied; NULL: the words of
     *  apr_strerror(). APR_SUCCESS as status counts as APR_EGENERAL. As
     *  make(). Since 1.3. */
    crosstown_deferred_t *(*make_failed)(apr_status_t status,
                                         const char *message);
} crosstown_deferreds_t;

/** The table. Thread: any. */
APR_DECLARE_OPTIONAL_FN(const crosstown_deferreds_t *, crosstown_deferreds,
                        (void));

#ifdef __cplusplus
}
#endif

#endif
