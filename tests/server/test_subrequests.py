# SPDX-License-Identifier: Apache-2.0
"""Tasks that sub-requests record belong to the request of the client."""

import pytest

from client import play

CONFIG = """
<Location "/probe/strict">
    CrosstownNoGo 200
</Location>
"""


def sub(path, *words):
    return "sub=%s?%s" % (path, play(*words))


@pytest.mark.parametrize("keep", [
    pytest.param("raw", marks=pytest.mark.case(16, shows="event")),
    pytest.param("copy", marks=pytest.mark.case(16)),
    pytest.param("carry", marks=pytest.mark.case(16))])
def test_recorded_in_a_subrequest(server, keep):
    """Case 16: its memory is gone long before the task runs."""
    answer = server.ask("/probe", play(
        "name=main", "defer=1", sub("/probe/sub", "tag=inner", "name=sub",
                                    "keep=" + keep, "text=fresh", "defer=3"),
        "defer=1"))
    assert server.ledger.outcomes(answer.tag, 5) == {"RAN": 5}
    starts = [line for line in server.ledger.lines(event="start", tag="inner")
              if answer.tag in line.args]
    assert [line.index for line in sorted(starts, key=lambda x: x.index)] == [
        0, 1, 2]
    assert {line.text for line in starts} == {"fresh"}
    assert {(line.uri, line.status) for line in starts} == {("/probe", 200)}


def test_order_with_the_main_request(server):
    """In the order of recording, whoever records."""
    answer = server.ask("/probe", play(
        "same=1", "name=a", "defer=1",
        sub("/probe/sub", "tag=inner", "same=1", "name=b", "defer=1"),
        "name=c", "defer=1"))
    assert server.ledger.outcomes(answer.tag, 3) == {"RAN": 3}
    starts = [line for line in server.ledger.lines(event="start")
              if answer.tag in (line.args or "")]
    assert [line.task for line in starts] == ["a", "b", "c"]


def test_subrequest_that_is_only_looked_up(server):
    """Never run, but its fixups recorded something."""
    answer = server.ask("/probe", play(
        "where=fixups",
        sub("/probe/sub", "tag=inner", "where=fixups", "name=sub", "keep=copy",
            "defer=2")))
    assert server.ledger.outcomes(answer.tag, 2) == {"RAN": 2}


def test_subrequest_within_a_subrequest_after_a_redirect(server):
    inner = sub("/probe/2", "tag=deep", "name=deep", "keep=carry", "defer=1")
    answer = server.ask("/probe", play("redirect=/probe/1?" + play(
        "tag=middle", sub("/probe/sub", "tag=inner", inner))))
    assert answer.status == 200
    assert server.ledger.outcomes(answer.tag, 1) == {"RAN": 1}
    carry, = server.ledger.lines(event="carry", tag="deep")
    assert (carry.is_root, carry.uri) == (1, "/probe")


def test_the_section_of_the_subrequest_counts(server):
    """Its words; but the final status is the main request's."""
    answer = server.ask("/probe", play(
        "name=main", "defer=1",
        sub("/probe/strict", "tag=inner", "name=strict", "defer=1")))
    assert server.ledger.outcomes(answer.tag, 2) == {"RAN": 1, "NO_GO": 1}
    refused, = server.ledger.lines(event="done", tag=answer.tag,
                                   outcome="NO_GO")
    assert refused.task == "strict"


def test_counted_and_cancelled_from_a_subrequest(server):
    """All of the client's request, from wherever it is asked."""
    answer = server.ask("/probe", play(
        "name=a", "defer=2",
        sub("/probe/sub", "tag=inner", "name=a", "keep=copy", "defer=1",
            "count=1", "cancel=a", "count=1")))
    assert server.ledger.outcomes(answer.tag, 3) == {"CANCELLED": 3}
    found = [line for line in server.ledger.lines(tag="inner")
             if line.event in ("count", "cancel")][-3:]
    assert [(line.event, line.count) for line in found] == [
        ("count", 3), ("cancel", 3), ("count", 0)]
