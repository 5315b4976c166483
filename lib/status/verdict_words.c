/* SPDX-License-Identifier: Apache-2.0 */
/* verdict_words: samples do not tell names apart, so the name is that one
 * which has had most of it lately, or which waits or runs longest now. What
 * holds a name back can be seen while it does. */
#include "verdict_words.h"

#include <string.h>

#include "apr_strings.h"
#include "config.h"
#include "control.h"
#include "name_ids.h"
#include "text.h"

/* So many attempts have failed in a minute, and half of all, or it is not
 * worth a word. */
#define FAILURES 3

#define OF(member) APR_OFFSETOF(ct_numbers_t, member)

/* The name that has most of it, in the last minute, else in the last half
 * hour, else so far. */
static const ct_snapshot_name_t *most(const ct_snapshot_t *snapshot,
                                      apr_size_t offset)
{
    const ct_snapshot_name_t *name = NULL;
    apr_uint64_t number[3] = { 0, 0, 0 };
    int i;

    for (i = 0; i < snapshot->name_count; ++i) {
        const ct_snapshot_name_t *other = &snapshot->names[i];
        apr_uint64_t its[3] = {
            ct_status_value(&other->minute.numbers, offset),
            ct_status_value(&other->half_hour.numbers, offset),
            ct_status_value(&other->numbers, offset)
        };
        int which = its[0] != number[0] ? 0 : its[1] != number[1] ? 1 : 2;

        if (its[which] > number[which]) {
            memcpy(number, its, sizeof(number));
            name = other;
        }
    }
    return name;
}

static const ct_snapshot_name_t *oldest_waiting(const ct_snapshot_t *snapshot)
{
    const ct_snapshot_name_t *name = NULL;
    int i;

    for (i = 0; i < snapshot->name_count; ++i) {
        const ct_snapshot_name_t *other = &snapshot->names[i];

        if (other->oldest.waiting
            && (!name || other->oldest.waiting < name->oldest.waiting)) {
            name = other;
        }
    }
    return name;
}

/* ---- what holds a name back ---- */

static const ct_name_switch_t *switch_of(const ct_snapshot_name_t *name)
{
    const ct_switches_t *switches = ct_control_switches();

    return switches && name->number < CT_SWITCHES_NAMES
           ? &switches->names[name->number] : NULL;
}

int ct_verdict_only_paused_wait(const ct_snapshot_t *snapshot)
{
    apr_uint64_t paused = 0;
    int i;

    for (i = 0; i < snapshot->name_count; ++i) {
        if (ct_switches_paused(switch_of(&snapshot->names[i]))) {
            paused += snapshot->names[i].numbers.waiting;
        }
    }
    return paused > 0
           && snapshot->waiting.now <= paused + snapshot->scheduled;
}

static const ct_name_limit_t *limit_of(const ct_snapshot_name_t *name)
{
    const ct_name_limits_t *limits = &ct_config()->name_limits;
    unsigned int i;

    for (i = 0; i < limits->count; ++i) {
        if (ct_name_ids_find(limits->all[i].name) == name->number) {
            return &limits->all[i];
        }
    }
    return NULL;
}

static unsigned int said_at_once(const ct_snapshot_name_t *name)
{
    const ct_name_switch_t *said = switch_of(name);

    return said ? atomic_load(&said->at_once) : 0;
}

/* What holds this name back, and no other. @return NULL: nothing */
static const char *held_back(const ct_snapshot_t *snapshot,
                             const ct_snapshot_name_t *name, apr_pool_t *p)
{
    const ct_name_limit_t *limit = limit_of(name);
    ct_gauge_t running, waiting;

    if (ct_switches_paused(switch_of(name))) {
        return "an administrator has paused this name: resume it "
               "(CrosstownControl)";
    }
    if (said_at_once(name)) {
        return apr_psprintf(p, "an administrator lets no more than %u of it "
                            "run at once in a child (CrosstownControl)",
                            said_at_once(name));
    }
    if (limit && limit->at_once) {
        ct_status_limited(snapshot, limit, &running, &waiting);
        if (running.now >= limit->at_once) {
            return apr_psprintf(p, "its CrosstownLimit concurrency=%u%s lets "
                                "no more run at once: raise it, or make the "
                                "tasks faster", (unsigned)limit->at_once,
                                limit->scope == CT_SCOPE_SERVER
                                ? " scope=server" : "");
        }
    }
    return NULL;
}

static const char *threads_are_late(const ct_snapshot_t *snapshot,
                                    apr_pool_t *p)
{
    apr_uint64_t threads = ct_control_most_threads();
    apr_uint64_t most_run = ct_status_busiest(
        snapshot, APR_OFFSETOF(ct_snapshot_child_t, running));

    return most_run >= threads
        ? apr_psprintf(p, "all %u threads of a child are busy: make tasks "
                       "faster, or CrosstownThreads more", (unsigned)threads)
        : "more comes than the threads get done (CrosstownThreads)";
}

static const char *since(const ct_snapshot_t *snapshot, apr_time_t when,
                         const char *what, apr_pool_t *p)
{
    apr_interval_time_t age = when ? ct_status_since(snapshot, when) : 0;

    return age ? apr_pstrcat(p, what, ct_status_text_duration(p, age), NULL)
               : "";
}

