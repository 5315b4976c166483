# SPDX-License-Identifier: Apache-2.0
"""HTTP/2: what the server pushes is a request of its own, with its own tasks
and its own end."""

import pytest

from h2_server import (ABORTED, ANSWERED, OPTIONS, after_resets, connect,
                       ends, prepare)
from h2_server import CONFIG as BOTH
from ledger import wait_until

__all__ = ["OPTIONS", "connect", "prepare"]

# What is pushed has the same tag each time: the tests count on from what the
# ledger has already.
CONFIG = BOTH + """
<Location "/probe/link">
    Header always set Link "</probe/a?tag=link&size=3000&defer=2>; rel=preload"
</Location>
<Location "/probe/resource">
    H2PushResource "/probe/b?tag=resource&size=3000&defer=2"
</Location>
<Location "/probe/off">
    H2Push Off
    Header always set Link "</probe/c?tag=off&size=3000&defer=2>; rel=preload"
</Location>
"""


def count(server, tag):
    return len(server.ledger.lines(event="record", tag=tag))


def new_ends(server, tag, before, visitor):
    """The ends of the two tasks that came on top of `before`."""
    ends(server, tag, before + 2, visitor)
    return {(line.outcome, line.aborted)
            for line in server.ledger.lines(event="done", tag=tag)[before:]}


def pushed_of(visitor):
    assert len(visitor.pushed) == 1 and visitor.pushed[0] % 2 == 0
    return visitor.streams[visitor.pushed[0]]


@pytest.mark.parametrize("kind", ["link", "resource"])
def test_pushed_stream(server, connect, kind):
    before = count(server, kind)
    with connect(push=True) as visitor:
        stream = visitor.ask("/probe/" + kind, "size=2000&defer=2")
        wait_until(lambda: visitor.pushed, "a promise")
        pushed = pushed_of(visitor)
        visitor.pump_until(lambda: pushed.ended)
        assert len(pushed.body) == 3000
        assert ends(server, stream, 2, visitor) == ANSWERED
        assert new_ends(server, kind, before, visitor) == ANSWERED
    uris = {line.uri for line in server.ledger.lines(event="done", tag=kind)}
    assert uris == {"/probe/a" if kind == "link" else "/probe/b"}


@after_resets
@pytest.mark.parametrize("kind", ["link", "resource"])
def test_reset_pushed_stream(server, connect, kind):
    """The client did not want it: aborted; its parent is answered."""
    before = count(server, kind)
    with connect(push=True, window=2500) as visitor:
        stream = visitor.ask("/probe/" + kind, "size=2000&defer=2")
        pushed = pushed_of(visitor)
        visitor.pump_until(lambda: len(pushed.body) == 2500)
        visitor.reset(visitor.pushed[0])
        assert ends(server, stream, 2, visitor) == ANSWERED
        assert new_ends(server, kind, before, visitor) == ABORTED
        after = visitor.ask("/probe", "size=2000&defer=2")
        assert ends(server, after, 2, visitor) == ANSWERED


@after_resets
def test_reset_parent(server, connect):
    """The other way round."""
    before = count(server, "link")
    with connect(push=True, window=3100) as visitor:
        number = visitor.send("/probe/link", "size=5000&defer=2")
        stream = visitor.streams[number]
        visitor.pump_until(lambda: visitor.pushed
                           and pushed_of(visitor).ended
                           and len(stream.body) == 3100)
        visitor.reset(number)
        assert ends(server, stream, 2, visitor) == ABORTED
        assert new_ends(server, "link", before, visitor) == ANSWERED


@pytest.mark.parametrize("path,push", [("/probe/link", False),
                                       ("/probe/off", True)])
def test_nothing_is_pushed(server, connect, path, push):
    """Because the client or the configuration does not want it."""
    before = count(server, "link"), count(server, "off")
    with connect(push=push) as visitor:
        stream = visitor.ask(path, "size=2000&defer=2")
        assert ends(server, stream, 2, visitor) == ANSWERED
        assert not visitor.pushed
    assert (count(server, "link"), count(server, "off")) == before
