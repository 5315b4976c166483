/* SPDX-License-Identifier: Apache-2.0 */
/* open_requests: event ends without a look at connections that no thread
 * works on: one that waits for its client, over HTTP/2 with all its streams.
 * Their memory is not destroyed but left to exit(), so nothing of them is ever
 * logged, and no clean-up runs. worker and prefork destroy theirs.
 *
 * As long as a thread of the MPM works on a request, its connection knows it,
 * and nobody else has to: most requests are over before that thread goes. When
 * it goes the request comes into a list. So do one that leaves its connection
 * to the next request (pipelined ones, written together), and one whose
 * connection the MPM will not suspend: a stream's, or one recorded on by a
 * thread of somebody else's. A list for all of them, under a lock, cost 2 % of
 * a server's throughput.
 *
 * mod_http2 joins the threads of its streams, but not for ever: a request
 * whose thread is there still may be inside its handler, and keeps its tasks;
 * the parent counts them as lost. */
#include "open_requests.h"

#include <pthread.h>

#include "child.h"
#include "connection.h"
#include "platform.h"
#include "request.h"

/* For threads that are there still: so often, microseconds in between. */
#define MOST_LOOKS    100
#define BETWEEN_LOOKS 2000

typedef struct ct_open_request_t open_request_t;

struct ct_open_request_t {
    ct_ledger_t *ledger;             /* set once */
    int listed;                      /* its own thread's: is it in the list? */
    int thread;                      /* then: who was the last to work on it */
    open_request_t *next;            /* lock */
    open_request_t **before;         /* lock */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static open_request_t *first;        /* lock */

static void put_in(open_request_t *request)
{
    request->listed = 1;
    request->thread = ct_thread_number();
    pthread_mutex_lock(&lock);
    request->next = first;
    request->before = &first;
    if (first) {
        first->before = &request->next;
    }
    first = request;
    pthread_mutex_unlock(&lock);
}

/* Under the lock. */
static void take_out(open_request_t *request)
{
    *request->before = request->next;
    if (request->next) {
        request->next->before = request->before;
    }
}

static void leave_connection(ct_connection_t *kept)
{
    open_request_t *request = kept->open;

    if (request) {
        kept->open = NULL;
        put_in(request);
    }
}

static open_request_t *make(ct_ledger_t *ledger)
{
    open_request_t *request = apr_palloc(ledger->pool, sizeof(*request));

    request->ledger = ledger;
    request->listed = 0;
    if (ct_request_may_run_inline(ledger->root)) {
        ct_connection_t *kept = ct_connection_have(ledger->root->connection);

        leave_connection(kept);
        kept->open = request;
    }
    else {
        put_in(request);
    }
    return request;
}

void ct_open_requests_note(ct_ledger_t *ledger)
{
    if (!ct_child_is_threaded()) {
        return;
    }
    if (!ledger->open) {
        ledger->open = make(ledger);
    }
    else if (ledger->open->listed) {
        ledger->open->thread = ct_thread_number();
    }
}

/* Comes with every request, and most have nothing here. */
void ct_open_requests_suspend(conn_rec *c, request_rec *r)
{
    ct_connection_t *kept = ct_connection_of(c);

    if (kept) {
        leave_connection(kept);
    }
}

void ct_open_requests_remove(ct_ledger_t *ledger)
{
    open_request_t *request = ledger->open;

    if (!request) {
        return;
    }
    ledger->open = NULL;
    if (request->listed) {
        pthread_mutex_lock(&lock);
        take_out(request);
        pthread_mutex_unlock(&lock);
    }
    else {
        ct_connection_of(ledger->root->connection)->open = NULL;
    }
}

static int lives(int thread)
{
    return thread == ct_thread_number() || ct_thread_lives(thread);
}

/* @param others  counts those whose thread is there
 * @return one whose thread is gone; NULL: there is none */
static open_request_t *take_abandoned(int *others)
{
    open_request_t *request;

    pthread_mutex_lock(&lock);
    request = first;
    while (request && lives(request->thread)) {
        *others += request->thread != ct_thread_number();
        request = request->next;
    }
    if (request) {
        take_out(request);
    }
    pthread_mutex_unlock(&lock);
    return request;
}

/* @return how many have a thread, which is not the calling one */
static int stop_abandoned(void)
{
    open_request_t *request;
    int others = 0;

    while ((request = take_abandoned(&others))) {
        crosstown_response_t response;

        others = 0;
        request->ledger->open = NULL;
        ct_request_snapshot(&response, request->ledger->root, 0);
        ct_ledger_end_all(request->ledger, CROSSTOWN_STOPPED, &response);
    }
    return others;
}

/* The system has a thread for a moment longer than who joins it waits: of
 * 20,000 that were just joined 48 were still there. */
void ct_open_requests_stop(void)
{
    int looks = 0;

    while (stop_abandoned() > 0 && ++looks < MOST_LOOKS) {
        apr_sleep(BETWEEN_LOOKS);
    }
}
