# SPDX-License-Identifier: Apache-2.0
"""HTTP/2: tasks follow END_STREAM, and completed answers count as such."""

import subprocess

import pytest

from client import new_tag, play
from h2_client import H2Visitor
from h2_server import CONFIG as BOTH
from h2_server import (OPTIONS, after_resets, prepare, stays_unstarted,
                       wait_for)

__all__ = ["OPTIONS", "prepare"]

CONFIG = BOTH + """
CrosstownThreads 1 4
<Location "/probe/skip">
    CrosstownOnAbort skip
</Location>
"""


def run(*command):
    done = subprocess.run(command, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=60)
    assert done.returncode == 0, done.stdout
    return done.stdout


def url(server, scheme, tag, script):
    return "%s://127.0.0.1:%d/probe?tag=%s&%s" % (
        scheme, server.ports[scheme == "https"], tag, script)


@pytest.mark.parametrize("scheme,how", [
    ("http", "--http2"), ("http", "--http2-prior-knowledge"),
    ("https", "--http2")])
def test_curl(server, mpm, scheme, how):
    tag = new_tag()
    text = run("curl", "-sSk", how, "-w", "%{http_version} %{http_code}",
               url(server, scheme, tag, "size=5000&defer=3"))
    # Under prefork mod_http2 serves those who insist, but offers nothing.
    plain = mpm == "prefork" and how == "--http2"
    assert text.endswith("1.1 200" if plain else "2 200")
    assert server.ledger.outcomes(tag, 3) == {"RAN": 3}
    start, *_ = server.ledger.lines(event="start", tag=tag)
    assert (start.status, start.aborted) == (200, 0)
    assert start.received <= start.sent <= start.wall


@pytest.mark.parametrize("scheme,load", [
    ("http", "-n 400 -c 1 -m 1"), ("https", "-n 400 -c 1 -m 1"),
    ("http", "-n 400 -c 2 -m 10")])
@pytest.mark.case(1, shows="event")
def test_no_answer_is_taken_for_aborted(server, scheme, load):
    """Facts' case 1: httpd calls every fifth of them aborted."""
    tag = new_tag()
    text = run("h2load", *load.split(),
               url(server, scheme, tag, "size=1024&defer=1"))
    assert "400 succeeded" in text
    assert server.ledger.outcomes(tag, 400) == {"RAN": 400}
    aborted = sum(line.aborted for line in server.ledger.lines(
        event="done", tag=tag))
    assert aborted == 0


@pytest.mark.case(22, shows="event", naive="at-eos")
def test_no_start_before_the_window_opens(server):
    """Facts' case 22: a window of 100 bytes, 40 KB of body."""
    with H2Visitor(server.port, window=100) as visitor:
        number, stream = visitor.send_and_read(
            "/probe", "size=40000&defer=2", 100)
        stays_unstarted(server, [stream])
        visitor.widen(number, 39000)
        visitor.pump_until(lambda: len(stream.body) == 39100)
        assert not server.ledger.lines(event="start", tag=stream.tag)
        visitor.widen(number, 39000)
        visitor.pump_until(lambda: stream.ended)
        assert len(stream.body) == 40000
        wait_for(server, stream.tag, 2, visitor)
        assert server.ledger.outcomes(stream.tag, 2) == {"RAN": 2}


@after_resets
@pytest.mark.parametrize("path,outcome", [
    ("/probe", "RAN"), ("/probe/skip", "NO_GO")])
@pytest.mark.case(19)
def test_reset_stream(server, path, outcome):
    """Facts' case 19: it counts as aborted, its connection goes on."""
    with H2Visitor(server.port, window=100) as visitor:
        number, stream = visitor.send_and_read(path, "size=40000&defer=2", 100)
        visitor.reset(number)
        wait_for(server, stream.tag, 2, visitor)
        assert server.ledger.outcomes(stream.tag, 2) == {outcome: 2}
        assert {line.aborted for line in server.ledger.lines(
            event="done", tag=stream.tag)} == {1}
        after = visitor.ask("/probe", "set_status=201&defer=1")
        assert after.status == 201
        wait_for(server, after.tag, 1, visitor)
        assert server.ledger.outcomes(after.tag, 1) == {"RAN": 1}


def test_dropped_connection(server):
    with H2Visitor(server.port, window=100) as visitor:
        streams = [visitor.streams[visitor.send(
            path, "size=40000&defer=2")] for path in ("/probe", "/probe/skip")]
        visitor.pump_until(lambda: all(len(stream.body) == 100
                                       for stream in streams))
    for stream, outcome in zip(streams, ("RAN", "NO_GO")):
        assert server.ledger.outcomes(stream.tag, 2) == {outcome: 2}


def test_same_thread_goes_to_the_pool(server):
    """A stream's end is not the place to stay: others wait behind it."""
    with H2Visitor(server.port) as visitor:
        gate = new_tag()
        held = visitor.ask("/probe", play("same=1", "gate=" + gate,
                                          "defer=2"))
        wait_for(server, held.tag, 2, visitor, "start")
        start, *_ = server.ledger.lines(event="start", tag=held.tag)
        for _ in range(5):
            assert visitor.ask("/probe", "set_status=202").status == 202
        assert not server.ledger.lines(event="end", tag=held.tag)
        server.open_gate(gate)
        assert server.ledger.outcomes(held.tag, 2) == {"RAN": 2}
        logged, = server.ledger.lines(event="logged", tag=held.tag)
        assert start.tid != logged.tid


def test_overflow_is_rejected_even_where_inline_is_allowed(make_server):
    server = make_server(
        "Protocols h2c\nH2Direct On\nCrosstownThreads 1 1\n"
        "CrosstownQueue 2\nCrosstownOverflow inline\n", modules=("http2",),
        workers=4)
    server.error_log.allow(r"\[crosstown:(warn|error)\]")
    with H2Visitor(server.port) as visitor:
        held = visitor.ask("/probe", "gate=h2&defer=1")
        wait_for(server, held.tag, 1, visitor, "start")
        answer = visitor.ask("/probe", "defer=5")
        wait_for(server, answer.tag, 3, visitor)
        assert server.ledger.outcomes(answer.tag, 3) == {"REJECTED": 3}
        server.open_gate("h2")
        assert server.ledger.outcomes(answer.tag, 5) == {
            "REJECTED": 3, "RAN": 2}


def test_many_streams_at_once(server):
    """Each answer's tasks know their own answer."""
    with H2Visitor(server.port) as visitor:
        numbers = [visitor.send("/probe", "set_status=%d&keep=carry&defer=2"
                                % (200 + index % 4)) for index in range(40)]
        streams = [visitor.streams[number] for number in numbers]
        visitor.pump_until(lambda: all(stream.ended for stream in streams))
        for index, stream in enumerate(streams):
            assert stream.status == 200 + index % 4
            wait_for(server, stream.tag, 2, visitor)
            assert server.ledger.outcomes(stream.tag, 2) == {"RAN": 2}
    for index, stream in enumerate(streams):
        assert {line.status for line in server.ledger.lines(
            event="start", tag=stream.tag)} == {200 + index % 4}
