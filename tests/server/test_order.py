# SPDX-License-Identifier: Apache-2.0
"""Tasks of one response start in the order in which they were recorded."""

import bisect
import os

import pytest

from client import new_tag

CONFIG = "CrosstownThreads 1 32\n"
ROUNDS = 40


def misplaced(server, tag, count):
    """How many tasks must be taken out for the rest to be in order: one that
    was held back counts once, however many have overtaken it.

    Functions are called in order. The probe counts in its function's first
    statement; a thread that loses its processor between the call and that
    statement is overtaken there, which nobody can forbid."""
    assert server.ledger.outcomes(tag, count) == {"RAN": count}
    starts = server.ledger.lines(event="start", tag=tag)
    by_number = sorted(starts, key=lambda line: line.seq)
    assert len({line.seq for line in by_number}) == count
    tails = []
    for line in by_number:
        place = bisect.bisect_left(tails, line.index)
        tails[place:place + 1] = [line.index]
    return count - len(tails)


@pytest.mark.skipif("HTTPD" in os.environ,
                    reason="counts what the kernel swaps at full speed")
@pytest.mark.parametrize("sleep", ["sleep_ms=0", "sleep_ms=2"])
def test_100_tasks_start_in_order(server, sleep):
    """With threads that are still to be made, and with idle ones."""
    with server.visit() as visitor:
        total = sum(misplaced(server, visitor.ask(
            "/probe", sleep + "&defer=100").tag, 100) for _ in range(ROUNDS))
    assert total <= ROUNDS * 100 // 100, "more than one in a hundred"


def test_they_run_side_by_side(server):
    """32 of 32 are inside at the same time, and only 32."""
    answer = server.ask("/probe", "gate=%s&defer=40" % "side-by-side")
    starts = server.ledger.wait(32, event="start", tag=answer.tag)
    assert len({line.tid for line in starts}) == len(starts) == 32
    server.open_gate("side-by-side")
    assert misplaced(server, answer.tag, 40) <= 4


@pytest.mark.case(6, shows="prefork")
def test_a_burst_finds_threads_though_few_are_idle(make_server):
    """Case 6: one idle thread must not mean one after the other."""
    server = make_server(CONFIG, workers=1)
    # Not on one connection: event ends it if its only worker is busy.
    for _ in range(8):
        gate = new_tag()
        first = server.ask(script="defer=1")
        assert server.ledger.outcomes(first.tag, 1) == {"RAN": 1}
        burst = server.ask(script="gate=%s&defer=32" % gate)
        starts = server.ledger.wait(32, event="start", tag=burst.tag)
        assert len({line.tid for line in starts}) == 32
        server.open_gate(gate)
        assert misplaced(server, burst.tag, 32) <= 4


def test_one_thread_is_one_after_the_other(make_server):
    """Nobody to race with: exactly in order."""
    server = make_server("CrosstownThreads 1 1\n", workers=1)
    tags = [server.ask(script="sleep_ms=1&defer=10").tag for _ in range(5)]
    for tag in tags:
        assert misplaced(server, tag, 10) == 0
    events = [line for line in server.ledger.lines()
              if line.event in ("start", "end")]
    assert [line.event for line in events] == ["start", "end"] * 50
    assert len({line.tid for line in events}) == 1
