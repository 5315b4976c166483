# SPDX-License-Identifier: Apache-2.0
"""A consumer that is loaded before, after or without the module (case
24)."""

import pytest

from client import play


@pytest.mark.parametrize("crosstown", ["before", "after"])
@pytest.mark.case(24)
def test_order_of_loadmodule_lines(make_server, crosstown):
    server = make_server(crosstown=crosstown)
    for script, outcomes in (("defer=3", {"RAN": 3}),
                             ("keep=carry&defer=2", {"RAN": 2}),
                             ("status=503&defer=1", {"NO_GO": 1}),
                             ("name=unwanted&defer=1", {"NO_GO": 1}),
                             ("defer=2&cancel_all=1", {"CANCELLED": 2})):
        answer = server.ask("/probe", script)
        assert server.ledger.outcomes(
            answer.tag, sum(outcomes.values())) == outcomes


@pytest.mark.case(24)
def test_without_the_module(make_server):
    """Requests are answered as ever, the calls say APR_ENOTIMPL or 0."""
    server = make_server(crosstown=None)
    answer = server.ask("/probe", play(
        "defer=2", "bare=1", "submit=1", "count=1", "cancel=probe",
        "cancel_all=1", "check=sixxx", "sub=/probe/sub?defer=1",
        "wrong=no_request"))
    assert (answer.status, answer.body[:5]) == (200, b"probe")
    lines = server.ledger.wait(event="logged", tag=answer.tag)
    lines = server.ledger.lines(tag=answer.tag)
    answers = [line.answer for line in lines
               if line.event in ("record", "submit", "no_request")]
    assert answers == ["ENOTIMPL"] * 5
    assert [line.count for line in lines
            if line.event in ("count", "cancel")] == [0, 0, 0]
    check, = [line for line in lines if line.event == "check"]
    assert check.message is None
    assert not [line for line in server.ledger.lines()
                if line.event in ("start", "over", "done", "collect")]
