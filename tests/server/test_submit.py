# SPDX-License-Identifier: Apache-2.0
"""crosstown_submit(): tasks that follow no response."""

import pytest

from client import play

CONFIG = "CrosstownThreads 1 1\nCrosstownQueue 3\n"
OPTIONS = {"workers": 1}    # one child: one queue


@pytest.mark.parametrize("keep", ["raw", "copy"])
def test_runs_without_a_response(server, keep):
    answer = server.ask("/probe", play("name=free", "keep=" + keep,
                                       "text=data", "submit=3"))
    assert answer.status == 200
    overs = server.ledger.wait(3, event="over", tag=answer.tag)
    assert {(line.outcome, line.result, line.text) for line in overs} == {
        ("RAN", "SUCCESS", "data")}
    starts = server.ledger.lines(event="start", tag=answer.tag)
    assert [line.index for line in starts] == [0, 1, 2]
    assert {line.status for line in starts} == {None}


def test_does_not_wait_for_the_response(server):
    """It runs while the request that submitted it is still in the air."""
    with server.raw() as client:
        client.get("/probe?tag=early&submit=1&hold=early")
        server.ledger.wait(event="over", tag="early")
        assert not server.ledger.lines(event="logged", tag="early")
        server.open_gate("early")
        assert client.read_answer()[0] == 200


@pytest.mark.parametrize("refused", ["no_go=5xx", "same=1", "keep=carry"])
def test_options_that_make_no_sense(server, refused):
    server.error_log.allow(r"\[crosstown:(error|warn)\]")
    answer = server.ask("/probe", play(refused, "submit=2"))
    lines = server.ledger.wait(2, event="submit", tag=answer.tag)
    assert [line.answer for line in lines] == ["EINVAL", "EINVAL"]
    assert not server.ledger.lines(event="over", tag=answer.tag)


def test_full_queue(server):
    """EAGAIN, and then nobody is told; what was accepted runs."""
    # Not on one connection: event closes those that are kept alive when its
    # only worker has not come back yet.
    held = server.ask("/probe", "gate=full&submit=1")
    server.ledger.wait(event="start", tag=held.tag)
    answer = server.ask("/probe", "submit=5")
    answers = [line.answer for line in server.ledger.wait(
        5, event="submit", tag=answer.tag)]
    assert answers == ["SUCCESS"] * 3 + ["EAGAIN"] * 2
    server.open_gate("full")
    server.ledger.wait(3, event="over", tag=answer.tag)
    # Behind them in the only queue: when it is over, so would the others be.
    last = server.ask("/probe", "submit=1")
    server.ledger.wait(event="over", tag=last.tag)
    overs = server.ledger.lines(event="over", tag=answer.tag)
    assert [line.outcome for line in overs] == ["RAN"] * 3
    server.error_log.allow(r"\[crosstown:(error|warn)\]")
