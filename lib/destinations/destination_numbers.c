/* SPDX-License-Identifier: Apache-2.0 */
/* destination_numbers: a sender counts in its own place, under its own lock;
 * who adds them up reads words that may be a moment apart. Sums stay in a
 * place when its child is gone; what waited there does not count then. */
#include "destination_numbers.h"

#include "apr_strings.h"
#include "crosstown_numbers.h"

#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/mman.h>
#include <unistd.h>

#define PLACES 1024                  /* children with a sender, per address */

typedef struct place_t {
    atomic_int pid;                  /* whose it is; 0: nobody's; taken by an
                                        exchange: seq_cst */
    ct_sender_numbers_t numbers;
} place_t;

static place_t *places;              /* PLACES for each address, or NULL */
static int rows;                     /* addresses */

/* All numbers, but for those of how it stands. */
#define COUNTERS 8
#define COUNTERS_OF(numbers) { \
    &(numbers)->sent, &(numbers)->confirmed, &(numbers)->repeated, \
    &(numbers)->again, &(numbers)->mend, &(numbers)->unknown, \
    &(numbers)->refused, &(numbers)->expired }

static const crosstown_numbers_column_t columns[] = {
    { "away", "Away", "Children that cannot send right now.",
      CROSSTOWN_NUMBER, 0, 1 },
    { "connected", "Connected", "Children that can.", CROSSTOWN_NUMBER, 0, 0 },
    { "waiting", "Waiting", "Jobs that are not confirmed yet.",
      CROSSTOWN_NUMBER, 0, 0 },
    { "oldest", "Oldest", "Age of the oldest job that waits.",
      CROSSTOWN_DURATION, 0, 0 },
    { "sent", "Sent", "Jobs that were sent, each time.", CROSSTOWN_NUMBER, 1,
      0 },
    { "confirmed", "Confirmed", "Jobs that the engine has confirmed.",
      CROSSTOWN_NUMBER, 1, 0 },
    { "repeated", "Repeated", "Jobs that were sent once more.",
      CROSSTOWN_NUMBER, 1, 0 },
    { "again", "Not now", "Answers that a job cannot be stored right now.",
      CROSSTOWN_NUMBER, 1, 0 },
    { "mend", "To mend", "Answers that ask for another configuration.",
      CROSSTOWN_NUMBER, 1, 1 },
    { "unknown", "Unknown", "Jobs without an answer, sent again.",
      CROSSTOWN_NUMBER, 1, 0 },
    { "refused", "Refused", "Jobs that were refused by themselves.",
      CROSSTOWN_NUMBER, 1, 1 },
    { "expired", "Expired", "Jobs that had waited for longer than expires=.",
      CROSSTOWN_NUMBER, 1, 1 },
    { NULL, NULL, NULL, CROSSTOWN_NUMBER, 0, 0 }
};

static apr_status_t unmap(void *unused)
{
    munmap(places, (size_t)rows * PLACES * sizeof(*places));
    places = NULL;
    return APR_SUCCESS;
}

void ct_destination_numbers_make(apr_pool_t *pconf, int addresses)
{
    void *memory;

    places = NULL;
    rows = addresses;
    if (addresses == 0) {
        return;
    }
    memory = mmap(NULL, (size_t)rows * PLACES * sizeof(*places),
                  PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory != MAP_FAILED) {
        places = memory;
        apr_pool_cleanup_register(pconf, NULL, unmap, apr_pool_cleanup_null);
    }
}

static int is_gone(int pid)
{
    return kill(pid, 0) != 0 && errno == ESRCH;
}

/* @param gone  also one whose child has left without giving it back */
static place_t *find_free(place_t *first, int gone)
{
    int i;

    for (i = 0; i < PLACES; ++i) {
        int pid = atomic_load(&first[i].pid);

        if ((pid == 0 || (gone && is_gone(pid)))
            && atomic_compare_exchange_strong(&first[i].pid, &pid,
                                              (int)getpid())) {
            return &first[i];
        }
    }
    return NULL;
}

static void forget_state(ct_sender_numbers_t *numbers)
{
    numbers->is_away = 0;
    numbers->since = numbers->oldest = 0;
    numbers->waiting = numbers->bytes = 0;
}

ct_sender_numbers_t *ct_destination_numbers_take(int address)
{
    place_t *first = places ? &places[address * PLACES] : NULL;
    place_t *place = first ? find_free(first, 0) : NULL;

    if (first && !place) {
        place = find_free(first, 1);
    }
    if (!place) {
        return NULL;
    }
    forget_state(&place->numbers);
    return &place->numbers;
}

void ct_destination_numbers_give(ct_sender_numbers_t *numbers)
{
    place_t *place = (place_t *)(void *)((char *)numbers
                                         - offsetof(place_t, numbers));

    forget_state(numbers);
    atomic_store(&place->pid, 0);
}

/* ---- for people and machines ---- */

static crosstown_numbers_t *table_of(apr_array_header_t *tables)
{
    crosstown_numbers_t *table = tables->nelts > 0
        ? APR_ARRAY_IDX(tables, tables->nelts - 1, crosstown_numbers_t *)
        : NULL;

    if (!table || strcmp(table->key, ct_destination_kind.name) != 0) {
        table = crosstown_numbers_add(tables, ct_destination_kind.name);
        table->title = ct_destination_kind.title;
        table->label = "address";
        table->columns = columns;
    }
    return table;
}

static void add_state(ct_sender_numbers_t *sum, const place_t *place,
                      int *connected)
{
    const ct_sender_numbers_t *numbers = &place->numbers;
    int pid = atomic_load(&place->pid);

    if (pid == 0 || is_gone(pid)) {
        return;
    }
    sum->waiting += numbers->waiting;
    if (numbers->oldest && (!sum->oldest || numbers->oldest < sum->oldest)) {
        sum->oldest = numbers->oldest;
    }
    if (numbers->is_away) {
        ++sum->is_away;
        sum->since = !sum->since || numbers->since < sum->since
                     ? numbers->since : sum->since;
    }
    else if (numbers->since) {
        ++*connected;
    }
}

void ct_destination_numbers_add(apr_array_header_t *tables, int address,
                          const char *shown)
{
    crosstown_numbers_row_t *row = crosstown_numbers_row(table_of(tables),
                                                         shown);
    ct_sender_numbers_t sum = { 0 };
    apr_uint64_t *sums[COUNTERS] = COUNTERS_OF(&sum);
    int connected = 0;
    int i, j;

    for (i = 0; places && i < PLACES; ++i) {
        place_t *place = &places[address * PLACES + i];
        apr_uint64_t *counters[COUNTERS] = COUNTERS_OF(&place->numbers);

        add_state(&sum, place, &connected);
        for (j = 0; j < COUNTERS; ++j) {
            *sums[j] += *counters[j];
        }
    }
    row->cells[0].number = sum.is_away;
    row->cells[1].number = connected;
    row->cells[2].number = (apr_int64_t)sum.waiting;
    row->cells[3].number = sum.oldest ? apr_time_now() - sum.oldest : -1;
    for (j = 0; j < COUNTERS; ++j) {
        row->cells[4 + j].number = (apr_int64_t)*sums[j];
    }
    if (sum.is_away) {
        row->state = CROSSTOWN_STATE_AWAY;
        row->since = sum.since;
        row->words = apr_psprintf(
            tables->pool, "it cannot be reached or takes no jobs, and %"
            APR_UINT64_T_FMT " wait%s for it: see whether it runs; the error "
            "log says why (CT02411, CT02412)", (apr_uint64_t)sum.waiting,
            sum.waiting == 1 ? "s" : "");
    }
}
