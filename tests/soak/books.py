# SPDX-License-Identifier: Apache-2.0
"""The probe's ledger, read while it grows, with bounded memory: what is known
of a request is dropped once all of its tasks have been told, and the part of
the file that has been read gives its disk blocks back."""

import bisect
import collections
import ctypes
import os

from ledger import parse
from scripts import root_of

CHUNK = 1 << 20
SETTLED = 5 * 10**9         # nanoseconds after the last event of a request
MOST_COMPLAINTS = 20

# KEEP_SIZE | PUNCH_HOLE: the writers' end of the file stays where it is.
PUNCH = 3

OUTCOMES = ("RAN", "NO_GO", "CANCELLED", "REJECTED", "STOPPED")
AWAY = {"REJECTED", "STOPPED"}


class Request:
    """What is known of one request of a client, until all of it is over."""

    def __init__(self):
        self.last_ns = 0
        self.logged_ns = None
        self.status = None
        self.ranks = {}          # (tag, index) -> how-manieth it was recorded
        self.names = []          # of the tasks, in the order of recording
        self.unlogged_starts = 0
        self.starts = []         # (pid, seq, rank)
        self.ran = 0             # functions called
        self.over = set()        # (tag, index)
        self.overs = collections.Counter()     # (name, outcome)
        self.dones = collections.Counter()     # (name, outcome)
        self.complaints = []

    def complete(self):
        return len(self.names) <= sum(self.dones.values())


