# SPDX-License-Identifier: Apache-2.0
"""The task's data: what was recorded, its copy, or what carry made of it."""

import pytest

from client import play

CONFIG = ""


@pytest.mark.plain
def test_raw_data_is_handed_over_as_it_is(server):
    """A later change is seen."""
    answer = server.ask("/probe", play("keep=raw", "text=early", "defer=1",
                                       "change=late"))
    start, = server.ledger.wait(event="start", tag=answer.tag)
    assert start.text == "late"
    over, = server.ledger.wait(event="over", tag=answer.tag)
    assert (over.outcome, over.text) == ("RAN", "late")


@pytest.mark.plain
def test_copied_data_may_live_on_the_stack(server):
    """The probe overwrites the original right after recording."""
    words = [word for number in range(50)
             for word in ("text=copy%d" % number, "defer=1")]
    answer = server.ask("/probe", play("keep=copy", *words))
    assert server.ledger.outcomes(answer.tag, 50) == {"RAN": 50}
    for event in ("start", "over"):
        texts = {line.index: line.text for line in server.ledger.lines(
            event=event, tag=answer.tag)}
        assert texts == {number: "copy%d" % number for number in range(50)}


def test_carry_sees_the_request_at_its_end(server):
    """Once per task, on the thread that finished the response, with the final
    status and the request that the client sent; its answer is the data."""
    answer = server.ask("/probe", play(
        "keep=carry", "text=early", "defer=2", "change=late",
        "redirect=/probe/target?set_status=202"),
        headers={"X-Probe": "still here"})
    assert answer.status == 202
    assert server.ledger.outcomes(answer.tag, 2) == {"RAN": 2}
    carries = server.ledger.lines(event="carry", tag=answer.tag)
    assert [line.text for line in carries] == ["early", "late"]
    assert {(line.carried_status, line.uri, line.is_root, line.header)
            for line in carries} == {(202, "/probe", 1, "still here")}
    logged, = server.ledger.lines(event="logged", tag=answer.tag)
    assert {line.tid for line in carries} == {logged.tid}
    starts = server.ledger.lines(event="start", tag=answer.tag)
    assert sorted(line.text for line in starts) == ["early", "late"]
    assert {line.carried_status for line in starts} == {202}
    overs = server.ledger.lines(event="over", tag=answer.tag)
    assert {line.carried_status for line in overs} == {202}


@pytest.mark.parametrize("words,outcome", [
    (["name=x", "status=503"], "NO_GO"),
    (["name=unwanted"], "NO_GO"),
    (["name=x", "cancel=x"], "CANCELLED"),
])
def test_carry_is_not_called_for_refused_tasks(server, words, outcome):
    """`over` then gets what was recorded."""
    name, *rest = words
    answer = server.ask("/probe", play(name, "keep=carry", "text=recorded",
                                       "defer=2", *rest))
    assert server.ledger.outcomes(answer.tag, 2) == {outcome: 2}
    overs = server.ledger.lines(event="over", tag=answer.tag)
    assert {(line.text, line.carried_status) for line in overs} == {
        ("recorded", 0)}
    assert not server.ledger.lines(event="carry", tag=answer.tag)


@pytest.mark.plain
def test_carry_may_answer_null(server):
    answer = server.ask("/probe", play("keep=nothing", "defer=2"))
    assert server.ledger.outcomes(answer.tag, 2) == {"RAN": 2}
    starts = server.ledger.lines(event="start", tag=answer.tag)
    assert [line.data for line in starts] == ["nothing", "nothing"]
    assert len(server.ledger.lines(event="carry", tag=answer.tag)) == 2


@pytest.mark.plain
def test_a_task_without_options_or_data(server):
    answer = server.ask("/probe", "bare=3")
    assert server.ledger.outcomes(answer.tag, 3) == {"RAN": 3}
    starts = server.ledger.lines(event="start", tag=answer.tag)
    assert {(line.task, line.data) for line in starts} == {("-", "nothing")}
