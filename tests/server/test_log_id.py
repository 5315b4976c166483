# SPDX-License-Identifier: Apache-2.0
"""Which request it was: lines about tasks have its log id, as the access log
has it, at the default LogLevel, too; and its host, client and traceparent."""

import re

import pytest

from client import new_tag
from ledger import wait_until

ANY_MPM = True

TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

CONFIG = """
LogFormat "%<q %L" ids
CustomLog "${ROOT}/access_log" ids
CrosstownThreads 1 4
"""

WHOSE = r"\(log id (\S+), host localhost, client 127\.0\.0\.1%s\)"


def logged_id(server, tag):
    line, = wait_until(
        lambda: [line for line in server.access_log() if tag in line],
        lambda: "%s in the access log" % tag)
    return line.split()[-1]


@pytest.mark.parametrize("trace", [TRACE, None])
@pytest.mark.parametrize("modules", [(), ("unique_id",)])
def test_a_failure(make_server, modules, trace):
    server = make_server(CONFIG, modules=modules)
    headers = {"traceparent": trace} if trace else {}
    answer = server.ask("/probe", "name=bad&fail=20014&defer=1",
                        headers=headers)
    line, = server.error_log.expect(
        r'CT01301: task "bad" failed after 200 for GET /probe ' + WHOSE
        % (", traceparent " + TRACE if trace else ""))
    ident = re.search(r"log id ([^,]+),", line)[1]
    assert ident != "-" and ident == logged_id(server, answer.tag)


def test_an_internal_redirect_and_a_sub_request(make_server):
    """It is the client's request that is named."""
    server = make_server(CONFIG)
    for script in ("redirect=/probe", "sub=/probe"):
        answer = server.ask("/probe", "name=bad&fail=20014&defer=1&" + script)
        line = server.error_log.expect(r"CT01301:")[0]
        assert "log id %s," % logged_id(server, answer.tag) in line
        server.error_log.allow(r"CT01301:")


def test_a_rejection(make_server):
    server = make_server(CONFIG + "CrosstownQueue 1\n")
    answer = server.ask("/probe", "name=x&defer=2")
    line, = server.error_log.expect(
        r'CT01304: task "x" for GET /probe %s rejected: the queue is full '
        r"\(CrosstownQueue 1\)" % WHOSE % "")
    assert "log id %s," % logged_id(server, answer.tag) in line


def test_each_rejection(make_server):
    """At info a line of the access log leads to each task that was rejected
    in the end, also while CT01304 is held back."""
    server = make_server(CONFIG + "CrosstownThreads 1 1\nCrosstownQueue 1\n"
                         "LogLevel crosstown:info\n")
    server.error_log.allow(r"CT0130[45]:")
    with server.visit() as visitor:    # of one child
        held = visitor.ask("/probe", "name=held&gate=open&defer=1")
        server.ledger.wait(event="start", tag=held.tag)
        waits = visitor.ask("/probe", "name=x&defer=1")
        tags = [visitor.ask("/probe", "name=x&defer=%d" % count).tag
                for count in range(1, 9)]
    for count, tag in enumerate(tags, 1):
        assert server.ledger.outcomes(tag, count) == {"REJECTED": count}
    rejected = re.compile(r'CT013(?:04|11): task "x" for GET /probe \(log id '
                          r"([^,]+), .* rejected: the queue is full")
    wait_until(lambda: len(server.error_log.find("CT01304:"))
               + len(server.error_log.find("CT01311:")) == 36, "36 lines")
    lines = [rejected.search(line)[1] for _, line in
             server.error_log.find(r"CT013(04|11):")]
    for count, tag in enumerate(tags, 1):
        assert lines.count(logged_id(server, tag)) == count
    assert logged_id(server, waits.tag) not in lines
    assert server.error_log.find(r"\[crosstown:info\].*CT01311:")
    server.open_gate("open")
    assert server.ledger.outcomes(waits.tag, 1) == {"RAN": 1}


def test_slow_and_left_behind(make_server):
    """mod_unique_id's ids are longer than the server's own."""
    server = make_server(CONFIG + "CrosstownSlowTask 1\nCrosstownDrain 0\n",
                         modules=("unique_id",))
    gate = new_tag()
    whose = WHOSE % (", traceparent " + TRACE)
    held = server.ask("/probe", "name=held&keep=copy&gate=%s&defer=1" % gate,
                      headers={"traceparent": TRACE})
    ident = logged_id(server, held.tag)
    line, = server.error_log.expect(
        r'CT01701: task "held" after 200 for /probe %s has been' % whose)
    assert "log id %s," % ident in line
    server.open_gate(gate)
    line, = server.error_log.expect(
        r'CT01703: task "held" after 200 for /probe %s is over' % whose)
    assert "log id %s," % ident in line
    stuck = server.ask("/probe", "name=stuck&keep=copy&gate=never&defer=1",
                       headers={"traceparent": TRACE})
    server.ledger.wait(event="start", tag=stuck.tag)
    ident = logged_id(server, stuck.tag)
    server.error_log.allow(r"CT0170[13]:")
    server.error_log.allow(r"CT01401:")
    server.stop()
    (_, line), = server.error_log.find(
        r'CT01401: .*task "stuck" after 200 for /probe %s for' % whose)
    assert "log id %s," % ident in line


def test_the_first_line_of_a_request(make_server):
    """`ErrorLogFormat request` is written with the first line that the server
    logs for a request; that the module wants an id does not take it away."""
    server = make_server(CONFIG + 'ErrorLogFormat request "first of %L"\n')
    answer = server.ask("/probe", "name=bad&fail=20014&defer=1&"
                        "no_go=sixxx&defer=1")
    server.error_log.expect(r"CT01102:")
    line = server.error_log.expect(r"CT01301:")[0]
    ident = logged_id(server, answer.tag)
    assert ident != "-" and "log id %s," % ident in line
    assert len(server.error_log.find("^first of %s$" % re.escape(ident))) == 1
    quiet = server.ask("/probe", "defer=1")
    server.ledger.outcomes(quiet.tag, 1)
    assert logged_id(server, quiet.tag) != "-"
    assert len(server.error_log.find("^first of ")) == 1


def test_they_look_like_the_servers_own(make_server):
    """Of children and threads alike no two are the same."""
    server = make_server(CONFIG)
    asked = [server.ask("/probe", "defer=1").tag for _ in range(20)]
    ids = {logged_id(server, tag) for tag in asked}
    assert len(ids) == len(asked)
    assert all(re.fullmatch(r"[A-Za-z0-9+/]{11}", one) for one in ids)


def test_another_modules(make_server):
    server = make_server(CONFIG, modules=("unique_id",))
    answer = server.ask("/probe", "defer=1")
    start, = server.ledger.wait(event="start", tag=answer.tag)
    assert start.log_id == start.unique_id == logged_id(server, answer.tag)
