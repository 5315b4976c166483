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


def test_the_rest_is_told_by_an_idle_child(make_server):
    """Within seconds; nobody else comes, and no task ends meanwhile."""
    server = make_server()
    server.error_log.allow(r"CT0130[13]:")
    answer = server.ask("/probe", play("name=flood", "fail=2", "keep=copy",
                                       "defer=200"))
    server.ledger.outcomes(answer.tag, 200)
    wait_until(lambda: sum(lines_about(server, "flood")) == 200,
               lambda: "the rest: %r" % (lines_about(server, "flood"),))
    server.error_log.allow(r"CT0130[13]:")


REJECTED = [
    ("CrosstownQueue 1\n", r'CT01304: task "mail" .* rejected: the queue is '
     r"full \(CrosstownQueue 1\)",
     r'CT01305: (\d+) more rejection\(s\) of task "mail" '),
    ("CrosstownLimit mail queue=1\n", r'CT01304: task "mail" .* rejected: '
     r'CrosstownLimit "mail" queue=1 is reached',
     r'CT01307: (\d+) more rejection\(s\) of task "mail" .*: CrosstownLimit '
     r'"mail" queue=1 is reached')]


@pytest.mark.parametrize("config,single,more", REJECTED)
def test_rejections_too(make_server, config, single, more):
    """With the name, and with what has rejected them."""
    server = make_server("CrosstownThreads 1 1\n" + config)
    server.error_log.allow(r"CT0130[457]:")
    answer = server.ask("/probe", play("name=mail", "keep=copy", "defer=30"))
    assert server.ledger.outcomes(answer.tag, 30) == {"RAN": 1,
                                                      "REJECTED": 29}

    def told():
        return len(server.error_log.find(single)) + sum(
            int(re.search(more, line)[1])
            for _, line in server.error_log.find(more))

    wait_until(lambda: told() == 29, lambda: "29, not %d" % told())
    server.error_log.allow(r"CT0130[457]:")


def test_deferreds_that_fail(make_server):
    """Failures that nobody handles, by the thousand."""
    server = make_server()
    server.error_log.allow(r"CT016(01|10):")
    assert server.ask("/probe-later?how=forget&fail=20014&rounds=1000"
                      ).status == 200
    more = r"\[crosstown:error\].*CT01610: (\d+) more failure\(s\) that nobody"

    def told():
        return len(server.error_log.find(r"CT01601:")) + sum(
            int(re.search(more, line)[1])
            for _, line in server.error_log.find(more))

    wait_until(lambda: told() == 1000, lambda: "1000, not %d" % told())
    assert 5 <= len(server.error_log.find(r"CT01601:")) <= 500
    server.error_log.allow(r"CT016(01|10):")


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
    """At info, one line a second and the number of the rest; what the drain
    does has a line of its own."""
    server = make_server("CrosstownThreads 1 1\nCrosstownDrain 0\n")
    answer = server.ask("/probe", "name=stuck&gate=never&keep=copy&defer=50")
    server.ledger.wait(event="start", tag=answer.tag)
    server.error_log.allow(r"CT01401: the child stops: 49 waiting")
    server.stop()
    single = server.error_log.find(
        r'\[crosstown:info\].*CT01306: task "stuck" for GET /probe \(.*\) '
        "stopped with its child")
    more = [int(re.search(r"CT01308: (\d+) more", line)[1]) for _, line in
            server.error_log.find(r'CT01308: \d+ more stopped .*"stuck"')]
    assert 1 <= len(single) <= 5
    assert len(single) + sum(more) == 50
