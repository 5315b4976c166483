# SPDX-License-Identifier: Apache-2.0
"""HTTP/2: a connection that begins as HTTP/1.1 and is upgraded, at its first
request or later."""

import pytest

from client import new_tag, with_tag
from h2_client import H2Visitor, Stream
from h2_server import ABORTED, ANSWERED, after_resets, ends

CONFIG = """
Protocols h2c http/1.1
"""
OPTIONS = {"modules": ("http2",)}


@pytest.fixture(autouse=True)
def offered(mpm):
    if mpm == "prefork":
        pytest.skip("under prefork mod_http2 offers no upgrade")


class Upgrade:
    """Some requests by HTTP/1.1, then one that becomes stream 1."""

    def __init__(self, script, before=0):
        self.script = script
        self.before = [new_tag() for _ in range(before)]
        self.left = b""

    def _read_head(self, visitor):
        while b"\r\n\r\n" not in self.left:
            more = visitor.socket.recv(65536)
            assert more, "closed early: %r" % self.left
            self.left += more
        head, self.left = self.left.split(b"\r\n\r\n", 1)
        return head.decode().split("\r\n")

    def _ask(self, visitor, tag, script, *headers):
        lines = ["GET %s HTTP/1.1" % with_tag("/probe", script, tag),
                 "Host: localhost", *headers, "", ""]
        visitor.socket.sendall("\r\n".join(lines).encode())
        return self._read_head(visitor)

    def _read_body(self, visitor, head):
        length, = (int(line.split(":")[1]) for line in head
                   if line.lower().startswith("content-length:"))
        while len(self.left) < length:
            self.left += visitor.socket.recv(65536)
        self.left = self.left[length:]

    def __call__(self, visitor):
        for tag in self.before:
            head = self._ask(visitor, tag, "size=500&defer=2")
            assert head[0] == "HTTP/1.1 200 OK"
            self._read_body(visitor, head)
        settings = visitor.h2.initiate_upgrade_connection()
        stream = visitor.streams[1] = Stream(new_tag())
        head = self._ask(visitor, stream.tag, self.script,
                         "Connection: Upgrade, HTTP2-Settings",
                         "Upgrade: h2c",
                         "HTTP2-Settings: " + settings.decode())
        assert head[0].startswith("HTTP/1.1 101 ")
        visitor.flush()
        visitor.take(self.left)
        visitor.flush()


@pytest.mark.parametrize("before", [0, 1, 5])
def test_upgraded_connection(server, before):
    upgrade = Upgrade("size=3000&defer=2", before)
    with H2Visitor(server.port, upgrade=upgrade) as visitor:
        first = visitor.streams[1]
        visitor.pump_until(lambda: first.ended)
        assert len(first.body) == 3000
    for tag in [first.tag, *upgrade.before]:
        assert ends(server, tag, 2) == ANSWERED


# Some MPMs let mod_http2 close an upgraded connection as soon as nothing is
# going on: here stream 1 is, until a gate opens.

def test_further_streams(server):
    gate = new_tag()
    upgrade = Upgrade("size=3000&defer=2&hold=" + gate, 1)
    with H2Visitor(server.port, upgrade=upgrade) as visitor:
        first = visitor.streams[1]
        streams = [visitor.ask("/probe", "size=2000&defer=2")
                   for _ in range(20)]
        numbers = [visitor.send("/probe", "size=900&defer=2")
                   for _ in range(20)]
        streams += [visitor.streams[number] for number in numbers]
        visitor.pump_until(lambda: all(stream.ended for stream in streams))
        for stream in streams:
            assert ends(server, stream, 2, visitor) == ANSWERED
        server.open_gate(gate)
        visitor.pump_until(lambda: first.ended)
        assert ends(server, first, 2, visitor) == ANSWERED


@after_resets
def test_reset_after_the_upgrade(server):
    """Stream 1, and one that the client has opened itself."""
    gate = new_tag()
    with H2Visitor(server.port, window=100, upgrade=Upgrade(
            "size=50&defer=2&hold=" + gate, 1)) as visitor:
        first = visitor.streams[1]
        number, second = visitor.send_and_read(
            "/probe", "size=3000&defer=2", 100)
        visitor.reset(number)
        assert ends(server, second, 2, visitor) == ABORTED
        after = visitor.ask("/probe", "size=100&defer=2")
        assert ends(server, after, 2, visitor) == ANSWERED
        visitor.reset(1)
        server.open_gate(gate)
        assert ends(server, first, 2, visitor) == ABORTED


def test_lost_after_the_upgrade(server):
    """Often, because the last output of the upgraded request may come before
    or after the other one is logged."""
    for _ in range(20):
        gate = new_tag()
        visitor = H2Visitor(server.port, upgrade=Upgrade(
            "size=3000&defer=2&hold=" + gate))
        whole = visitor.ask("/probe", "size=100&defer=2")
        visitor.hang_up()
        server.open_gate(gate)
        assert ends(server, visitor.streams[1], 2) == ABORTED
        assert ends(server, whole, 2) == ANSWERED
