# SPDX-License-Identifier: Apache-2.0
"""Failures by the thousand: some lines a second, and a number for the rest."""

import re

import pytest

from client import play
from ledger import wait_until

FAILED = r'CT01301: task "%s" failed after 200'
MORE = r'\[crosstown:error\].*CT01303: (\d+) more failure\(s\) of task "%s" '


def lines_about(server, name):
    """(lines of single failures, those that stand for more)"""
    single = server.error_log.find(FAILED % name)
    more = server.error_log.find(MORE % name)
    return len(single), sum(int(re.search(MORE % name, line).group(1))
                            for _, line in more)


@pytest.mark.parametrize("same", [0, 1])
def test_every_failure_is_in_the_books(make_server, same):
    """Single lines and numbers come to the sum, at the latest when the child
    stops; and they are few."""
    server = make_server()
    server.error_log.allow(r"CT0130[13]:")
    answer = server.ask("/probe", play("name=flood", "fail=2", "same=%d"
                                       % same, "keep=copy", "defer=1000"))
    assert server.ledger.outcomes(answer.tag, 1000) == {"RAN": 1000}
    server.error_log.allow(r"CT0130[13]:")
    server.stop()
    single, more = lines_about(server, "flood")
    assert single + more == 1000
    assert 5 <= single <= 500


def test_the_rest_is_told_when_others_end(make_server):
    """Not only when a next one fails or the child stops."""
    server = make_server()
    server.error_log.allow(r"CT0130[13]:")
    answer = server.ask("/probe", play("name=flood", "fail=2", "keep=copy",
                                       "defer=200"))
    server.ledger.outcomes(answer.tag, 200)

    def told():
        server.ask("/probe", "name=fine&defer=1")
        return sum(lines_about(server, "flood")) == 200

    wait_until(told, lambda: "the rest: %r" % (lines_about(server, "flood"),))
    server.error_log.allow(r"CT0130[13]:")


def test_one_name_does_not_hide_another(make_server):
    server = make_server()
    server.error_log.allow(r"CT0130[13]:")
    answer = server.ask("/probe", play(
        "name=flood", "fail=2", "keep=copy", "defer=500", "name=rare",
        "defer=2"))
    server.ledger.outcomes(answer.tag, 502)
    server.error_log.expect(FAILED % "rare", 2)
    server.error_log.allow(r"CT0130[13]:")


def test_more_names_than_are_told_apart(make_server):
    """The books still close."""
    server = make_server("CrosstownThreads 1 1\n")
    server.error_log.allow(r"CT0130[13]:")
    with server.visit() as visitor:
        tags = [visitor.ask("/probe", play("name=name%d" % i, "fail=2",
                                           "keep=copy", "defer=3")).tag
                for i in range(90)]
    for tag in tags:
        server.ledger.outcomes(tag, 3)
    server.error_log.allow(r"CT0130[13]:")
    server.stop()
    single = len(server.error_log.find(r'CT01301: task "name\d+" failed'))
    more = sum(int(re.search(r"CT01303: (\d+)", line).group(1))
               for _, line in server.error_log.find(r"CT01303:"))
    assert single + more == 270


def test_a_stop_names_what_it_drops(make_server):
    """At info, one line a second; the sum has a line of its own."""
    server = make_server("CrosstownThreads 1 1\nCrosstownDrain 0\n")
    answer = server.ask("/probe", "name=stuck&gate=never&keep=copy&defer=50")
    server.ledger.wait(event="start", tag=answer.tag)
    server.error_log.allow(r"CT01401: the child stops: 49 waiting")
    server.stop(deadline=8)
    lines = server.error_log.find(r"\[crosstown:info\].*CT01306: \d+ "
                                  r'task\(s\) stopped.*"stuck" for GET /probe')
    assert 1 <= len(lines) <= 5
