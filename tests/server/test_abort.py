# SPDX-License-Identifier: Apache-2.0
"""Clients that hang up: CrosstownOnAbort decides."""

import pytest

from client import new_tag

SIZE = 10 * 1024 * 1024

CONFIG = """
SendBufferSize 65536
<Location "/probe/skip">
    CrosstownOnAbort skip
</Location>
<Location "/probe/skip/run">
    CrosstownOnAbort run
</Location>
<Location "/skip.bin">
    CrosstownOnAbort skip
</Location>
"""


def prepare(server, request):
    for name in ("run.bin", "skip.bin"):
        (server.htdocs / name).write_bytes(b"x" * SIZE)


def hang_up(server, target):
    """Case 18: read 20 KB of 10 MB, then reset the connection."""
    tag = new_tag()
    with server.raw(receive_buffer=65536) as client:
        client.get("%s&tag=%s&defer=2" % (target, tag))
        client.read_head()
        assert len(client.read_body(20000)) == 20000
        client.reset()
    return tag


@pytest.mark.parametrize("target,outcome", [
    ("/probe?size=%d" % SIZE, "RAN"),
    ("/probe/skip?size=%d" % SIZE, "NO_GO"),
    ("/probe/skip/run?size=%d" % SIZE, "RAN"),
    ("/run.bin?where=fixups", "RAN"),
    ("/skip.bin?where=fixups", "NO_GO"),
])
@pytest.mark.case(18, shows="event", naive="bytes-sent")
def test_reset_in_the_middle_of_the_body(server, target, outcome):
    tag = hang_up(server, target)
    assert server.ledger.outcomes(tag, 2) == {outcome: 2}
    for line in server.ledger.lines(event="done", tag=tag):
        assert (line.status, line.aborted) == (200, 1)
        assert line.bytes_sent > 0


@pytest.mark.parametrize("path", ["/probe", "/probe/skip"])
def test_whole_answers_are_not_aborted(server, path):
    """Also when the client closes at once after the last byte."""
    answers = [server.ask(path, "size=100000&defer=2") for _ in range(20)]
    for answer in answers:
        assert len(answer.body) == 100000
        assert server.ledger.outcomes(answer.tag, 2) == {"RAN": 2}
        assert {line.aborted for line in server.ledger.lines(
            event="done", tag=answer.tag)} == {0}


def test_write_timeout(make_server):
    """A client that stops to read: aborted, once httpd has given up."""
    server = make_server("Timeout 2\n" + CONFIG)
    tag = new_tag()
    with server.raw(receive_buffer=65536) as client:
        client.get("/probe?size=%d&tag=%s&defer=1" % (SIZE, tag))
        client.read_head()
        assert server.ledger.outcomes(tag, 1) == {"RAN": 1}
    done, = server.ledger.lines(event="done", tag=tag)
    assert (done.status, done.aborted) == (200, 1)
