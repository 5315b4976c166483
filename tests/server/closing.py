# SPDX-License-Identifier: Apache-2.0
"""Do the books close? The probe's ledger has a line for each task recorded and
for each end told; the module's tally has its own numbers over all children.
Both have to come to the same sums, exactly."""

import collections
import os
import random
import signal
import threading

from ledger import DEADLINE, wait_until

LONG = os.environ.get("CROSSTOWN_LONG") == "1"

OUTCOMES = ("RAN", "NO_GO", "CANCELLED", "REJECTED", "STOPPED")

# What the visitors ask for: every way to record, every way to end.
MIX = (
    "keep=copy&defer=3",
    "keep=carry&defer=2&status=404",
    "name=gone&defer=2&cancel=gone&name=stays&defer=1",
    "sleep_ms=1&keep=carry&plan=psp",
    "name=failing&fail=20014&defer=1&fail=0&name=fine&defer=1",
    "keep=copy&submit=2",
    "name=unwanted&defer=2",
    "keep=copy&submits=2&defer=1",
    "no_go=none&sleep_ms=2&keep=copy&defer=2&status=503",
)

FAILING = r'task "failing" (failed after 200|have no line of their own)'


def parse(text):
    return {key: int(value) for key, value in
            (line.split("=") for line in text.split())}


def tally(server):
    """What the server says now."""
    answer = server.ask("/probe-tally")
    assert answer.status == 200
    return parse(answer.body.decode())


def last_tally(server):
    """What the parent said when it took its configuration down last."""
    return parse((server.root / "ledger.tally").read_text())


def settled_tally(server, deadline=DEADLINE):
    """The tally when nothing is open any more."""
    last = {}

    def settled():
        last.update(tally(server))
        return last["open"] == 0

    wait_until(settled, lambda: "open tasks to end: %r" % last, deadline)
    return last


class Count(collections.Counter):
    """What the ledger says, under the names that the tally uses."""

    def __init__(self, lines):
        super().__init__()
        for line in lines:
            if line.event in ("record", "submit"):
                self["recorded"] += line.answer == "SUCCESS"
            elif line.event == "done":
                self[line.outcome.lower()] += 1
                self["failed"] += (line.outcome == "RAN"
                                   and line.result != "SUCCESS")

    def ended(self):
        return sum(self[outcome.lower()] for outcome in OUTCOMES)


def check_told_once(lines, left_behind=0):
    """Each end was told to `over`, once; but for tasks that were left behind
    in their functions."""
    overs = collections.Counter((line.tag, line.index, line.pid)
                                for line in lines if line.event == "over")
    twice = [task for task, times in overs.items() if times > 1]
    assert not twice, "told twice: %r" % twice
    ended = Count(lines).ended()
    assert ended - left_behind <= len(overs) <= ended


def check(server, told, lost=0, left_behind=0):
    """The tally closes, and agrees with the ledger in every number. The
    module counts first and tells then: wait for the last lines."""
    want = {key: number for key, number in told.items()
            if key not in ("open", "lost")}

    def found():
        count = Count(server.ledger.read())
        return count, {key: count[key] for key in want}

    wait_until(lambda: found()[1] == want,
               lambda: "the ledger to agree: %r, not %r" % (want, found()[1]))
    count = found()[0]
    assert (told["open"], told["lost"]) == (0, lost)
    assert count["recorded"] == count.ended() + lost
    check_told_once(server.ledger.all, left_behind)
    return count


class Visits(threading.Thread):
    """Requests, one after the other, each on a connection of its own."""

    def __init__(self, server, seed, ask, forgiving):
        super().__init__()
        self.server = server
        self.dice = random.Random(seed)
        self.ask = ask
        self.forgiving = forgiving
        self.enough = threading.Event()
        self.asked = 0
        self.error = None

    def run(self):
        while not self.enough.is_set():
            try:
                self.ask(self.server, self.dice)
            except Exception as error:
                if not (self.forgiving and isinstance(
                        error, (OSError, self.forgiving))):
                    self.error = error
                    return
                if self.server.process.poll() is not None:
                    return
            self.asked += 1


def ask_for_anything(server, dice):
    answer = server.ask("/probe", dice.choice(MIX))
    assert answer.status in (200, 404, 503)


class Crowd:
    """Visitors for as long as a `with` lasts. Whoever stops or kills what they
    visit is `forgiving` of that kind of error, and of OSError."""

    def __init__(self, server, visitors=3, ask=ask_for_anything,
                 forgiving=None):
        self.visits = [Visits(server, seed, ask, forgiving)
                       for seed in range(visitors)]

    def asked(self):
        for visit in self.visits:
            assert visit.error is None, visit.error
        return sum(visit.asked for visit in self.visits)

    def wait(self, requests, deadline=30):
        """Let so many more requests pass."""
        before = self.asked()
        wait_until(lambda: self.asked() >= before + requests,
                   "%d more requests" % requests, deadline)

    def leave_before(self, mpm, number):
        """event crashes by itself, in apr_os_sock_get() called by its main
        thread, if a hard stop meets a connection that is just closing: there
        the visitors are gone before it."""
        if mpm == "event" and number == signal.SIGTERM:
            self.__exit__(None)

    def __enter__(self):
        for visit in self.visits:
            visit.start()
        return self

    def __exit__(self, *unused):
        for visit in self.visits:
            visit.enough.set()
        for visit in self.visits:
            visit.join()
        if unused[0] is None:
            self.asked()
