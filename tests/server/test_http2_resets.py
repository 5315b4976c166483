# SPDX-License-Identifier: Apache-2.0
"""HTTP/2: a stream that the client resets is aborted unless its answer was
complete by then; its neighbours are not."""

import pytest

from client import new_tag
from h2_server import (ABORTED, ANSWERED, CONFIG, OPTIONS, after_resets,
                       connect, ends, prepare)

__all__ = ["CONFIG", "OPTIONS", "connect", "prepare"]

pytestmark = after_resets


def test_before_the_handler_is_done(server, connect):
    gate = new_tag()
    with connect() as visitor:
        number = visitor.send("/probe", "defer=2&hold=" + gate)
        stream = visitor.streams[number]
        server.ledger.wait(event="hold", tag=stream.tag)
        visitor.reset(number)
        after = visitor.ask("/probe", "defer=1")
        server.open_gate(gate)
        assert ends(server, stream, 2, visitor) == ABORTED
        assert ends(server, after, 1, visitor) == ANSWERED


def test_in_the_middle_of_the_body(server, connect):
    with connect(window=100) as visitor:
        number, stream = visitor.send_and_read(
            "/probe", "size=40000&defer=2", 100)
        visitor.reset(number)
        assert ends(server, stream, 2, visitor) == ABORTED
        after = visitor.ask("/probe", "size=100&defer=1")
        assert ends(server, after, 1, visitor) == ANSWERED


def test_only_the_end_is_missing(server, connect):
    """All of the body is there, the trailers that end it are not."""
    with connect(window=4999) as visitor:
        number, stream = visitor.send_and_read(
            "/probe", "size=5000&trailer=last&defer=2", 4999)
        visitor.reset(number)
        assert ends(server, stream, 2, visitor) == ABORTED


def test_after_the_end(server, connect):
    """The answer was complete, whatever the client says then."""
    with connect() as visitor:
        streams = []
        for _ in range(30):
            number = visitor.send("/probe", "size=500&defer=2")
            streams.append(visitor.streams[number])
            visitor.pump_until(lambda: streams[-1].ended)
            visitor.reset_ended(number)
        for stream in streams:
            assert ends(server, stream, 2, visitor) == ANSWERED


def test_after_the_end_while_the_handler_goes_on(server, connect):
    gate = new_tag()
    with connect() as visitor:
        number = visitor.send("/probe", "size=500&defer=2&linger=" + gate)
        stream = visitor.streams[number]
        visitor.pump_until(lambda: stream.ended)
        visitor.reset_ended(number)
        after = visitor.ask("/probe", "defer=1")
        assert not server.ledger.lines(event="start", tag=stream.tag)
        server.open_gate(gate)
        assert ends(server, stream, 2, visitor) == ANSWERED
        assert ends(server, after, 1, visitor) == ANSWERED


def test_some_of_many(server, connect):
    """Exactly those that were reset."""
    with connect(window=100) as visitor:
        visitor.widen(None, 200000)
        numbers = [visitor.send("/probe", "size=3000&defer=2")
                   for _ in range(60)]
        streams = [visitor.streams[number] for number in numbers]
        visitor.pump_until(lambda: all(len(stream.body) == 100
                                       for stream in streams))
        for index, number in enumerate(numbers):
            if index % 3 == 1:
                visitor.reset(number)
            else:
                visitor.widen(number, 3000)
        visitor.pump_until(lambda: all(
            stream.ended for index, stream in enumerate(streams)
            if index % 3 != 1))
        for index, stream in enumerate(streams):
            assert ends(server, stream, 2, visitor) == (
                ABORTED if index % 3 == 1 else ANSWERED), index


@pytest.mark.parametrize("size", [50, 30000])
def test_at_any_moment(server, connect, size):
    """Resets race with ends. An end that the client has seen is one."""
    for pumps in range(10):
        # mod_http2 refuses streams of those who reset many, and now and then
        # ends their connection.
        with connect(resets_allowed=True) as visitor:
            numbers = [visitor.send("/probe", "size=%d&defer=1" % size)
                       for _ in range(8)]
            streams = [visitor.streams[number] for number in numbers]
            for _ in range(pumps):
                if not all(stream.ended for stream in streams):
                    visitor.pump()
            late = [number for number in numbers[::3]
                    if not visitor.streams[number].ended]
            for number in late:
                visitor.reset(number)
            visitor.pump_until(lambda: visitor.closed or all(
                stream.ended or stream.reset is not None or number in late
                for number, stream in zip(numbers, streams)), may_close=True)
        for stream in streams:
            if stream.ended:
                assert ends(server, stream, 1) == ANSWERED
            # Some had not even begun.
            elif server.ledger.lines(event="record", tag=stream.tag):
                assert ends(server, stream, 1) in (ANSWERED, ABORTED)
