# SPDX-License-Identifier: Apache-2.0
"""`LogLevel crosstown:debug` follows tasks through their request, trace1 to
their end; every line has the request's log id."""

import re

import pytest

from client import play
from ledger import wait_until

CONFIG = """
LogLevel crosstown:%s
CrosstownThreads 1 1
<Location "/probe/quiet">
    LogLevel crosstown:info
</Location>
<Location "/probe/off">
    Crosstown Off
</Location>
"""

TRACE = re.compile(r"\[crosstown:(debug|trace1)\].* (CT0190\d): (.*)")


def traced(server, last):
    """What is said, once that has been: [(level, id, words)]"""
    def lines():
        found = [TRACE.search(line) for line in server.error_log.lines()]
        return [match.groups() for match in found if match]

    wait_until(lambda: any(last in words for _, _, words in lines()),
               lambda: "%r; there is %r" % (last, lines()))
    return lines()


def log_id(words):
    return re.search(r"\(log id (\S+)\)$", words).group(1)


def test_debug(make_server):
    server = make_server(CONFIG % "debug")
    answer = server.ask("/probe", play(
        "name=runs", "no_go=none", "defer=1", "name=refused", "no_go=200",
        "defer=1", "no_go=none", "name=mine", "same=1", "defer=1"))
    server.ledger.outcomes(answer.tag, 3)
    lines = traced(server, '"mine" is called')
    ids = {log_id(words) for _, number, words in lines if number != "CT01901"}
    assert len(ids) == 1 and "-" not in ids
    assert {level for level, _, _ in lines} == {"debug"}
    said = [words.split(" (log")[0] for _, _, words in lines]
    assert said == [
        "GET /probe records tasks", 'task "runs" is recorded',
        'task "refused" is recorded', 'task "mine" is recorded',
        'task "refused" is refused: status, the status is 200',
        'task "runs" is queued',
        'task "mine" is called on the request\'s thread']


@pytest.mark.parametrize("path,script,why", [
    ("/probe/off", "name=x&defer=1", "off, the status is 200"),
    ("/probe", "name=x&defer=1&status=410", "status, the status is 410")])
def test_why_it_is_refused(make_server, path, script, why):
    server = make_server(CONFIG % "debug")
    server.ask(path, script)
    assert traced(server, 'task "x" is refused: ' + why)


def test_trace1(make_server):
    """Start and end, with the log id of the request."""
    server = make_server(CONFIG % "trace1")
    answer = server.ask("/probe", play("name=one", "defer=1", "name=bad",
                                       "fail=2", "defer=1"))
    server.ledger.outcomes(answer.tag, 2)
    server.error_log.expect(r'CT01301: task "bad" failed')
    lines = traced(server, 'task "bad" ran')
    ids = {log_id(words) for _, number, words in lines if number != "CT01901"}
    assert len(ids) == 1
    said = [(level, number, words.split(" (log")[0])
            for level, number, words in lines if level == "trace1"]
    assert [entry[1:] for entry in said] == [
        ("CT01905", 'task "one" starts'), ("CT01906", 'task "one" ran'),
        ("CT01905", 'task "bad" starts'), ("CT01906", 'task "bad" ran')]


def test_other_ends(make_server):
    server = make_server(CONFIG % "trace1")
    server.ask("/probe", play("name=a", "defer=1", "cancel=a", "name=b",
                              "no_go=200", "defer=1"))
    said = [words for _, _, words in traced(server, 'task "b" was refused')]
    assert any('task "a" was cancelled' in words for words in said)


def test_a_place_that_does_not_ask(make_server):
    """The level is that of the request's place."""
    server = make_server(CONFIG % "debug")
    server.ask("/probe/quiet", "name=quiet&defer=1&status=404")
    server.ask("/probe", "name=loud&defer=1&status=404")
    lines = traced(server, 'task "loud" is refused')
    assert not any("quiet" in words for _, _, words in lines)


def test_nobody_asks(make_server):
    """At the level that is usual there is not one line for a task."""
    server = make_server()
    answer = server.ask("/probe", "defer=1&no_go=200&defer=1")
    server.ledger.outcomes(answer.tag, 2)
    assert not server.error_log.find(r"CT01[1-9]\d\d:")
