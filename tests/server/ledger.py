# SPDX-License-Identifier: Apache-2.0
"""The probe's ledger: read what happened, wait for what should happen."""

import collections
import functools
import time
import urllib.parse

# Seconds; generous, since nothing may depend on speed, and the machine may have
# ten times as much to do as it can. --patience changes it.
DEADLINE = 60

NUMBERS = {"ns", "pid", "tid", "seq", "wall", "index", "status", "aborted",
           "bytes_sent", "received", "sent", "recorded", "count", "refused",
           "is_root", "carried_status", "took", "listener", "attempt"}


def wait_until(condition, what, deadline=None):
    """Ask condition() until it answers something true; return that."""
    deadline = deadline or DEADLINE
    end = time.monotonic() + deadline
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > end:
            raise AssertionError("waited %s s for %s"
                                 % (deadline, what() if callable(what)
                                    else what))
        time.sleep(0.005)


class Line(dict):
    """One event; its fields are attributes, None where they are missing."""

    def __getattr__(self, name):
        return self.get(name)


@functools.lru_cache(maxsize=4096)
def unquote(value):
    return urllib.parse.unquote(value, errors="surrogateescape")


def parse(text):
    """A test of many requests reads as many as fifty thousand."""
    line = Line([field.split("=", 1) for field in text.split("&")])
    if "%" in text:
        for key, value in line.items():
            if "%" in value:
                line[key] = unquote(value)
    for key in NUMBERS.intersection(line):
        line[key] = int(line[key])
    return line


class Ledger:
    def __init__(self, path):
        self.path = path
        self.offset = 0
        self.rest = b""
        self.all = []
        self.by_tag = collections.defaultdict(list)

    def read(self):
        """Take in what was appended since the last look."""
        try:
            with open(self.path, "rb") as file:
                file.seek(self.offset)
                new = file.read()
        except FileNotFoundError:
            return self.all
        self.offset += len(new)
        lines = (self.rest + new).split(b"\n")
        self.rest = lines.pop()
        for text in lines:
            line = parse(text.decode())
            self.all.append(line)
            self.by_tag[line.tag].append(line)
        return self.all

    def lines(self, **wanted):
        """All events whose fields have these values."""
        lines = self.read()
        if "tag" in wanted:
            lines = self.by_tag.get(wanted["tag"], [])
        return [line for line in lines
                if all(line.get(key) == value
                       for key, value in wanted.items())]

    def wait(self, count=1, **wanted):
        """Wait for at least so many of these events; return them."""
        def story():
            seen = self.lines(**({"tag": wanted["tag"]}
                                 if "tag" in wanted else {}))
            return "%d x %r; the ledger's end:\n%s" % (
                count, wanted, "\n".join(map(repr, seen[-8:])))

        return wait_until(
            lambda: (lambda found: len(found) >= count and [found])(
                self.lines(**wanted)), story)[0]

    def called(self, tag):
        """The indices of its tasks in the order of their calls, which that of
        lines by several threads need not be."""
        return [line.index for line in sorted(
            self.lines(event="start", tag=tag), key=lambda line: line.seq)]

    def outcomes(self, tag, count):
        """Wait until so many tasks are done; how often each outcome was."""
        done = self.wait(count, event="done", tag=tag)
        return collections.Counter(line.outcome for line in done)
