# SPDX-License-Identifier: Apache-2.0
"""The optional hooks collect, admit and done, and recording from other hooks
of httpd."""

import pytest

from client import play

CONFIG = ""


def test_collect_sees_every_request(server):
    """Also one that recorded nothing; once, with the final status."""
    for script, status in (("", 200), ("status=404", 404),
                           ("redirect=/missing", 404), ("defer=1", 200)):
        answer = server.ask("/probe", script)
        line, = server.ledger.wait(event="collect", tag=answer.tag)
        assert (line.status, line.is_root) == (status, 1)
        assert len(server.ledger.lines(event="collect", tag=answer.tag)) == 1


@pytest.mark.plain
@pytest.mark.parametrize("where", ["post_read_request", "fixups", "collect",
                                   "log"])
def test_recorded_in_another_hook(server, where):
    answer = server.ask("/probe", "where=%s&defer=3" % where)
    assert server.ledger.outcomes(answer.tag, 3) == {"RAN": 3}


def test_what_collect_records_is_judged_too(server):
    answer = server.ask("/probe", play(
        "where=collect", "no_go=200", "name=never", "defer=1", "no_go=5xx",
        "name=unwanted", "defer=1", "name=welcome", "defer=1"))
    assert server.ledger.outcomes(answer.tag, 3) == {"RAN": 1, "NO_GO": 2}
    start, = server.ledger.lines(event="start", tag=answer.tag)
    assert start.task == "welcome"


def test_admit_is_asked_about_tasks_that_would_run(server):
    """Not about those that the status words have refused already."""
    answer = server.ask("/probe", play(
        "name=guest", "defer=1", "name=unwanted", "defer=2", "no_go=200",
        "name=never", "defer=1"))
    assert server.ledger.outcomes(answer.tag, 4) == {"RAN": 1, "NO_GO": 3}
    asked = server.ledger.lines(event="admit", tag=answer.tag)
    assert [line.task for line in asked] == ["guest", "unwanted", "unwanted"]
    assert {line.is_root for line in asked} == {1}
    logged, = server.ledger.lines(event="logged", tag=answer.tag)
    assert {line.tid for line in asked} == {logged.tid}


@pytest.mark.plain
def test_done_follows_over(server):
    """Once each per task, whatever its end."""
    answer = server.ask("/probe", play(
        "name=ran", "defer=2", "name=unwanted", "defer=2", "name=gone",
        "defer=2", "cancel=gone"))
    server.ledger.outcomes(answer.tag, 6)
    for name in ("ran", "unwanted", "gone"):
        kinds = [line.event for line in server.ledger.lines(tag=answer.tag,
                                                            task=name)
                 if line.event in ("over", "done")]
        assert kinds.count("over") == kinds.count("done") == 2
        assert kinds[0] == "over" and kinds[-1] == "done"
