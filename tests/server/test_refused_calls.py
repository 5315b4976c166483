# SPDX-License-Identifier: Apache-2.0
"""What the API refuses, with which status, and what the error log says."""

import pytest

from client import play

ANY_MPM = True

CONFIG = ""

WRONG = {
    "no_request": "EINVAL",
    "no_function": "EINVAL",
    "no_data": "EINVAL",
    "carry_and_copy": "EINVAL",
    "endless": "EINVAL",
    "submit_endless": "EINVAL",
    "submit_no_function": "EINVAL",
    "submit_no_data": "EINVAL",
}


@pytest.mark.parametrize("call", WRONG)
def test_wrong_arguments(server, call):
    """The good task beside it is not touched; asking no request answers 0."""
    server.error_log.allow(r"\[crosstown:(error|warn)\]")
    answer = server.ask("/probe", play("defer=1", "wrong=" + call, "count=1",
                                       "defer=1"))
    assert answer.status == 200
    assert server.ledger.outcomes(answer.tag, 2) == {"RAN": 2}
    line, = server.ledger.lines(event=call, tag=answer.tag)
    assert line.answer == WRONG[call]
    counted, = server.ledger.lines(event="count", tag=answer.tag)
    assert counted.count == 1
    nowhere, = server.ledger.lines(event="nowhere", tag=answer.tag)
    assert nowhere.count == 0


@pytest.mark.parametrize("words", ["sixxx", "405-400", "600", "none 404",
                                   "99", "400-", "4xx;5xx"])
def test_words_that_do_not_parse(server, words):
    """The error log names the word."""
    answer = server.ask("/probe", play("name=odd", "no_go=" + words,
                                       "defer=1", "no_go=none", "defer=1"))
    line, = server.error_log.expect(r"\[crosstown:error\].*crosstown_defer")
    assert words.split()[0].split(";")[0] in line
    bad, good = server.ledger.wait(2, event="record", tag=answer.tag)
    assert (bad.answer, good.answer) == ("EINVAL", "SUCCESS")
    assert server.ledger.outcomes(answer.tag, 1) == {"RAN": 1}


def test_too_late(server):
    """A task that is recorded behind the dispatch of its response."""
    answer = server.ask("/probe", "defer=1&late=2")
    lines = server.ledger.wait(2, event="record", tag=answer.tag, task="late")
    assert [line.answer for line in lines] == ["EOF", "EOF"]
    assert server.ledger.outcomes(answer.tag, 1) == {"RAN": 1}


def test_late_but_the_first_of_its_request(server):
    """Nothing was dispatched before: it is, with the request's end."""
    answer = server.ask("/probe", "late=2")
    assert server.ledger.outcomes(answer.tag, 2) == {"RAN": 2}
    logged, = server.ledger.lines(event="logged", tag=answer.tag)
    starts = server.ledger.lines(event="start", tag=answer.tag)
    assert all(line.ns > logged.ns for line in starts)


def test_no_submitting_in_the_parent(make_server):
    """There is no child process, so no thread may be made."""
    server = make_server("ProbeParentSubmits On\n")
    line, = server.ledger.lines(event="parent_submit")
    assert line.answer == "EINVAL"
    server.error_log.expect(r"\[crosstown:error\].*not a child process")