/* How long one waits that comes now is known of all names together. */
static void explain_late(ct_verdict_t *verdict, const ct_trend_t *trend,
                         const ct_snapshot_t *snapshot, apr_pool_t *p)
{
    const ct_snapshot_name_t *name = oldest_waiting(snapshot);
    const char *why, *more = "";

    name = name ? name : most(snapshot, OF(waiting));
    if (!name) {
        verdict->words = "more comes than the threads get done "
                         "(CrosstownThreads)";
        return;
    }
    why = held_back(snapshot, name, p);
    if (why) {
        more = since(snapshot, name->oldest.running,
                     "; one has been running for ", p);
    }
    else {
        why = threads_are_late(snapshot, p);
        if (trend->wait) {
            more = apr_psprintf(p, "; one that comes now waits about %s",
                                ct_status_text_duration(p, trend->wait));
        }
    }
    verdict->name = name->name;
    verdict->words = apr_pstrcat(p, why, since(
        snapshot, name->oldest.waiting, "; a task has waited for ", p), more,
        NULL);
}

/* ---- the others ---- */

const char *ct_verdict_stuck_words(const ct_snapshot_t *snapshot,
                                   const ct_snapshot_task_t *task,
                                   const char *where, apr_pool_t *p)
{
    const char *with = !task ? "" : apr_psprintf(
        p, "; the oldest one has been running for %s%s%s",
        ct_status_text_duration(p, ct_status_age(snapshot, task)),
        task->target ? ", with " : "", task->target ? task->target : "");

    return apr_psprintf(p, "tasks wait%s, and none that runs %scomes to its "
                        "end%s: see what runs, and what it waits for; "
                        "CrosstownSlowTask logs it", where,
                        *where ? "there " : "", with);
}

/* A queue that was full need not be so any more: it is known from its peak. */
static const char *why_rejected(const ct_snapshot_t *snapshot,
                                const ct_snapshot_name_t *name, apr_pool_t *p)
{
    const ct_name_limit_t *limit = name ? limit_of(name) : NULL;
    unsigned int queue = (unsigned)ct_config()->queue_max;
    ct_gauge_t running, waiting;

    if (ct_control_is_draining()) {
        return "an administrator lets no new tasks in, accept them again "
               "(CrosstownControl)";
    }
    if (limit && limit->queue) {
        ct_status_limited(snapshot, limit, &running, &waiting);
        if (waiting.most >= limit->queue) {
            return apr_psprintf(p, "its CrosstownLimit queue=%u was full "
                                "(CT01304 in the error log)",
                                (unsigned)limit->queue);
        }
    }
    return snapshot->waiting.most >= queue
        ? apr_psprintf(p, "the queue of a child was full, CrosstownQueue %u "
                       "(CT01304 in the error log): see what runs", queue)
        : "CT01304 and CT01202 in the error log say whether the queue, a "
          "CrosstownLimit or the want of threads does it";
}

/* Nothing is wrong with the server, but work may come to nothing. */
static void explain_ok(ct_verdict_t *verdict, const ct_snapshot_t *snapshot,
                       apr_pool_t *p)
{
    apr_uint64_t failures = FAILURES - 1;
    int i;

    verdict->words = "no task waits too long, is rejected or lost";
    for (i = 0; i < snapshot->name_count; ++i) {
        const ct_snapshot_name_t *name = &snapshot->names[i];
        const ct_numbers_t *numbers = &name->minute.numbers;
        apr_uint64_t failed = numbers->failed + numbers->retries;
        apr_uint64_t attempts = numbers->ran + numbers->retries;

        if (failed > failures && 2 * failed >= attempts) {
            failures = failed;
            verdict->name = name->name;
            verdict->words = apr_psprintf(
                p, "%s of %s attempts failed in the last minute%s%s; nothing "
                "waits too long, is rejected or lost",
                ct_status_text_number(p, failed),
                ct_status_text_number(p, attempts),
                name->words ? ": " : "", name->words ? name->words : "");
        }
    }
}

static const char *name_of(const ct_snapshot_name_t *name)
{
    return name ? name->name : NULL;
}

ct_verdict_t ct_verdict_explain(const ct_snapshot_t *snapshot,
                                const ct_trend_t *trend, apr_pool_t *p)
{
    ct_verdict_t verdict = { trend->state, trend->since, NULL, NULL };
    const ct_snapshot_task_t *task = snapshot->task_count > 0
                                     ? &snapshot->tasks[0] : NULL;

    if (trend->state == CROSSTOWN_STATE_STUCK
        && ct_verdict_only_paused_wait(snapshot)) {
        verdict.state = CROSSTOWN_STATE_LATE;
    }
    switch (verdict.state) {
    case CROSSTOWN_STATE_LATE:
        explain_late(&verdict, trend, snapshot, p);
        break;
    case CROSSTOWN_STATE_STUCK:
        verdict.name = task ? task->name : NULL;
        verdict.words = ct_verdict_stuck_words(snapshot, task, "", p);
        break;
    case CROSSTOWN_STATE_REJECTING:
        verdict.name = name_of(most(snapshot, OF(rejected)));
        verdict.words = apr_pstrcat(p, "tasks are rejected: ", why_rejected(
            snapshot, most(snapshot, OF(rejected)), p), NULL);
        break;
    case CROSSTOWN_STATE_LOSING:
        verdict.name = name_of(most(snapshot, OF(lost)));
        verdict.words = "tasks are gone with a child process that crashed or "
                        "was killed: the error log says which and how many "
                        "(CT01504), and above that by which signal";
        break;
    default:
        explain_ok(&verdict, snapshot, p);
        break;
    }
    return verdict;
}
