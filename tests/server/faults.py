# SPDX-License-Identifier: Apache-2.0
"""Fault points of a module that was built for them (`make check-faults`), and
what is played while one of them fails."""

import pytest

from closing import Count, check_told_once, settled_tally, tally
from ledger import wait_until

EVER = 1000000

# How a task may end, and which lines the error log may have, while this point
# fails; what is not here may not happen.
ENDS = {
    "thread": {"ran", "rejected"},
    "batch": {"ran", "rejected"},
    "carry": {"ran", "rejected"},
    "scratch": {"ran", "rejected"},
    "clock": {"ran"},
    "lock": {"ran"},
}
REJECTED = r"crosstown:warn.* CT01304: .* rejected: "
NO_THREAD = [r"CT01202: no thread .* they run", r"CT01205: no further thread",
             REJECTED]
LINES = {
    "thread": NO_THREAD,
    "batch": [r"no memory for \d+ task\(s\): rejected", REJECTED],
    "carry": [r"no memory for \d+ task\(s\): rejected", REJECTED],
    "scratch": NO_THREAD,
    "clock": [],
    "lock": [],
}
# What was held back comes within seconds, perhaps in the next test.
HELD_BACK = r"CT0(1305|1203|1204): .*\d+ more "
ANSWERS = {"batch": {"SUCCESS", "EAGAIN", "ENOMEM"}}

# Four threads and eight places: the last request alone overflows. The fifth
# but last task of the one before waits for its turn, by the clock.
CONFIG = """
CrosstownThreads 1 4
CrosstownQueue 8
CrosstownOverflow inline
"""
SCRIPTS = (
    "keep=copy&defer=3",
    "keep=carry&defer=2&keep=copy&defer=1",
    "keep=copy&submit=2",
    "keep=copy&submits=2&defer=2",
    "sleep_ms=15&keep=carry&plan=pppppsp",
    "sleep_ms=2&keep=carry&defer=12",
)


def skip_without_faults(build):
    module = (build / "mod_crosstown.so").read_bytes()
    if b"crosstown_fault" not in module:
        pytest.skip("the module was built without faults: make check-faults")


def one_child(mpm):
    """A child has faults of its own, so there is one. What prefork has room
    for it starts; worker starts the next one sooner if it has room."""
    return ({"workers": 1} if mpm == "prefork"
            else {"workers": 4, "room": 1})


def set_fault(server, point, nth, times=1):
    """How often the one before has failed."""
    answer = server.ask("/probe-fault?point=%s&nth=%d&times=%d"
                        % (point, nth, times))
    assert answer.status == 200
    failed = int(answer.body)
    assert failed >= 0, "no such point: " + point
    return failed


def pid_of_child(server):
    answer = server.ask("/probe", "count=1")
    line, = server.ledger.wait(event="count", tag=answer.tag)
    return line.pid


def fresh_child(server):
    """One that has not made a thread yet."""
    before = pid_of_child(server)
    server.graceful()
    wait_until(lambda: pid_of_child(server) != before, "another child")


class Round:
    """What happened since it began."""

    def __init__(self, server):
        self.server = server
        self.first = len(server.ledger.read())
        self.before = tally(server)

    def lines(self):
        return self.server.ledger.read()[self.first:]

    def close(self):
        """Wait for the last end; the tally and the ledger must agree."""
        told = settled_tally(self.server)
        want = {key: told[key] - self.before[key] for key in told}
        assert want.pop("open") == want.pop("lost") == 0

        def found():
            count = Count(self.lines())
            return {key: count[key] for key in want}

        wait_until(lambda: found() == want, lambda:
                   "the ledger to agree: %r, not %r" % (want, found()))
        lines = self.lines()
        assert len({line.pid for line in lines}) == 1, "not one child"
        check_told_once(lines)
        assert sum(line.event == "start" for line in lines) == want["ran"]
        return want, lines


def play(server):
    for script in SCRIPTS:
        assert server.ask("/probe", script).status == 200


def check_ordinary(server):
    answer = server.ask("/probe", "keep=copy&defer=2&keep=carry&plan=sp")
    assert server.ledger.outcomes(answer.tag, 4) == {"RAN": 4}
