# SPDX-License-Identifier: Apache-2.0
"""A full queue: tasks are rejected, or run on the request's thread."""

import pytest

from client import new_tag, play

SMALL = "CrosstownThreads 1 1\nCrosstownQueue 2\n"


@pytest.fixture
def full(make_server, mpm):
    """A server whose only runner waits at a gate, and what opens it. It has
    one child; event hangs up on a kept connection if no other thread is
    idle."""
    def make(policy):
        server = make_server(SMALL + policy,
                             workers=1 if mpm == "prefork" else 8)
        visitor = server.visit()
        gate = new_tag()
        held = visitor.ask("/probe", "gate=%s&defer=1" % gate)
        server.ledger.wait(event="start", tag=held.tag)
        # The overflow is worth a line; how many is not this test's business.
        server.error_log.allow(r"\[crosstown:(warn|error)\]")
        return server, visitor, lambda: server.open_gate(gate)

    return make


@pytest.mark.parametrize("policy", ["", "CrosstownOverflow reject\n"])
def test_reject(full, policy):
    """What does not fit ends as REJECTED at once; waiting tasks count, the
    running one does not."""
    server, visitor, go_on = full(policy)
    with visitor:
        answer = visitor.ask("/probe", "keep=carry&defer=5")
        assert answer.status == 200
        assert server.ledger.outcomes(answer.tag, 3) == {"REJECTED": 3}
        rejected = [line.index for line in server.ledger.lines(
            event="over", tag=answer.tag)]
        assert rejected == [2, 3, 4]
        server.error_log.expect(r"\[crosstown:(warn|error)\]")
        later = visitor.ask("/probe", "defer=2")
        assert server.ledger.outcomes(later.tag, 2) == {"REJECTED": 2}
        go_on()
        assert server.ledger.outcomes(answer.tag, 5) == {
            "REJECTED": 3, "RAN": 2}
        starts = server.ledger.lines(event="start", tag=answer.tag)
        assert [line.index for line in starts] == [0, 1]
        after = visitor.ask("/probe", "defer=1")
        assert server.ledger.outcomes(after.tag, 1) == {"RAN": 1}


def test_inline(full):
    """The first ones run on the request's thread, the last ones wait: so the
    order of starts is kept."""
    server, visitor, go_on = full("CrosstownOverflow inline\n")
    with visitor:
        answer = visitor.ask("/probe", "keep=carry&defer=5")
        assert server.ledger.outcomes(answer.tag, 3) == {"RAN": 3}
        logged, = server.ledger.lines(event="logged", tag=answer.tag)
        starts = server.ledger.lines(event="start", tag=answer.tag)
        assert [line.index for line in starts] == [0, 1, 2]
        assert {line.tid for line in starts} == {logged.tid}
        go_on()
        assert server.ledger.outcomes(answer.tag, 5) == {"RAN": 5}
        starts = server.ledger.lines(event="start", tag=answer.tag)
        assert [line.index for line in starts] == [0, 1, 2, 3, 4]
        assert logged.tid not in {line.tid for line in starts[3:]}


def test_same_thread_tasks_need_no_place(full):
    """They do not pass through the queue; but those behind a waiting task
    wait for their turn."""
    server, visitor, go_on = full("")
    with visitor:
        answer = visitor.ask("/probe", play("plan=sspppss"))
        assert server.ledger.outcomes(answer.tag, 3) == {
            "RAN": 2, "REJECTED": 1}
        starts = server.ledger.lines(event="start", tag=answer.tag)
        assert [line.index for line in starts] == [0, 1]
        go_on()
        assert server.ledger.outcomes(answer.tag, 7) == {
            "RAN": 6, "REJECTED": 1}


def test_refused_tasks_need_no_place(full):
    server, visitor, go_on = full("")
    with visitor:
        answer = visitor.ask("/probe", play(
            "name=unwanted", "defer=5", "name=gone", "defer=5",
            "cancel=gone", "no_go=200", "name=never", "defer=5",
            "no_go=none", "name=fine", "defer=2"))
        assert server.ledger.outcomes(answer.tag, 15) == {
            "NO_GO": 10, "CANCELLED": 5}
        go_on()
        assert server.ledger.outcomes(answer.tag, 17) == {
            "NO_GO": 10, "CANCELLED": 5, "RAN": 2}
