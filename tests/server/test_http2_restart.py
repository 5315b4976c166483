# SPDX-License-Identifier: Apache-2.0
"""HTTP/2: a graceful restart lets open streams end, and their tasks run."""

import os
import signal

from h2_client import H2Visitor
from h2_server import ANSWERED, ends, stays_unstarted

HTTP2 = "Protocols h2c http/1.1\nH2Direct On\n"


def test_graceful_restart_with_open_streams(make_server):
    server = make_server(HTTP2, modules=("http2",), room=1)
    with H2Visitor(server.port, window=100) as visitor:
        whole = visitor.ask("/probe", "size=100&defer=2")
        numbers = [visitor.send("/probe", "size=5000&defer=2")
                   for _ in range(5)]
        streams = [visitor.streams[number] for number in numbers]
        visitor.pump_until(lambda: all(len(stream.body) == 100
                                       for stream in streams))
        server.graceful()
        stays_unstarted(server, streams, 0.3)
        for number in numbers:
            visitor.widen(number, 5000)
        visitor.pump_until(lambda: all(stream.ended for stream in streams))
        for stream in [whole, *streams]:
            assert ends(server, stream, 2, visitor) == ANSWERED
    with H2Visitor(server.port) as visitor:
        after = visitor.ask("/probe", "size=100&defer=2")
        assert ends(server, after, 2, visitor) == ANSWERED


def test_restart_while_handlers_work(make_server):
    server = make_server(HTTP2, modules=("http2",), room=1)
    with H2Visitor(server.port) as visitor:
        numbers = [visitor.send("/probe", "hold=door&size=700&defer=2")
                   for _ in range(3)]
        streams = [visitor.streams[number] for number in numbers]
        for stream in streams:
            server.ledger.wait(event="hold", tag=stream.tag)
        server.graceful()
        server.open_gate("door")
        visitor.pump_until(lambda: all(stream.ended for stream in streams))
        for stream in streams:
            assert ends(server, stream, 2, visitor) == ANSWERED


def test_graceful_stop_with_an_open_stream(make_server):
    server = make_server(HTTP2, modules=("http2",))
    with H2Visitor(server.port, window=100) as visitor:
        number, stream = visitor.send_and_read(
            "/probe", "size=5000&defer=2", 100)
        os.kill(server.process.pid, signal.SIGWINCH)
        server.error_log.expect(r"AH00492|shutting down gracefully", 1)
        visitor.widen(number, 5000)
        visitor.pump_until(lambda: stream.ended)
    assert server.wait_for_exit() == 0
    assert ends(server, stream, 2) == ANSWERED
