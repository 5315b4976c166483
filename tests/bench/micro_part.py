# SPDX-License-Identifier: Apache-2.0
"""The micro part: each figure of each contender from a process of its own,
contender after contender within a round."""

import itertools
import statistics
import subprocess

PRODUCERS = (1, 2, 8)
RUNNERS = (1, 2, 8, 32)
MOST_WAITING_FOR_APR = 100000        # more would take it minutes
TIMEOUT = 120
LEFT = tuple(itertools.product((20, 2000), (32, 128, 512)))
OTHERS = ("apr", "glib", "uv")


def left_title(work, threads, form):
    return "2000 x %d us, %s, %d threads" % (
        work, {"one": "one request", "each": "one per request"}[form], threads)


class Micro:
    def __init__(self, program, quick, say):
        self.program = str(program)
        self.quick = quick
        self.say = say
        self.contenders = subprocess.run(
            [self.program, "contenders"], check=True, text=True, timeout=10,
            stdout=subprocess.PIPE).stdout.split()
        self.figures = {}

    def ask(self, contender, *arguments):
        told = subprocess.run(
            [self.program, contender, *map(str, arguments)], text=True,
            timeout=TIMEOUT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if told.returncode:
            raise SystemExit("%s %s %s: %s" % (
                self.program, contender, arguments, told.stderr))
        return {name: float(value) for name, value in
                (line.split() for line in told.stdout.splitlines())}

    def ask_all(self, title, index, arguments, skip=(), only=None):
        """One round; the order turns from round to round. only: of several
        figures this one."""
        names = [name for name in self.contenders if name not in skip]
        shift = index % len(names)
        for name in names[shift:] + names[:shift]:
            for figure, value in self.ask(name, *arguments).items():
                if only not in (None, figure):
                    continue
                key = "%s: %s" % (title, figure)
                self.figures.setdefault(key, {}).setdefault(
                    name, []).append(value)

    def compare(self, title, rounds, arguments, skip=(), only=None):
        for index in range(rounds):
            self.ask_all(title, index, arguments, skip, only)

    def throughput(self):
        """All cells in each round: when another machine on this one's
        processors is busy for seconds, no cell has all of it."""
        cells = [(p, r, 1) for p, r in itertools.product(PRODUCERS, RUNNERS)]
        rounds, duration = (3, 25) if self.quick else (12, 40)
        if self.quick:
            cells = [(1, 1, 1), (1, 8, 1), (2, 2, 1), (8, 32, 1)]
        for index in range(rounds):
            self.ask_all("a cache line, by another processor", index,
                         ("lines", 50), OTHERS)
            for producers, runners, batch in cells + [(2, 2, 100)]:
                self.ask_all("no-op %dx%d%s" % (
                    producers, runners,
                    " batches of 100" if batch > 1 else ""), index,
                    ("throughput", producers, runners, batch, duration))
        self.say("  throughput done")

    def depth(self):
        for waiting in (0, 1000, 10000, 50000):
            times = 5 if waiting <= 1000 else 1
            rounds = 3 if self.quick or waiting == 50000 else 5
            slow = self.quick and waiting == 50000
            self.compare("push with %d waiting" % waiting, rounds,
                         ("depth", waiting, times), ("apr",) if slow else ())
        self.say("  cost of a push done")

    def latency(self):
        self.compare("start of one, 1 idle", 2 if self.quick else 5,
                     ("latency", 100 if self.quick else 300))
        for idle in (0, 1):
            self.compare("first task, %d idle" % idle,
                         3 if self.quick else 7, ("burst", idle, 1, 0),
                         only="first_started_ms")
            # With one idle thread apr_thread_pool makes no others: 5 s.
            rounds = 3 if self.quick else 10
            self.compare("100 x 50 ms, %d idle" % idle, rounds,
                         ("burst", idle, 100, 50), ("apr",) if idle else ())
            if idle and not self.quick:
                self.compare_apr_alone("100 x 50 ms, 1 idle",
                                       ("burst", 1, 100, 50))
        self.say("  latency and bursts done")

    def left(self):
        """Many tasks left at once, by one request and by many."""
        for (work, threads), form in itertools.product(LEFT, ("one", "each")):
            self.compare(left_title(work, threads, form),
                         3 if self.quick else 7,
                         ("left", form, 2000, threads, work), OTHERS)
        self.compare("60000 no-op on one request, 128 threads",
                     3 if self.quick else 7, ("left", "one", 60000, 128, 0),
                     ("apr",))
        self.say("  many at once done")

    def compare_apr_alone(self, title, arguments):
        self.compare(title, 1, arguments,
                     [name for name in self.contenders if name != "apr"])

    def memory(self):
        sizes = (100000,) if self.quick else (100000, 1000000)
        for form, tasks in itertools.product(("one", "each"), sizes):
            slow = tasks > MOST_WAITING_FOR_APR or self.quick
            title = "memory, %d waiting, %s" % (tasks, {
                "one": "one request", "each": "one per request"}[form])
            self.compare(title, 1 if self.quick else 2,
                         ("memory", form, tasks), ("apr",) if slow else ())
        self.say("  memory done")

    def measure(self):
        self.throughput()
        self.depth()
        self.latency()
        self.left()
        self.memory()
        return self.figures


def median(figures, key, contender="crosstown"):
    return statistics.median(figures[key][contender])


def ratio(figures, key, to, contender="crosstown"):
    """Median of the rounds' ratios; None where the peer is not there."""
    if to not in figures.get(key, {}):
        return None
    return statistics.median(
        one / other for one, other in zip(figures[key][contender],
                                          figures[key][to]))
