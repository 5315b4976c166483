/* SPDX-License-Identifier: Apache-2.0 */
/* open_requests: event ends without a look at connections that no thread
 * works on: one that waits for its client, over HTTP/2 with all its streams.
 * Their memory is not destroyed but left to exit(), so nothing of them is ever
 * logged, and no clean-up runs. worker and prefork destroy theirs.
 *
 * mod_http2 joins the threads of its streams, but not for ever: a request
 * whose thread is there still may be inside its handler, and keeps its tasks;
 * the parent counts them as lost.
 *
 * Several lists, since every request with tasks comes by, twice. */
#include "open_requests.h"

#include <pthread.h>

#include "child.h"
#include "memory.h"
#include "outcomes.h"
#include "platform.h"
#include "request.h"

#define LISTS 16
/* For threads that are there still: so often, microseconds in between. */
#define MOST_LOOKS    100
#define BETWEEN_LOOKS 2000

typedef struct ct_open_request_t open_request_t;

struct ct_open_request_t {
    request_rec *root;               /* set once */
    ct_ledger_t *ledger;             /* set once */
    int thread;                      /* the request's: who recorded last */
    unsigned int list;               /* set once */
    open_request_t *next;            /* the list's lock */
    open_request_t **before;         /* the same */
};

typedef struct list_t {
    _Alignas(CT_MEMORY_LINE) pthread_mutex_t lock;
    open_request_t *first;           /* lock */
} list_t;

static list_t lists[LISTS] = {
    [0 ... LISTS - 1] = { PTHREAD_MUTEX_INITIALIZER, NULL }
};

static open_request_t *add(request_rec *root, ct_ledger_t *ledger)
{
    open_request_t *request = apr_palloc(root->pool, sizeof(*request));
    list_t *list;

    request->root = root;
    request->ledger = ledger;
    request->list = (unsigned int)ct_thread_number() % LISTS;
    list = &lists[request->list];
    pthread_mutex_lock(&list->lock);
    request->next = list->first;
    request->before = &list->first;
    if (list->first) {
        list->first->before = &request->next;
    }
    list->first = request;
    pthread_mutex_unlock(&list->lock);
    return request;
}

void ct_open_requests_note(request_rec *root, ct_ledger_t *ledger)
{
    if (ct_child_is_threaded()) {
        if (!ledger->listed) {
            ledger->listed = add(root, ledger);
        }
        ledger->listed->thread = ct_thread_number();
    }
}

/* Under its list's lock. */
static void take_out(open_request_t *request)
{
    *request->before = request->next;
    if (request->next) {
        request->next->before = request->before;
    }
}

void ct_open_requests_remove(ct_ledger_t *ledger)
{
    open_request_t *request = ledger->listed;

    if (request) {
        list_t *list = &lists[request->list];

        ledger->listed = NULL;
        pthread_mutex_lock(&list->lock);
        take_out(request);
        pthread_mutex_unlock(&list->lock);
    }
}

static int lives(int thread)
{
    return thread == ct_thread_number() || ct_thread_lives(thread);
}

/* @param others  counts those whose thread is there
 * @return one whose thread is gone; NULL: there is none */
static open_request_t *take_abandoned(list_t *list, int *others)
{
    open_request_t *request;

    pthread_mutex_lock(&list->lock);
    request = list->first;
    while (request && lives(request->thread)) {
        *others += request->thread != ct_thread_number();
        request = request->next;
    }
    if (request) {
        take_out(request);
    }
    pthread_mutex_unlock(&list->lock);
    return request;
}

/* @return how many have a thread, which is not the calling one */
static int stop_abandoned(list_t *list)
{
    open_request_t *request;
    int others = 0;

    while ((request = take_abandoned(list, &others))) {
        crosstown_response_t response;

        others = 0;
        request->ledger->listed = NULL;
        ct_request_snapshot(&response, request->root, 0);
        ct_ledger_end_all(request->ledger, CROSSTOWN_STOPPED, &response);
    }
    return others;
}

/* The system has a thread for a moment longer than who joins it waits: of
 * 20,000 that were just joined 48 were still there. */
void ct_open_requests_stop(void)
{
    int looks = 0;
    int others;

    do {
        unsigned int i;

        if (looks > 0) {
            apr_sleep(BETWEEN_LOOKS);
        }
        for (i = 0, others = 0; i < LISTS; ++i) {
            others += stop_abandoned(&lists[i]);
        }
    } while (others > 0 && ++looks < MOST_LOOKS);
}
