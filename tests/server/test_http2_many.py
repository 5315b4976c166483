# SPDX-License-Identifier: Apache-2.0
"""HTTP/2: a connection that lives long, and one with many streams; none of
its answers is taken for aborted."""

import pytest

from client import new_tag
from h2_server import (ABORTED, ANSWERED, OPTIONS, after_resets, connect,
                       ends, prepare)
from h2_server import CONFIG as BOTH

__all__ = ["OPTIONS", "connect", "prepare"]

CONFIG = BOTH + """
H2MaxSessionStreams 1000
"""


def test_one_after_the_other(server, connect):
    """400 requests, each sent when the one before is answered."""
    tag = new_tag()
    with connect() as visitor:
        for _ in range(400):
            assert visitor.ask("/probe", "size=1024&defer=1",
                               tag=tag).status == 200
        assert ends(server, tag, 400, visitor) == ANSWERED


@after_resets
def test_long_life(server, connect):
    """Resets at the start, in the middle and at the end of 700 streams."""
    tag = new_tag()
    with connect(window=1000) as visitor:
        visitor.widen(None, 1000000)
        for index in range(700):
            if index in (5, 300, 695):
                number, stream = visitor.send_and_read(
                    "/probe", "size=2000&defer=1", 1000)
                visitor.reset(number)
                assert ends(server, stream, 1, visitor) == ABORTED
            else:
                visitor.ask("/probe", "size=900&defer=1", tag=tag)
        assert ends(server, tag, 697, visitor) == ANSWERED


def test_a_handler_that_goes_on(server, connect):
    """Its answer is complete; it ends when hundreds of others are over."""
    gate = new_tag()
    with connect() as visitor:
        first = visitor.ask("/probe", "size=200&defer=1&linger=" + gate)
        other = new_tag()
        for _ in range(400):
            visitor.ask("/probe", "size=10&defer=1", tag=other)
        assert not server.ledger.lines(event="start", tag=first.tag)
        server.open_gate(gate)
        assert ends(server, first, 1, visitor) == ANSWERED
        assert ends(server, other, 400, visitor) == ANSWERED


@pytest.mark.parametrize("count", [90, 600])
def test_all_at_once(server, connect, count):
    """They wait for a window, then they end in one breath."""
    tag = new_tag()
    with connect(window=0) as visitor:
        visitor.widen(None, 1000000)
        streams = [visitor.streams[visitor.send(
            "/probe", "size=200&defer=1", tag=tag)] for _ in range(count)]
        server.ledger.wait(count, event="record", tag=tag)
        visitor.ping()
        visitor.pump_until(lambda: all(stream.status for stream in streams))
        assert not server.ledger.lines(event="start", tag=tag)
        visitor.widen_all(1000)
        visitor.pump_until(lambda: all(stream.ended for stream in streams))
        assert ends(server, tag, count, visitor) == ANSWERED