class Books:
    def __init__(self, path):
        self.path = path
        self.file = None
        self.rest = b""
        self.offset = 0
        self.punched = 0
        self.can_punch = True
        self.most_on_disk = 0
        self.now = 0
        self.open = {}
        self.totals = collections.Counter()
        self.complaints = []
        self.complained = 0

    def complain(self, text):
        self.complained += 1
        if len(self.complaints) < MOST_COMPLAINTS:
            self.complaints.append(text)

    # -- reading --------------------------------------------------------

    def read(self):
        """Take in what is there, one chunk at most; was there anything?"""
        if self.file is None:
            self.file = open(self.path, "r+b", buffering=0)
        new = self.file.read(CHUNK)
        if not new:
            self.settle()
            return False
        self.offset += len(new)
        lines = (self.rest + new).split(b"\n")
        self.rest = lines.pop()
        for text in lines:
            # The rest of a line is what the client has sent: long, and told
            # before in what has been recorded.
            self.take(parse(text.split(b"&method=", 1)[0].decode()))
        self.most_on_disk = max(self.most_on_disk, os.fstat(
            self.file.fileno()).st_blocks * 512)
        self.give_back()
        self.settle()
        return True

    def give_back(self):
        libc = ctypes.CDLL(None, use_errno=True)
        libc.fallocate.argtypes = [ctypes.c_int, ctypes.c_int,
                                   ctypes.c_int64, ctypes.c_int64]
        if self.can_punch and libc.fallocate(
                self.file.fileno(), PUNCH, self.punched,
                self.offset - self.punched) == 0:
            self.punched = self.offset // 4096 * 4096
        else:
            self.can_punch = False

    def behind(self):
        return os.fstat(self.file.fileno()).st_size - self.offset

    def close(self):
        if self.file:
            self.file.close()

    # -- one event ------------------------------------------------------

    def take(self, line):
        name = line.task or ""
        tag = line.tag or (name.split(".", 1)[1] if name.startswith(
            "submitted.") else None)
        self.now = max(self.now, line.ns)
        if not tag:
            self.complain("nobody's event: %r" % line)
            return
        root = root_of(tag)
        request = self.open.get(root)
        if request is None:
            request = self.open[root] = Request()
        request.last_ns = line.ns
        event = getattr(self, "on_" + line.event, None)
        if event:
            event(request, line)

    def on_record(self, request, line):
        if line.answer == "ENOTIMPL":
            self.totals["not recorded"] += 1
        elif line.answer != "SUCCESS":
            self.complain("not recorded: %r" % line)
        elif line.task == "bare":
            # Its own name is none, whatever the script has said.
            self.add(request, "-")
        else:
            if line.task != "nothing":
                request.ranks[line.tag, line.index] = len(request.names)
            self.add(request, line.task)

    def add(self, request, name):
        self.totals["recorded"] += 1
        request.names.append(name)

    def on_submit(self, request, line):
        if line.answer == "EAGAIN":
            self.totals["submit refused"] += 1
        elif line.answer == "ENOTIMPL":
            self.totals["not recorded"] += 1
        elif line.answer != "SUCCESS":
            self.complain("not submitted: %r" % line)
        else:
            self.add(request, line.task)

    def on_logged(self, request, line):
        self.totals["logged"] += 1
        if request.logged_ns is not None:
            request.complaints.append("logged twice")
        request.logged_ns = line.ns
        request.status = line.status

    def on_start(self, request, line):
        request.ran += 1
        if (line.task or "").startswith("submitted."):
            return
        if request.logged_ns is None or line.ns < request.logged_ns:
            request.unlogged_starts += 1
        rank = request.ranks.get((line.tag, line.index))
        if rank is not None:
            request.starts.append((line.pid, line.seq, rank))

    def on_over(self, request, line):
        self.totals["over"] += 1
        request.overs[line.task, line.outcome] += 1
        if line.index is None:
            return
        if (line.tag, line.index) in request.over:
            request.complaints.append("told twice: %s" % line.index)
        request.over.add((line.tag, line.index))

    def on_done(self, request, line):
        self.totals[line.outcome] += 1
        self.totals["aborted"] += line.aborted or 0
        request.dones[line.task, line.outcome] += 1
        outcome = line.outcome
        if not allowed(line.task, outcome, line.status, line.aborted,
                       line.result):
            request.complaints.append("%s %s after %s, result %s" % (
                line.task, outcome, line.status, line.result))

    # -- one request ----------------------------------------------------

    def settle(self, everything=False):
        """Judge and forget the requests that nothing happens to any more. In
        order of arrival; one that is not complete does not hold up others."""
        ready = [root for root, request in self.open.items()
                 if everything or (request.last_ns + SETTLED < self.now
                                   and request.complete())]
        for root in ready:
            self.judge(root, self.open.pop(root))

    def judge(self, root, request):
        told = request.complaints
        if request.logged_ns is None:
            self.totals["unlogged"] += 1
            if {outcome for _, outcome in request.dones} & {"RAN", "NO_GO",
                                                            "REJECTED"}:
                told.append("tasks of a request that was never logged")
        if request.unlogged_starts:
            told.append("%d start(s) before the response was logged"
                        % request.unlogged_starts)
        told += self.unequal(request)
        self.totals["starts"] += len(request.starts)
        self.totals["misplaced"] += misplaced(request.starts)
        if len({pid for pid, _, _ in request.starts}) > 1:
            told.append("started in more than one child")
        for text in told:
            self.complain("%s: %s" % (root, text))

    @staticmethod
    def unequal(request):
        """What was recorded, done, over and called must be the same tasks."""
        named = collections.Counter(request.names)
        done = collections.Counter()
        for (name, _), count in request.dones.items():
            done[name] += count
        if named != done:
            yield "recorded %s, done %s" % (dict(named), dict(done))
        with_over = {key: count for key, count in request.dones.items()
                     if key[0] != "-"}
        if with_over != dict(request.overs):
            yield "done %s, over %s" % (with_over, dict(request.overs))
        ran = sum(count for (_, outcome), count in request.dones.items()
                  if outcome == "RAN")
        if request.ran != ran:
            yield "%d functions called, %d told RAN" % (request.ran, ran)

    def finish(self):
        """After the server has stopped."""
        while self.read():
            pass
        if self.rest:
            self.complain("the ledger ends in the middle of a line")
        self.settle(everything=True)

    def not_complete(self):
        """Some of the requests with tasks that have not been told."""
        return [root for root, request in self.open.items()
                if not request.complete()][:5]

    def told(self):
        return sum(self.totals[outcome] for outcome in OUTCOMES)


def allowed(name, outcome, status, aborted, result):
    """May a task of this name end so?"""
    if outcome == "RAN" and (result == "SUCCESS") == (name == "failing"):
        return False
    if name == "gone":
        return outcome == "CANCELLED"
    if name == "unwanted":
        return outcome in ("NO_GO", "STOPPED")
    if name == "robust" or name.startswith("submitted."):
        return outcome == "RAN" or outcome in AWAY or (
            bool(aborted) and outcome == "NO_GO")
    if status and status >= 400:
        return outcome in ("NO_GO", "STOPPED")
    return outcome == "RAN" or outcome in AWAY or (
        bool(aborted) and outcome == "NO_GO")


def misplaced(starts):
    """How many must be taken out for the rest to be in order. A thread can
    lose its processor between the call and the function's first statement:
    such a task counts once."""
    tails = []
    for _, _, rank in sorted(starts):
        place = bisect.bisect_left(tails, rank)
        tails[place:place + 1] = [rank]
    return len(starts) - len(tails)
