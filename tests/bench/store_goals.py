# SPDX-License-Identifier: Apache-2.0
"""The figures of tasks that are kept on disk: their tables, and what is to be
reached."""

import statistics

import store_uwsgi
from goals import AT_LEAST, Line
from server_part import quartiles
from store_part import CLIENTS, MOST_MATTERS, OFF, ON, SYNCS, cell
from store_part import RATE as ARRIVALS
from store_program import HELD, PROCESSES, RATE
from store_server import TASKS

MB = 1024 * 1024
# CrosstownStore's wait=, by default.
WAIT = 2
OFFERED = "offered, sync +1 ms"
OWN, FULL = "as many as can be", "FULL, one by one"


def ratios(requests, where, name, to="none", figure="rate"):
    return [its[where][name][figure] / its[where][to][figure]
            for its in requests]


def added_ms(requests, where, name="disk"):
    return [(its[where][name]["p50_us"] - its[where]["none"]["p50_us"]) / 1000
            for its in requests]


def of_commits(commits, what, figure):
    return [its[what][figure] for its in commits]


def uwsgi_ratios(rounds):
    return [its[store_uwsgi.WITH]["rate"] / its[store_uwsgi.WITHOUT]["rate"]
            for its in rounds]


def median(values):
    return statistics.median(values)


# ---- verdict ----------------------------------------------------------------

def most_lines(servers):
    usual = cell(*MOST_MATTERS)
    yield Line("answers/s: a task on disk / none, " + usual,
               median(ratios(servers, usual, "disk")), 0.5, 0.65, AT_LEAST)
    yield Line("the same / a task in memory",
               median(ratios(servers, usual, "disk", "memory")), None, None,
               AT_LEAST)


def request_lines(requests):
    for sync in SYNCS:
        for clients in CLIENTS:
            where = cell(clients, sync)
            yield Line("latency added by a task on disk, p50, as many answers "
                       "as can be, " + where,
                       median(added_ms(requests, where)), None, None,
                       unit="ms")


def rate_lines(rounds):
    for sync in SYNCS:
        yield Line("latency added by a task on disk, p50, %d answers/s, sync "
                   "+%d ms" % (ARRIVALS, sync),
                   median(added_ms(rounds, sync)), 2 * sync + 1,
                   1.5 * sync + 0.5, unit="ms")


def commit_lines(commits):
    for name, must, goal in (("p50", 2, 1.5), ("p99", 8, 4)):
        yield Line("%d tasks/s, %d processes, sync +1 ms: commit %s" % (
            RATE, PROCESSES, name), median(of_commits(
                commits, OFFERED, name + "_us")) / 1000, must, goal,
            unit="ms")
    yield Line("the same while somebody reads, p99", median(
        of_commits(commits, "somebody reads", "p99_us")) / 1000, 50, None,
        unit="ms")
    yield Line("the same while somebody writes for %g s, longest" % HELD,
               max(of_commits(commits, "somebody writes", "most_us")) / 1e6,
               WAIT, None, unit="s")
    yield Line("commits/s / those of a transaction for each and FULL",
               median(own / full for own, full in zip(
                   of_commits(commits, OWN, "rate"),
                   of_commits(commits, FULL, "rate"))), None, None,
               AT_LEAST)


def store_lines(figures):
    yield from most_lines(figures["most"])
    yield from request_lines(figures["requests"])
    yield from rate_lines(figures["rate"])
    yield Line("answers/s that leave no task on disk: store loaded / not",
               median(its[ON]["rate"] / its[OFF]["rate"]
                      for its in figures["without"]), 0.99, None, AT_LEAST)
    if figures["uwsgi"]:
        yield Line("answers/s of uWSGI: a task in its spool, never synced / "
                   "none, 64 clients", median(uwsgi_ratios(figures["uwsgi"])),
                   None, None, AT_LEAST)
    yield from commit_lines(figures["commits"])
    million = figures["million"]
    yield Line("10^6 tasks of a dead process: a child's start to the first",
               median(its["first"] for its in million), 2, 0.5, unit="s")
    yield Line("the same: memory of the child beyond an empty store's, most",
               max(its["bytes"] for its in million) / MB, 16, 8, unit="MB")
    yield Line("all killed under load: start to the last task that was left",
               median(its["seconds"] for its in figures["recovery"]), None,
               None, unit="s")


# ---- tables -----------------------------------------------------------------

def request_rows(requests):
    for clients in CLIENTS:
        for sync in sorted(SYNCS):
            where = cell(clients, sync)
            for name in TASKS:
                all_of_it = [its[where][name] for its in requests]
                yield [where, name, *(
                    form % (median(its[figure] for its in all_of_it) / unit)
                    for figure, unit, form in (
                        ("rate", 1, "%.0f"), ("p50_us", 1000, "%.2f"),
                        ("p99_us", 1000, "%.2f"), ("cpu_us", 1, "%.1f"))),
                    "%.3f" % median(ratios(requests, where, name))]


def rate_rows(rounds):
    for sync in sorted(SYNCS):
        for name in TASKS:
            yield ["sync +%d ms" % sync, name, *(
                "%.2f" % (median(its[sync][name][part] for its in rounds)
                          / 1000) for part in ("p50_us", "p99_us")),
                "%.2f" % median(added_ms(rounds, sync, name))]


def show_store(figures, table):
    table(("requests", "leave", "answers/s", "p50 ms", "p99 ms", "CPU us",
           "rate/none"), list(request_rows(figures["requests"])))
    print()
    table(("at %d answers/s" % ARRIVALS, "leave", "p50 ms", "p99 ms",
           "added to none, p50 ms"), list(rate_rows(figures["rate"])))
    print()
    commits = figures["commits"]
    table(("commits of %d processes" % PROCESSES, "a second", "p50 ms",
           "p99 ms", "most ms"),
          [(what, "%.0f" % median(of_commits(commits, what, "rate")),
            *("%.2f" % (median(of_commits(commits, what, part)) / 1000)
              for part in ("p50_us", "p99_us", "most_us")))
           for what in commits[0]])
    print()
    loaded = [its[ON]["rate"] / its[OFF]["rate"] for its in figures["without"]]
    most = ratios(figures["most"], cell(*MOST_MATTERS), "disk")
    table(("the store", "median", "quartiles"), [
        ("a task on disk / none, " + cell(*MOST_MATTERS),
         "%.3f" % median(most), "%.3f..%.3f" % quartiles(most)),
        ("no task on disk: loaded / not", "%.3f" % median(loaded),
         "%.3f..%.3f" % quartiles(loaded)),
        *((("uWSGI's spooler, never synced: spooled / not",
            "%.3f" % median(uwsgi_ratios(figures["uwsgi"])),
            "%.3f..%.3f" % quartiles(uwsgi_ratios(figures["uwsgi"]))),)
          if figures["uwsgi"] else ()),
        *((text, form % median(its[name] for its in figures[part]), "")
          for text, part, name, form in (
              ("10^6 waiting: s until the first runs", "million", "first",
               "%.2f"),
              ("s until all are adopted", "million", "adopted", "%.1f"),
              ("tasks left by a kill", "recovery", "left", "%.0f"),
              ("s until the last of them has run", "recovery", "seconds",
               "%.2f")))])
