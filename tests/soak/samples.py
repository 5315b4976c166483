# SPDX-License-Identifier: Apache-2.0
"""What the server's processes hold, and whether it grows."""

import math
import os
import pathlib
import statistics
import time

# Slopes of less than this say more about warm-up than about growth.
SHORTEST = 100              # seconds that the judged part must last

# What counts as growth. A leak of one task's or request's memory is larger.
BYTES_PER_REQUEST = 64
FDS_PER_MINUTE = 1
THREADS_PER_MINUTE = 1
# With restarts only the parent lives on; httpd keeps a little for each.
PARENT_KIB_PER_RESTART = 512
PARENT_FDS_PER_RESTART = 0.5

HEADINGS = ("    s", "RSS KiB", "parent", "largest", "processes", "fds",
            "threads", "answers", "recorded", "told", "open")
FIELDS = ("at", "rss", "parent_rss", "largest", "processes", "fds",
          "threads", "answers", "recorded", "told", "open")


def look(pid):
    """(RSS in KiB, open fds, threads) of a process, None if it has gone. The
    owner of a child that has changed its user may not count its fds."""
    try:
        text = pathlib.Path("/proc", str(pid), "status").read_text()
        values = dict(line.split(":", 1) for line in text.splitlines())
        try:
            fds = len(os.listdir("/proc/%d/fd" % pid))
        except PermissionError:
            fds = 0
        return (int(values["VmRSS"].split()[0]), fds, int(values["Threads"]))
    except (OSError, KeyError, ValueError):
        return None


class Sample:
    def __init__(self, server, since, answers, books):
        self.at = time.monotonic() - since
        pids = [server.process.pid, *server.children()]
        parent, *children = [look(pid) or (0, 0, 0) for pid in pids]
        self.parent_rss, self.parent_fds, _ = parent
        self.largest = max((child[0] for child in children), default=0)
        self.processes = 1 + len(children)
        self.rss, self.fds, self.threads = (
            sum(column) for column in zip(parent, *children))
        self.answers = answers
        self.recorded = books.totals["recorded"]
        self.told = books.told()
        self.open = len(books.open)

    def row(self):
        return "  ".join("%*d" % (len(heading), getattr(self, field))
                         for heading, field in zip(HEADINGS, FIELDS))


def heading():
    return "  ".join(HEADINGS)


def judged(samples):
    """The last two thirds: the first is warm-up."""
    end = samples[-1].at if samples else 0
    return [sample for sample in samples if sample.at > end / 3]


def residuals(x, y):
    line = statistics.linear_regression(x, y)
    return [b - line.slope * a - line.intercept for a, b in zip(x, y)]


def slope(x, y, known=2):
    """Least squares: (slope, standard error)."""
    line = statistics.linear_regression(x, y)
    middle = statistics.fmean(x)
    return line.slope, (sum(left ** 2 for left in residuals(x, y))
                        / (len(x) - known)
                        / sum((a - middle) ** 2 for a in x)) ** 0.5


class Slope:
    """Once `plain`, and once beyond warm-up. Each allocator keeps the most
    that it ever needed, and records become rare: memory that fills up grows
    as the logarithm of time does, a leak in proportion to it. So
    a + b log t + c t is fitted, and c is what is left beyond warm-up."""

    def __init__(self, part, field, unit, limit):
        self.unit = unit
        self.limit = limit
        self.plain = self.beyond = (0.0, float("inf"))
        minutes = [sample.at / 60 for sample in part]
        values = [getattr(sample, field) for sample in part]
        if len(part) > 4:
            logs = [math.log(minute) for minute in minutes]
            self.plain = slope(minutes, values)
            self.beyond = slope(residuals(logs, minutes),
                                residuals(logs, values), 3)

    def grows(self):
        """Both are beyond the limit, by two standard errors."""
        return self.limit is not None and all(
            value - 2 * error > self.limit
            for value, error in (self.plain, self.beyond))

    def text(self):
        return "%+8.1f ± %-7.1f %-22s beyond warm-up %+8.1f ± %-7.1f %s" % (
            *self.plain, self.unit, *self.beyond,
            "not judged" if self.limit is None
            else "limit %.1f" % self.limit)


def slopes(samples, rate, restarts_every):
    part = judged(samples)
    lasts = part[-1].at - part[0].at if part else 0
    whole = lasts >= SHORTEST
    still = whole and not restarts_every
    restarts = 60 / restarts_every if restarts_every else 0
    parent = whole and restarts_every and lasts >= 4 * restarts_every
    return lasts, [
        Slope(part, "rss", "KiB RSS/min, all",
              BYTES_PER_REQUEST * rate * 60 / 1024 if still else None),
        Slope(part, "fds", "fds/min, all", FDS_PER_MINUTE if still else None),
        Slope(part, "threads", "threads/min, all",
              THREADS_PER_MINUTE if still else None),
        Slope(part, "parent_rss", "KiB RSS/min, parent",
              PARENT_KIB_PER_RESTART * restarts if parent else None),
        Slope(part, "parent_fds", "fds/min, parent",
              PARENT_FDS_PER_RESTART * restarts if parent else None)]
