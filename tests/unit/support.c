/* SPDX-License-Identifier: Apache-2.0 */
/* support: gates, journal, deeds. See support.h. */
#include "support.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "support_calls.h"

/* Not the monotonic clock: the thread sanitizer of some compilers does not
 * know the waits that take one. */
static struct timespec deadline(void)
{
    struct timespec at;

    clock_gettime(CLOCK_REALTIME, &at);
    at.tv_sec += SUPPORT_PATIENCE;
    return at;
}

void gate_open(gate_t *gate)
{
    pthread_mutex_lock(&gate->lock);
    ++gate->opened;
    pthread_cond_broadcast(&gate->changed);
    pthread_mutex_unlock(&gate->lock);
}

int gate_reached(gate_t *gate, int times)
{
    struct timespec until = deadline();
    int rv = 0;
    int reached;

    pthread_mutex_lock(&gate->lock);
    while (gate->opened < times && rv == 0) {
        rv = pthread_cond_timedwait(&gate->changed, &gate->lock, &until);
    }
    reached = gate->opened >= times;
    pthread_mutex_unlock(&gate->lock);
    return reached;
}

void gate_pass(gate_t *gate)
{
    if (!gate_reached(gate, 1)) {
        fprintf(stderr, "a gate did not open within %d seconds\n",
                SUPPORT_PATIENCE);
        abort();
    }
}

journal_t *journal_make(apr_pool_t *p)
{
    journal_t *journal = apr_pcalloc(p, sizeof(*journal));

    pthread_mutex_init(&journal->lock, NULL);
    pthread_cond_init(&journal->changed, NULL);
    return journal;
}

static void write_note(journal_t *journal, const note_t *note)
{
    pthread_mutex_lock(&journal->lock);
    if (journal->count == JOURNAL_NOTES) {
        fprintf(stderr, "the journal is full\n");
        abort();
    }
    journal->notes[journal->count++] = *note;
    pthread_cond_broadcast(&journal->changed);
    pthread_mutex_unlock(&journal->lock);
}

static note_t note_of(noted_e kind, const crosstown_task_t *task)
{
    note_t note;

    memset(&note, 0, sizeof(note));
    note.kind = kind;
    note.thread = pthread_self();
    apr_cpystrn(note.name, task->name, sizeof(note.name));
    return note;
}

static void note_end(void *context, struct server_rec *server,
                     const crosstown_task_t *task,
                     crosstown_outcome_e outcome, apr_status_t result)
{
    note_t note = note_of(NOTED_END, task);

    note.outcome = outcome;
    note.result = result;
    note.server = server;
    write_note(context, &note);
}

ct_report_t journal_report(journal_t *journal)
{
    ct_report_t report = { .end = note_end, .context = journal };

    return report;
}

static int count_notes(const journal_t *journal, noted_e kind,
                       const char *name)
{
    int count = 0;
    int i;

    for (i = 0; i < journal->count; ++i) {
        count += journal->notes[i].kind == kind
                 && (!name || strcmp(journal->notes[i].name, name) == 0);
    }
    return count;
}

int journal_count(journal_t *journal, noted_e kind, const char *name)
{
    int count;

    pthread_mutex_lock(&journal->lock);
    count = count_notes(journal, kind, name);
    pthread_mutex_unlock(&journal->lock);
    return count;
}

int journal_reached(journal_t *journal, noted_e kind, int count)
{
    struct timespec until = deadline();
    int rv = 0;
    int reached;

    pthread_mutex_lock(&journal->lock);
    while (count_notes(journal, kind, NULL) < count && rv == 0) {
        rv = pthread_cond_timedwait(&journal->changed, &journal->lock,
                                    &until);
    }
    reached = count_notes(journal, kind, NULL) >= count;
    pthread_mutex_unlock(&journal->lock);
    return reached;
}

/* The place of the first such note, or -1. Under lock. */
static int place_of(const journal_t *journal, noted_e kind, const char *name)
{
    int i;

    for (i = 0; i < journal->count; ++i) {
        if (journal->notes[i].kind == kind
            && strcmp(journal->notes[i].name, name) == 0) {
            return i;
        }
    }
    return -1;
}

