# SPDX-License-Identifier: Apache-2.0
"""HTTP/2: a connection that is lost takes the answers with it that were not
out, and no others."""

import os
import socket

import pytest

from client import new_tag
from h2_client import H2Visitor
from h2_server import (ABORTED, ANSWERED, CONFIG, OPTIONS, connect, ends,
                       prepare)
from ledger import wait_until

__all__ = ["CONFIG", "OPTIONS", "connect", "prepare"]

HANG_UPS = ["close", "hang_up"]


def three_stages(server, visitor, gate):
    """One stream that is answered, one that is on its way, one whose handler
    is still at work."""
    whole = visitor.ask("/probe", "size=90&defer=2")
    part = visitor.streams[visitor.send("/probe", "size=5000&defer=2")]
    visitor.pump_until(lambda: len(part.body) == 100)
    none = visitor.streams[visitor.send("/probe", "defer=2&hold=" + gate)]
    server.ledger.wait(event="hold", tag=none.tag)
    return whole, part, none


@pytest.mark.parametrize("how", HANG_UPS)
def test_closed_in_the_middle(server, connect, how):
    gate = new_tag()
    visitor = connect(window=100)
    whole, part, none = three_stages(server, visitor, gate)
    getattr(visitor, how)()
    server.open_gate(gate)
    assert ends(server, whole, 2) == ANSWERED
    assert ends(server, part, 2) == ABORTED
    assert ends(server, none, 2) == ABORTED


@pytest.mark.parametrize("how", HANG_UPS)
def test_closed_right_after_the_last_frame(server, connect, how):
    for _ in range(20):
        visitor = connect()
        stream = visitor.ask("/probe", "size=2000&defer=2")
        getattr(visitor, how)()
        assert ends(server, stream, 2) == ANSWERED


def test_half_closed(server, connect):
    """The client will not say a word more. What it was given until the server
    gave up is what counts."""
    gate = new_tag()
    with connect(window=100) as visitor:
        streams = three_stages(server, visitor, gate)
        visitor.half_close()
        server.open_gate(gate)
        try:
            visitor.pump_until_closed()
        except OSError:
            pass
        for stream in streams:
            assert ends(server, stream, 2) == (
                ANSWERED if stream.ended else ABORTED)


def test_goodbye_with_open_streams(server, connect):
    """A client that says GOAWAY still wants what it has asked for. httpd
    2.4.71 lets it have that; 2.4.68 hangs up at once."""
    with connect(window=100) as visitor:
        number, stream = visitor.send_and_read(
            "/probe", "size=5000&defer=2", 100)
        visitor.say_goodbye()
        visitor.quiet()
        if server.ledger.lines(event="start", tag=stream.tag):
            # Nothing but the connection's end can have started them.
            visitor.pump_until_closed()
        elif not visitor.closed:
            visitor.widen(number, 5000)
            visitor.pump_until(lambda: stream.ended or visitor.closed,
                               may_close=True)
        assert ends(server, stream, 2) == (ANSWERED if stream.ended
                                           else ABORTED)


def test_no_longer_tls(server, mpm, trusting_tls):
    """A window opens, and what follows in the same breath is not TLS."""
    if mpm == "prefork":
        pytest.skip("under prefork mod_http2 offers nothing over TLS")
    for _ in range(10):
        visitor = H2Visitor(server.ports[1], tls=trusting_tls, window=100)
        _, stream = visitor.send_and_read("/probe", "size=5000&defer=2", 100)
        plain = socket.socket(fileno=os.dup(visitor.socket.fileno()))
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 1)
        visitor.widen_all(6000)
        plain.sendall(b"this is no record of TLS at all" * 4)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 0)
        plain.close()
        try:
            visitor.pump_until_closed()
        except OSError:
            pass
        assert ends(server, stream, 2) == (ANSWERED if stream.ended
                                           else ABORTED)
        visitor.close()


def test_server_gives_up(make_server):
    """Nothing is read for longer than Timeout."""
    server = make_server("Protocols h2c\nH2Direct On\nTimeout 2\n",
                         modules=("http2",))
    with H2Visitor(server.port, window=100) as visitor:
        whole = visitor.ask("/probe", "size=100&defer=2")
        stream = visitor.streams[visitor.send("/probe", "size=5000&defer=2")]
        visitor.pump_until_closed()
        assert visitor.goaway
        assert ends(server, whole, 2) == ANSWERED
        assert ends(server, stream, 2) == ABORTED


def test_idle_connection_is_closed(make_server):
    """Its streams are long over by then; nothing happens again."""
    server = make_server("Protocols h2c\nH2Direct On\nKeepAliveTimeout 1\n",
                         modules=("http2",))
    with H2Visitor(server.port) as visitor:
        streams = [visitor.ask("/probe", "size=100&defer=2")
                   for _ in range(10)]
        visitor.pump_until_closed()
    wait_until(lambda: all(server.ledger.lines(event="logged", tag=s.tag)
                           for s in streams), "all requests to be logged")
    for stream in streams:
        assert ends(server, stream, 2) == ANSWERED
