# SPDX-License-Identifier: Apache-2.0
"""HTTP/2 streams that the client gives up, one after the other: no frame ever
ends them, so nothing may wait for one, or for the end of the connection."""

import collections

import pytest

from h2_client import H2Visitor
from h2_server import after_resets, wait_for

CONFIG = "Protocols h2c\nH2Direct On\nCrosstownThreads 1 2\n"
OPTIONS = {"modules": ("http2",)}

STREAMS = 20


@after_resets
@pytest.mark.case(19, shows="event", naive="at-connection-end")
def test_their_tasks_are_told_while_the_connection_lasts(server):
    with H2Visitor(server.port, window=100) as visitor:
        tags = []
        for _ in range(STREAMS):
            number, stream = visitor.send_and_read(
                "/probe", "size=40000&keep=copy&defer=2", 100)
            visitor.reset(number)
            tags.append(stream.tag)
        for tag in tags:
            wait_for(server, tag, 2, visitor, "over")
        after = visitor.ask("/probe", "set_status=201&defer=1")
        assert after.status == 201
        wait_for(server, after.tag, 1, visitor)
        assert server.ledger.outcomes(after.tag, 1) == {"RAN": 1}
    for tag in tags:
        told = collections.Counter(line.index for line in server.ledger.lines(
            event="over", tag=tag))
        assert told == {0: 1, 1: 1}
