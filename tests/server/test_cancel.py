# SPDX-License-Identifier: Apache-2.0
"""Cancelling what was recorded and not dispatched yet."""

from client import play

CONFIG = ""


def numbers(server, tag):
    return [(line.event, line.count) for line in server.ledger.lines(tag=tag)
            if line.event in ("cancel", "count")]


def test_by_name(server):
    answer = server.ask("/probe", play(
        "name=a", "defer=3", "name=b", "defer=2", "name=a", "defer=1",
        "count=1", "cancel=a", "count=1", "cancel=a", "cancel=nobody"))
    assert server.ledger.outcomes(answer.tag, 6) == {"CANCELLED": 4, "RAN": 2}
    assert numbers(server, answer.tag) == [
        ("count", 6), ("cancel", 4), ("count", 2), ("cancel", 0),
        ("cancel", 0)]
    assert {line.task for line in server.ledger.lines(
        event="start", tag=answer.tag)} == {"b"}


def test_everything(server):
    answer = server.ask("/probe", play(
        "name=a", "defer=2", "name=b", "defer=2", "bare=1", "cancel_all=1",
        "count=1", "name=late", "defer=1"))
    assert server.ledger.outcomes(answer.tag, 6) == {"CANCELLED": 5, "RAN": 1}
    assert numbers(server, answer.tag) == [("cancel", 5), ("count", 0)]
    start, = server.ledger.lines(event="start", tag=answer.tag)
    assert start.task == "late"


def test_told_before_it_returns(server):
    """over, then the done hooks, then crosstown_cancel() answers; the data
    is what was recorded, or its copy."""
    answer = server.ask("/probe", play(
        "name=a", "keep=raw", "text=one", "defer=1", "keep=copy", "text=two",
        "defer=1", "keep=carry", "text=three", "defer=1", "cancel=a"))
    events = [line for line in server.ledger.wait(
        tag=answer.tag, event="logged") and server.ledger.lines(
            tag=answer.tag) if line.event in ("over", "done", "cancel")]
    assert [line.event for line in events] == ["over", "done"] * 3 + ["cancel"]
    assert [line.text for line in events if line.event == "over"] == [
        "one", "two", "three"]
    assert {line.outcome for line in events[:6]} == {"CANCELLED"}
    assert {line.result for line in events[:6]} == {"SUCCESS"}
    assert len({line.tid for line in events}) == 1
    assert {line.sent for line in events if line.event == "done"} == {0}
    assert not server.ledger.lines(tag=answer.tag, event="carry")


def test_tasks_without_a_name(server):
    """They are shown as "-" and cancelled only with everything."""
    answer = server.ask("/probe", play(
        "name=", "defer=2", "bare=1", "cancel=a", "count=1"))
    assert server.ledger.outcomes(answer.tag, 3) == {"RAN": 3}
    assert numbers(server, answer.tag) == [("cancel", 0), ("count", 3)]
    assert {line.task for line in server.ledger.lines(
        event="done", tag=answer.tag)} == {"-"}


def test_of_other_requests_nothing(server):
    """On one connection, one after the other."""
    with server.visit() as visitor:
        first = visitor.ask("/probe", "name=a&defer=2")
        second = visitor.ask("/probe", "name=a&cancel=a&cancel_all=1&count=1")
    assert server.ledger.outcomes(first.tag, 2) == {"RAN": 2}
    assert [count for _, count in numbers(server, second.tag)] == [0, 0, 0]