note_t journal_find(journal_t *journal, noted_e kind, const char *name)
{
    note_t note = { 0 };
    int place;

    pthread_mutex_lock(&journal->lock);
    place = place_of(journal, kind, name);
    if (place >= 0) {
        note = journal->notes[place];
    }
    pthread_mutex_unlock(&journal->lock);
    if (place < 0) {
        fail_msg("nothing of kind %d was noted about \"%s\"", kind, name);
    }
    return note;
}

static int by_ticket(const void *a, const void *b)
{
    const note_t *left = a;
    const note_t *right = b;

    return (left->ticket > right->ticket) - (left->ticket < right->ticket);
}

const char *journal_starts(journal_t *journal, apr_pool_t *p)
{
    note_t *notes = apr_palloc(p, sizeof(journal->notes));
    const char *starts = "";
    int count, i;

    pthread_mutex_lock(&journal->lock);
    count = journal->count;
    memcpy(notes, journal->notes, count * sizeof(*notes));
    pthread_mutex_unlock(&journal->lock);
    qsort(notes, count, sizeof(*notes), by_ticket);
    for (i = 0; i < count; ++i) {
        if (notes[i].kind == NOTED_START) {
            starts = apr_pstrcat(p, starts, *starts ? " " : "",
                                 notes[i].name, NULL);
        }
    }
    return starts;
}

void journal_assert_ended(journal_t *journal, const char *name,
                          crosstown_outcome_e outcome, const char *file,
                          int line)
{
    int overs = journal_count(journal, NOTED_OVER, name);
    int ends = journal_count(journal, NOTED_END, name);
    note_t over, end;
    int over_place, end_place;

    if (overs != 1 || ends != 1) {
        print_error("\"%s\": over %d times, reported %d times\n", name, overs,
                    ends);
        _fail(file, line);
    }
    over = journal_find(journal, NOTED_OVER, name);
    end = journal_find(journal, NOTED_END, name);
    pthread_mutex_lock(&journal->lock);
    over_place = place_of(journal, NOTED_OVER, name);
    end_place = place_of(journal, NOTED_END, name);
    pthread_mutex_unlock(&journal->lock);
    if (over.outcome != outcome || end.outcome != outcome
        || over.result != end.result || over_place > end_place) {
        print_error("\"%s\": expected outcome %d; over (note %d): %d, "
                    "result %d; report (note %d): %d, result %d\n",
                    name, outcome, over_place, over.outcome, over.result,
                    end_place, end.outcome, end.result);
        _fail(file, line);
    }
}

apr_status_t deed_run(const crosstown_task_t *task, void *data)
{
    deed_t *deed = data;
    note_t note = note_of(NOTED_START, task);

    note.ticket = calls_ticket();
    write_note(deed->journal, &note);
    if (deed->act) {
        deed->act(deed, task);
    }
    if (deed->leave) {
        gate_pass(deed->leave);
    }
    return deed->result;
}

static apr_uint32_t inside, most;

void deeds_inside_reset(void)
{
    most = 0;
}

apr_uint32_t deeds_most_inside(void)
{
    return most;
}

void deed_counts_inside(deed_t *deed, const crosstown_task_t *task)
{
    apr_uint32_t now = __atomic_add_fetch(&inside, 1, __ATOMIC_SEQ_CST);
    apr_uint32_t seen = __atomic_load_n(&most, __ATOMIC_SEQ_CST);

    while (now > seen && !__atomic_compare_exchange_n(
               &most, &seen, now, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) {
        continue;
    }
    sched_yield();
    __atomic_sub_fetch(&inside, 1, __ATOMIC_SEQ_CST);
}

void deed_over(const crosstown_task_t *task, crosstown_outcome_e outcome,
               apr_status_t result, void *data)
{
    deed_t *deed = data;
    note_t note = note_of(NOTED_OVER, task);

    note.outcome = outcome;
    note.result = result;
    write_note(deed->journal, &note);
    if (deed->is_kept) {
        ct_task_view_of(task)->stays_kept = 1;
    }
}
