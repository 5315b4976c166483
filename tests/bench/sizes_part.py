# SPDX-License-Identifier: Apache-2.0
"""The sizes part: the micro measurements on one processor beside those on all,
and how long the dispatcher's one lock is held, from which follows how many
tasks a second, and on how many processors, one child can have at most."""

import os
import statistics
import subprocess

TIMEOUT = 120
GRID = (
    ("no-op 1x1", ("throughput", 1, 1, 1, 40), "ns_per_task"),
    ("no-op 2x2", ("throughput", 2, 2, 1, 40), "ns_per_task"),
    ("no-op 8x32", ("throughput", 8, 32, 1, 40), "ns_per_task"),
    ("no-op 2x2, batches of 100", ("throughput", 2, 2, 100, 40),
     "ns_per_task"),
    ("start of one, 1 idle", ("latency", 100), "p50_us"),
    ("100 x 50 ms, 0 idle", ("burst", 0, 100, 50), "last_over_ms"),
    ("2000 x 20 us, one request", ("left", "one", 2000, 32, 20), "over_ms"),
    ("2000 x 20 us, one per request", ("left", "each", 2000, 32, 20),
     "over_ms"),
)
# What the lock's lines were used for last: the same by the same processor;
# by another one, with the tasks' own work between; nothing, for long.
HOLDS = (
    ("no-op 1x1, one processor", ("throughput", 1, 1, 1, 40), 1),
    ("no-op 8x8", ("throughput", 8, 8, 1, 40), 0),
    ("2000 x 20 us, one per request", ("left", "each", 2000, 32, 20), 0),
    ("one at a time, 1 idle", ("latency", 100), 0),
)
# Processor time of a request with one task, microseconds: `--part server`.
REQUEST_US = 45
PROCESSORS = 64


def ask(program, arguments, one):
    told = subprocess.run(
        (["taskset", "-c", str(min(os.sched_getaffinity(0)))] if one else [])
        + [str(program), "crosstown", *map(str, arguments)], text=True,
        check=True, timeout=TIMEOUT, stdout=subprocess.PIPE).stdout
    return {name: float(value) for name, value in
            (line.split() for line in told.splitlines())}


def measure(build, quick, say):
    bench = build / "bench"
    grid = {title: {"one": [], "all": []} for title, _, _ in GRID}
    holds = {title: {} for title, _, _ in HOLDS}
    for index in range(3 if quick else 15):
        for title, arguments, figure in GRID:
            for where in ("one", "all") if index % 2 else ("all", "one"):
                grid[title][where].append(
                    ask(bench / "micro", arguments, where == "one")[figure])
        for title, arguments, one in HOLDS:
            for figure, value in ask(bench / "lock", arguments, one).items():
                holds[title].setdefault(figure, []).append(value)
    say("  sizes done")
    return {"grid": grid, "holds": holds}


def per_task(figures):
    """ns that the lock is held for a task, by those who bring and who take."""
    return statistics.median(
        sum(figures[who + "_holds_per_task"][index]
            * max(0, figures[who + "_ns_per_hold"][index])
            for who in ("push", "take"))
        for index in range(len(figures["push_ns_per_hold"])))


def show(sizes, table, say):
    rows = []
    for title, figures in sizes["grid"].items():
        one, every = (statistics.median(figures[where])
                      for where in ("one", "all"))
        ratio = statistics.median(a / b for a, b in zip(figures["one"],
                                                        figures["all"]))
        unit = next(figure for name, _, figure in GRID if name == title)
        rows.append((title, unit, "%.4g" % one, "%.4g" % every,
                     "%.2f" % ratio))
    table(("the dispatcher alone", "figure", "one processor",
           "%d" % os.cpu_count(), "one/all"), rows)
    say()
    rows = []
    for title, figures in sizes["holds"].items():
        middle = {name: statistics.median(values)
                  for name, values in figures.items()}
        held = per_task(figures)
        rows.append((title, "%.2f" % middle["push_holds_per_task"],
                     "%.0f" % middle["push_ns_per_hold"],
                     "%.2f" % middle["take_holds_per_task"],
                     "%.0f" % middle["take_ns_per_hold"],
                     "%.2f %%" % (100 * middle["take_contended"]),
                     "%.0f" % held, "%.1f M" % (1000 / held),
                     "%.0f" % (1000 * REQUEST_US / held),
                     "%.1f %%" % (100 * PROCESSORS * held
                                  / (1000 * REQUEST_US))))
    table(("the lock", "holds/push", "ns", "holds/take", "ns", "contended",
           "ns/task", "tasks/s at most", "processors",
           "held by %d" % PROCESSORS), rows)
    say("processors: that bring one task with each request of %d us"
        % REQUEST_US)
