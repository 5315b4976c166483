# SPDX-License-Identifier: Apache-2.0
"""A stream that is reset, or whose connection goes, ends its wait, and nobody
else's."""

import pytest

from client import new_tag
from h2_server import CONFIG, OPTIONS, after_resets, connect, prepare

__all__ = ["CONFIG", "OPTIONS", "connect", "prepare"]


def send_never(visitor):
    number = visitor.send("/probe-later", "how=never&cancel=1")
    return number, visitor.streams[number].tag


@after_resets
def test_reset(server, connect):
    gate = new_tag()
    with connect() as visitor:
        number, tag = send_never(visitor)
        other = visitor.streams[visitor.send(
            "/probe-later", "how=work&gate=" + gate)]
        server.ledger.wait(event="work", tag=other.tag)
        visitor.reset(number)
        line, = server.ledger.wait(event="answered", tag=tag)
        assert (line.status, line.aborted) == (408, 1)
        assert len(server.ledger.lines(event="cancelled", tag=tag)) == 1
        server.open_gate(gate)
        visitor.pump_until(lambda: other.ended)
        assert (other.status, other.body) == (200, b"xxxxx")


@pytest.mark.parametrize("how", ["close", "hang_up"])
def test_connection_gone(server, connect, how):
    gate = new_tag()
    with connect() as visitor:
        _, tag = send_never(visitor)
        # Behind it: so that has begun, too.
        other = visitor.streams[visitor.send(
            "/probe-later", "how=work&gate=" + gate)]
        server.ledger.wait(event="work", tag=other.tag)
        getattr(visitor, how)()
    for tag in (tag, other.tag):
        line, = server.ledger.wait(event="answered", tag=tag)
        assert (line.status, line.aborted) == (408, 1)
    server.open_gate(gate)


@pytest.mark.parametrize("how", ["close", "hang_up"])
@pytest.mark.parametrize("end", [True, False])
def test_connection_gone_with_bytes_unread(server, connect, how, end):
    tag = new_tag()
    with connect() as visitor:
        number = visitor.send("/probe-later", "how=never", tag=tag,
                              method="POST", end=False)
        visitor.send_body(number, b"x" * 16000, end=False)
        visitor.send_body(number, b"x" * 4000, end=end)
        server.ledger.wait(event="waits", tag=tag)
        visitor.quiet()
        getattr(visitor, how)()
    line, = server.ledger.wait(event="answered", tag=tag)
    assert (line.status, line.aborted) == (408, 1)


@after_resets
def test_reset_with_bytes_unread(server, connect):
    tag = new_tag()
    with connect() as visitor:
        number = visitor.send("/probe-later", "how=never", tag=tag,
                              method="POST", end=False)
        visitor.send_body(number, b"x" * 16000, end=False)
        server.ledger.wait(event="waits", tag=tag)
        visitor.reset(number)
        line, = server.ledger.wait(event="answered", tag=tag)
        assert (line.status, line.aborted) == (408, 1)
