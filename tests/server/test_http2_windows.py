# SPDX-License-Identifier: Apache-2.0
"""HTTP/2: the client's windows hold the end of a stream back, and with it the
tasks."""

from h2_client import WINDOW
from h2_server import (ANSWERED, CONFIG, OPTIONS, connect, ends, prepare,
                       stays_unstarted)

__all__ = ["CONFIG", "OPTIONS", "connect", "prepare"]


def finish(server, visitor, number, stream, size):
    """Let the last byte through, then the end: mod_http2 may want a window
    for a frame without a byte, too. A start says that the end is out."""
    visitor.widen(number, 1)
    visitor.pump_until(lambda: len(stream.body) == size)
    if not stream.ended:
        visitor.quiet()
    if not server.ledger.lines(event="start", tag=stream.tag):
        visitor.widen(number, 1)
    visitor.pump_until(lambda: stream.ended)


def without_its_last_byte(*streams):
    """The end of the others may be on its way."""
    blocked = [stream for stream in streams if len(stream.body) < 60000]
    assert blocked
    return blocked


def test_no_stream_has_a_window(server, connect):
    """Nothing but headers fits; then all are let through at one go."""
    with connect(window=0) as visitor:
        streams = [visitor.streams[visitor.send(
            "/probe", "size=500&defer=2")] for _ in range(30)]
        server.ledger.wait(event="record", tag=streams[-1].tag)
        stays_unstarted(server, streams)
        visitor.widen_all(1000)
        visitor.pump_until(lambda: all(stream.ended for stream in streams))
        for stream in streams:
            assert ends(server, stream, 2, visitor) == ANSWERED


def test_the_connection_has_no_window(server, connect):
    """The first answer uses it up; the second has window of its own."""
    with connect(generous=False) as visitor:
        first, second = (visitor.streams[visitor.send(
            "/probe", "size=60000&defer=2")] for _ in range(2))
        visitor.pump_until(
            lambda: len(first.body + second.body) == WINDOW)
        stays_unstarted(server, without_its_last_byte(first, second))
        visitor.widen(None, 120000 - WINDOW - 1)
        visitor.pump_until(
            lambda: len(first.body + second.body) == 119999)
        blocked, = without_its_last_byte(first, second)
        stays_unstarted(server, [blocked])
        finish(server, visitor, None, blocked, 60000)
        for stream in (first, second):
            assert ends(server, stream, 2, visitor) == ANSWERED


def test_the_body_fits_exactly(server, connect):
    """The last byte needs all of the window, the end needs none."""
    with connect(window=5000) as visitor:
        stream = visitor.ask("/probe", "size=5000&defer=2")
        assert len(stream.body) == 5000
        assert ends(server, stream, 2, visitor) == ANSWERED


def test_one_byte_is_missing(server, connect):
    with connect(window=4999) as visitor:
        number, stream = visitor.send_and_read(
            "/probe", "size=5000&defer=2&trailer=last", 4999)
        stays_unstarted(server, [stream])
        finish(server, visitor, number, stream, 5000)
        assert stream.trailers
        assert ends(server, stream, 2, visitor) == ANSWERED


def test_the_open_streams_wait_for_no_blocked_one(server, connect):
    with connect(window=2000) as visitor:
        number = visitor.send("/probe", "size=5000&defer=1")
        blocked = visitor.streams[number]
        for _ in range(20):
            assert ends(server, visitor.ask("/probe", "size=900&defer=1"), 1,
                        visitor) == ANSWERED
        assert not server.ledger.lines(event="start", tag=blocked.tag)
        visitor.widen(number, 3000)
        visitor.pump_until(lambda: blocked.ended)
        assert ends(server, blocked, 1, visitor) == ANSWERED


def test_the_socket_is_full(server, connect):
    """Wide windows, but the client does not read: what the kernel has not
    taken is not out."""
    size = 10 * 1024 * 1024
    with connect(receive_buffer=65536) as visitor:
        visitor.widen(None, 2 * size)
        number = visitor.send("/probe", "size=%d&defer=2" % size)
        stream = visitor.streams[number]
        visitor.widen(number, 2 * size)
        stays_unstarted(server, [stream], 1)
        visitor.pump_until(lambda: stream.ended)
        assert len(stream.body) == size
        assert ends(server, stream, 2, visitor) == ANSWERED
