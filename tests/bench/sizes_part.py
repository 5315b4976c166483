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
# What lies under the lock was used last by the same processor; by another one;
# by it, with the tasks' own work between; by nobody, for long: then it is looked
# at more often than there are tasks, since nobody else wants it.
IDLE = "one at a time, 1 idle"
HOLDS = (
    ("no-op 1x1, one processor", ("throughput", 1, 1, 1, 40), 1),
    ("no-op 8x8", ("throughput", 8, 8, 1, 40), 0),
    ("2000 x 20 us, one per request", ("left", "each", 2000, 32, 20), 0),
    (IDLE, ("latency", 100), 0),
)
# What two processors cannot show: the mutex, the queue, the batch and what says
# who is there, each written last by another one.
LINES = 4
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
    lines = []
    for index in range(3 if quick else 15):
        for title, arguments, figure in GRID:
            for where in ("one", "all") if index % 2 else ("all", "one"):
                grid[title][where].append(
                    ask(bench / "micro", arguments, where == "one")[figure])
        for title, arguments, one in HOLDS:
            for figure, value in ask(bench / "lock", arguments, one).items():
                holds[title].setdefault(figure, []).append(value)
        lines.append(ask(bench / "micro", ("lines", 50), 0)["ns_to_read"])
    say("  sizes done")
    return {"grid": grid, "holds": holds, "lines": lines}


def per_task(figures):
    """ns that the lock is held for a task, by those who bring and who take."""
    return statistics.median(
        sum(figures[who + "_holds_per_task"][index]
            * max(0, figures[who + "_ns_per_hold"][index])
            for who in ("push", "take"))
        for index in range(len(figures["push_ns_per_hold"])))


def saturation(held):
    """What follows if a task has the lock for so many ns."""
    processors = 1000 * REQUEST_US / held
    return ("%.0f" % held, "%.1f M" % (1000 / held), "%.0f" % processors,
            "%.0f %%" % (100 * PROCESSORS / processors))


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
        rows.append((title, "%.3f" % middle["push_holds_per_task"],
                     "%.0f" % middle["push_ns_per_hold"],
                     "%.2f" % middle["take_holds_per_task"],
                     "%.0f" % middle["take_ns_per_hold"],
                     "%.2f %%" % (100 * middle["take_contended"]),
                     *(saturation(per_task(figures)) if title != IDLE
                       else "----")))
    warm = per_task(sizes["holds"][HOLDS[0][0]])
    line = statistics.median(sizes["lines"])
    rows.append(("computed: %d lines of others, %.0f ns each" % (LINES, line),
                 *"-----", *saturation(warm + LINES * line)))
    table(("the lock", "holds/push", "ns", "holds/take", "ns", "contended",
           "ns/task", "tasks/s at most", "processors",
           "held by %d" % PROCESSORS), rows)
    say("processors: that bring one task with each request of %d us, to one"
        " child" % REQUEST_US)
