# SPDX-License-Identifier: Apache-2.0
"""Another module ends the log_transaction hooks early: the tasks of that
request are not forgotten."""

import pytest

from client import play

CONFIG = ""


def ask(server, where, keep):
    return server.ask("/probe", play(
        "keep=" + keep, "text=net", "defer=3", "name=same", "same=1",
        "defer=1", "name=gone", "defer=1", "cancel=gone", "end_log=" + where))


@pytest.mark.parametrize("keep", ["raw", "copy", "carry"])
def test_ended_behind_the_first_look(server, keep):
    """mod_crosstown has seen that the request is over: all as usual."""
    answer = ask(server, "last", keep)
    assert server.ledger.outcomes(answer.tag, 5) == {
        "RAN": 4, "CANCELLED": 1}
    starts = server.ledger.lines(event="start", tag=answer.tag)
    assert {line.text for line in starts} == {"net"}
    assert all(line.sent >= line.recorded for line in starts)


@pytest.mark.parametrize("keep", ["raw", "copy", "carry"])
def test_ended_before_anybody_looked(server, keep):
    """Nobody can say that the response went out: STOPPED, when the request
    goes."""
    answer = ask(server, "first", keep)
    assert answer.status == 200
    assert server.ledger.outcomes(answer.tag, 5) == {
        "STOPPED": 4, "CANCELLED": 1}
    overs = server.ledger.lines(event="over", tag=answer.tag)
    assert len(overs) == 5 and {line.text for line in overs} == {"net"}
    assert {line.sent for line in server.ledger.lines(
        event="done", tag=answer.tag)} == {0}
    assert not server.ledger.lines(event="start", tag=answer.tag)
    assert not server.ledger.lines(event="carry", tag=answer.tag)


def test_the_next_request_is_not_concerned(server):
    with server.visit() as visitor:
        for _ in range(10):
            lost = visitor.ask("/probe", "end_log=first&defer=2")
            net = visitor.ask("/probe", "end_log=last&status=404&defer=2")
            fine = visitor.ask("/probe", "defer=2")
            assert server.ledger.outcomes(fine.tag, 2) == {"RAN": 2}
            assert server.ledger.outcomes(net.tag, 2) == {"NO_GO": 2}
            assert server.ledger.outcomes(lost.tag, 2) == {"STOPPED": 2}
