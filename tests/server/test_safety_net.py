# SPDX-License-Identifier: Apache-2.0
"""Another module ends the log_transaction hooks early: mod_crosstown never
learns that the request is over, but its tasks are not forgotten."""

import pytest

from client import play

CONFIG = ""


@pytest.mark.parametrize("keep", ["raw", "copy", "carry"])
def test_tasks_of_a_request_that_is_never_logged(server, keep):
    """STOPPED, on the thread that let go of the request."""
    server.error_log.allow(r"\[crosstown:(warn|error)\]")
    answer = server.ask("/probe", play("keep=" + keep, "text=net", "defer=3",
                                       "name=same", "same=1", "defer=1",
                                       "name=gone", "defer=1", "cancel=gone",
                                       "end_log=1"))
    assert answer.status == 200
    assert server.ledger.outcomes(answer.tag, 5) == {
        "STOPPED": 4, "CANCELLED": 1}
    overs = server.ledger.lines(event="over", tag=answer.tag)
    assert len(overs) == 5 and {line.text for line in overs} == {"net"}
    assert {line.sent for line in server.ledger.lines(
        event="done", tag=answer.tag)} == {0}
    assert not server.ledger.lines(event="start", tag=answer.tag)


def test_the_next_request_is_not_concerned(server):
    server.error_log.allow(r"\[crosstown:(warn|error)\]")
    with server.visit() as visitor:
        for _ in range(10):
            lost = visitor.ask("/probe", "end_log=1&defer=2")
            fine = visitor.ask("/probe", "defer=2")
            assert server.ledger.outcomes(fine.tag, 2) == {"RAN": 2}
            assert server.ledger.outcomes(lost.tag, 2) == {"STOPPED": 2}
