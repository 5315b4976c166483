# SPDX-License-Identifier: Apache-2.0
"""A task starts after the last byte of its response was handed over."""

import time

import pytest

from client import new_tag, play

SIZE = 10 * 1024 * 1024

# What server and client can still have in their buffers when the server has
# handed over everything: far less than a tenth of the body.
BUFFERED = 1024 * 1024

# One thread: the order of starts is the order of hand-overs, exactly.
CONFIG = """
CrosstownThreads 1 1
SendBufferSize 65536
<Directory "${ROOT}/htdocs">
    EnableSendfile Off
</Directory>
"""


def prepare(server, request):
    (server.htdocs / "big.bin").write_bytes(b"x" * SIZE)


@pytest.mark.parametrize("same", ["same=0", "same=1"])
def test_client_has_the_response_while_the_task_runs(server, same):
    """1 KB: the answer is complete though the task has not ended."""
    gate = new_tag()
    with server.visit() as visitor:
        answer = visitor.ask("/probe", play(
            "size=1024", "gate=" + gate, same, "defer=1"))
        assert len(answer.body) == 1024
        start, = server.ledger.wait(event="start", tag=answer.tag)
        assert not server.ledger.lines(event="end", tag=answer.tag)
        assert start.recorded <= start.sent <= start.wall
        server.open_gate(gate)
        assert server.ledger.outcomes(answer.tag, 1) == {"RAN": 1}


@pytest.mark.parametrize("target", ["/probe?size=%d" % SIZE,
                                    "/big.bin?where=fixups"])
def test_slow_reader(server, target):
    """10 MB from memory or a file: no start while bytes have to wait."""
    tag = new_tag()
    with server.raw(receive_buffer=65536) as client:
        client.get(target + "&tag=%s&defer=2" % tag, "Connection: close")
        status, headers = client.read_head()
        length = int(headers["content-length"])
        assert (status, length) == (200, SIZE)
        client.read_body(SIZE // 2)
        end = time.monotonic() + 1
        while time.monotonic() < end:
            assert not server.ledger.lines(event="start", tag=tag)
            time.sleep(0.05)
        client.read_body(length - SIZE // 2 - BUFFERED)
        assert not server.ledger.lines(event="start", tag=tag)
        assert len(client.read_body(BUFFERED)) == BUFFERED
        assert server.ledger.outcomes(tag, 2) == {"RAN": 2}


def test_keep_alive_keeps_the_order(server):
    """One connection, one request after the other."""
    with server.visit() as visitor:
        tags = [visitor.ask("/probe", "defer=2").tag for _ in range(20)]
    starts = [server.ledger.wait(2, event="start", tag=tag) for tag in tags]
    numbers = [line.seq for lines in starts for line in lines]
    assert numbers == sorted(numbers) and len(set(numbers)) == 40


@pytest.mark.case(21, shows="worker", naive="on-top")
def test_pipelined_requests_keep_the_order(server):
    """Case 21: small answers may be held back, but stay in order, and so do
    their tasks while they wait."""
    tags = [new_tag() for _ in range(8)]
    gate = new_tag()
    with server.raw() as client:
        client.get("/probe?tag=first&gate=%s&keep=copy&defer=1" % gate)
        assert client.read_answer()[0] == 200
        server.ledger.wait(event="start", tag="first")
        client.send_raw("".join(
            "GET /probe?tag=%s&defer=1 HTTP/1.1\r\nHost: localhost\r\n\r\n"
            % tag for tag in tags))
        for tag in tags:
            assert client.read_answer() == (200, b"probe %s\n" % tag.encode())
        for tag in tags:
            server.ledger.wait(event="logged", tag=tag)
    server.open_gate(gate)
    starts = [server.ledger.wait(event="start", tag=tag)[0] for tag in tags]
    numbers = [line.seq for line in starts]
    assert numbers == sorted(numbers)
