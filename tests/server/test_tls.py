# SPDX-License-Identifier: Apache-2.0
"""Over TLS: the same promises, and the answers that httpd holds back."""

import pytest

from client import new_tag
from ledger import wait_until

SIZE = 10 * 1024 * 1024
BUFFERED = 1024 * 1024

CONFIG = """
SSLSessionCache "shmcb:${ROOT}/sessions(65536)"
Listen 127.0.0.1:${PORT2}
SendBufferSize 65536
<VirtualHost 127.0.0.1:${PORT2}>
    SSLEngine On
    SSLCertificateFile "%s"
</VirtualHost>
"""
OPTIONS = {"modules": ("socache_shmcb", "ssl")}


def prepare(server, request):
    server.config %= request.getfixturevalue("certificate")


@pytest.fixture
def connect(server, trusting_tls):
    return lambda **more: server.raw(server.ports[1], tls=trusting_tls,
                                     **more)


def test_slow_reader(server, connect):
    """10 MB through TLS: no start while bytes have to wait."""
    tag = new_tag()
    with connect(receive_buffer=65536) as client:
        client.get("/probe?tag=%s&size=%d&defer=2" % (tag, SIZE))
        client.read_head()
        client.read_body(SIZE - BUFFERED)
        assert not server.ledger.lines(event="start", tag=tag)
        assert len(client.read_body(BUFFERED)) == BUFFERED
        assert server.ledger.outcomes(tag, 2) == {"RAN": 2}


@pytest.mark.case(20, shows="worker", naive="at-eos")
def test_an_answer_that_is_held_back_holds_its_tasks_back(server, connect):
    """Case 20: request 1 and a part of request 2. Some MPMs send the
    first answer only when the second request is complete; the task must not
    start before."""
    first, second = new_tag(), new_tag()
    request = "GET /probe?tag=%s&defer=1 HTTP/1.1\r\nHost: localhost\r\n"
    with connect() as client:
        client.send_raw(request % first + "\r\n" + request % second)
        server.ledger.wait(event="record", tag=first)
        for _ in range(10):
            if server.ledger.lines(event="start", tag=first):
                assert client.arrived(1), "started before the answer was sent"
            elif client.arrived(0.1):
                server.ledger.wait(event="start", tag=first)
        client.send_raw("\r\n")
        for tag in (first, second):
            assert client.read_answer() == (200, b"probe %s\n" % tag.encode())
            assert server.ledger.outcomes(tag, 1) == {"RAN": 1}


def test_many_small_answers(server, connect):
    """Keep-alive over TLS: every task runs."""
    tags = [new_tag() for _ in range(50)]
    with connect() as client:
        for tag in tags:
            client.get("/probe?tag=%s&defer=3" % tag)
            assert client.read_answer()[0] == 200
    wait_until(lambda: all(server.ledger.outcomes(tag, 3) == {"RAN": 3}
                           for tag in tags), "all tasks")
