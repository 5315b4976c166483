# SPDX-License-Identifier: Apache-2.0
"""What is to be reached: each line of the verdict, its must and its goal."""

import statistics

from micro_part import (LEFT, PRODUCERS, RUNNERS, left_title, median,
                        ratio)
from server_part import added_cpu, ratios

AT_LEAST, AT_MOST = "at least", "at most"
UNLOADED, NAIVE = "a not loaded", "f naive"


class Line:
    """A figure (None: not measured) beside its must and its goal."""

    def __init__(self, text, figure, must, goal, way=AT_MOST, unit=""):
        self.text, self.figure, self.unit = text, figure, unit
        self.must, self.goal, self.way = must, goal, way

    def meets(self, bound):
        if self.figure is None or bound is None:
            return None
        if self.way == AT_MOST:
            return self.figure <= bound
        return self.figure >= bound

    def row(self):
        def said(bound):
            if bound is None:
                return "-"
            answer = {None: "not measured", True: "met", False: "NOT MET"}
            return "%s %g: %s" % ("<=" if self.way == AT_MOST else ">=",
                                  bound, answer[self.meets(bound)])
        figure = "-" if self.figure is None else "%.3g%s" % (
            self.figure, self.unit and " " + self.unit)
        if self.figure is not None and self.figure >= 1000:
            figure = "%.0f%s" % (self.figure, self.unit and " " + self.unit)
        return (self.text, figure, said(self.must), said(self.goal))

    def data(self):
        return {"what": self.text, "figure": self.figure, "unit": self.unit,
                "must": self.must, "must_met": self.meets(self.must),
                "goal": self.goal, "goal_met": self.meets(self.goal)}


def throughput_lines(variants):
    def line(name, must, goal):
        figure = (statistics.median(ratios(variants, name, "rate"))
                  if name in variants else None)
        return Line("answers/s: %s / not loaded" % name, figure, must, goal,
                    AT_LEAST)

    yield line("b no task", 0.98, 0.99)
    yield line("c one task", 0.92, 0.97)
    yield line("d same thread", 0.97, 0.99)
    yield line("e ten tasks", None, None)
    yield line("f naive", None, None)
    added = added_cpu(variants, "c one task")
    yield Line("CPU added by a no-op task", added, None, 1, unit="us")
    if NAIVE in variants:
        yield Line("CPU added by a no-op task / naive's",
                   added / added_cpu(variants, NAIVE), 0.5, 0.15)


def server_lines(server):
    yield from throughput_lines(server["variants"])
    starts = server["start_us"].get("c one task")
    for name, part, must, goal in (("p50", 0.5, 50, 25),
                                   ("p99", 0.99, 500, 250)):
        yield Line("start after the last write, idle server, " + name,
                   starts and starts[int(len(starts) * part)], must, goal,
                   unit="us")
    rates = server["answers"]
    if NAIVE in rates:
        for text, name, must, goal in (
                ("640 requests with 50 ms tasks: answers/s / naive's",
                 "c one task", 1.1, 1.3),
                ("the same without tasks, module not loaded: the bound",
                 UNLOADED, None, None)):
            yield Line(text, statistics.median(one / other for one, other in
                                               zip(rates[name], rates[NAIVE])),
                       must, goal, AT_LEAST)


def worst_cell(figures, to):
    """(ratio, cell) of the cell where the peer does best against us."""
    cells = []
    for producers in PRODUCERS:
        for runners in RUNNERS:
            key = "no-op %dx%d: ns_per_task" % (producers, runners)
            if ratio(figures, key, to) is not None:
                cells.append((ratio(figures, key, to),
                              "%dx%d" % (producers, runners)))
    return max(cells, default=(None, "-"))


def micro_lines(figures):
    # A no-op task in 1x1 waits for four of them: its memory, from malloc() and
    # when it is handed over, twice when it is taken. On one virtual machine
    # that was 30 ns or 150 ns, for minutes each: 260 or 520 ns a task, 0.31 or
    # 0.57 of apr's.
    yield Line("a cache line that another processor has read: to write it",
               median(figures,
                      "a cache line, by another processor: ns_to_write"),
               None, None, unit="ns")
    for peer, must, goal in (("apr", 0.333, None), ("glib", None, 1),
                             ("uv", None, 1)):
        figure, cell = worst_cell(figures, peer)
        yield Line("ns per no-op task / %s's, worst cell (%s)" % (peer, cell),
                   figure, must, goal)
    yield Line("the same in batches of 100, 2x2 / apr's",
               ratio(figures, "no-op 2x2 batches of 100: ns_per_task", "apr"),
               None, 0.06)
    push = "push with %d waiting: ns_per_push"
    for waiting in (10000, 50000):
        bounds = (8, 3) if waiting == 10000 else (None, None)
        yield Line("a push with %d waiting / with none" % waiting,
                   median(figures, push % waiting)
                   / median(figures, push % 0), *bounds)
    for idle in (0, 1):
        key = "100 x 50 ms, %d idle: " % idle
        yield Line("%slast one over, worst round" % key,
                   max(figures[key + "last_over_ms"]["crosstown"]), 60, 53,
                   unit="ms")
        yield Line("%sall started, worst round" % key,
                   max(figures[key + "all_started_ms"]["crosstown"]), None, 1,
                   unit="ms")
    yield from left_lines(figures)
    yield from memory_lines(figures)


def left_lines(figures):
    def over(*what):
        return median(figures, left_title(*what) + ": over_ms")
    for work, threads in LEFT:
        yield Line("2000 x %d us, %d threads: on one request / on as many" % (
            work, threads), over(work, threads, "one")
            / over(work, threads, "each"), 2, 1.2)
    yield Line("60000 no-op tasks on one request, 128 threads",
               median(figures,
                      "60000 no-op on one request, 128 threads: over_ms"),
               100, 50, unit="ms")


def memory_lines(figures):
    for tasks in (100000, 1000000):
        for form, must, goal in (("one request", 128, 64),
                                 ("one per request", 384, 320)):
            key = "memory, %d waiting, %s: " % (tasks, form)
            if key + "resident_per_task" not in figures:
                continue
            yield Line(key + "a task",
                       median(figures, key + "resident_per_task"), must, goal,
                       unit="bytes")
            yield Line(key + "kept of it afterwards",
                       median(figures, key + "kept_percent"), 20, 5, unit="%")
