# SPDX-License-Identifier: Apache-2.0
"""A client that has gone ends the wait; one that only has more to say does
not."""

import re

import pytest

from client import new_tag
from ledger import wait_until

CONFIG = """
LogFormat "%>s %X %q" ends
CustomLog "${ROOT}/access_log" ends
SSLSessionCache "shmcb:${ROOT}/sessions(65536)"
Listen 127.0.0.1:${PORT2}
<VirtualHost 127.0.0.1:${PORT2}>
    SSLEngine On
    SSLCertificateFile "@CERTIFICATE@"
</VirtualHost>
"""
OPTIONS = {"modules": ("socache_shmcb", "ssl")}

NEVER = "/probe-later?how=never&tag=%s"


def prepare(server, request):
    server.config = server.config.replace(
        "@CERTIFICATE@", str(request.getfixturevalue("certificate")))


@pytest.fixture(params=["plain", "tls"])
def connect(request, server, trusting_tls):
    if request.param == "plain":
        return server.raw
    return lambda: server.raw(server.ports[1], tls=trusting_tls)


def ended(server, tag):
    """The wait did, long before its time; the log's end of the story."""
    line, = server.ledger.wait(event="answered", tag=tag)
    assert (line.status, line.aborted) == (408, 1)
    return wait_until(lambda: [line for line in server.access_log()
                               if re.search(r"\b%s\b" % tag, line)],
                      "a line in the access log")[0]


@pytest.mark.parametrize("how", ["close", "reset"])
@pytest.mark.parametrize("cancel", [0, 1])
def test_gone(server, connect, how, cancel):
    tag = new_tag()
    with connect() as client:
        client.get(NEVER % tag + "&cancel=%d" % cancel)
        assert not client.arrived(0.3)
        getattr(client, how)()
    assert ended(server, tag).startswith("408 X ")
    assert len(server.ledger.lines(event="cancelled", tag=tag)) == cancel


# More than one read of httpd's takes in.
UNREAD = {"a body": ("POST", ("Content-Length: 20000",), "x" * 20000),
          "half a body": ("POST", ("Content-Length: 40000",), "x" * 20000),
          "more requests": ("GET", (), "GET /probe HTTP/1.1\r\n"
                            "Host: localhost\r\n\r\n" * 400)}


@pytest.mark.parametrize("how", ["close", "reset"])
@pytest.mark.parametrize("unread", UNREAD)
def test_gone_with_bytes_unread(server, connect, how, unread):
    """What the handler does not read hides nobody's end."""
    tag = new_tag()
    method, headers, bytes_behind = UNREAD[unread]
    with connect() as client:
        client.send("%s %s HTTP/1.1" % (method, NEVER % tag),
                    "Host: localhost", *headers)
        client.send_raw(bytes_behind)
        server.ledger.wait(event="waits", tag=tag)
        assert not client.arrived(0.3)
        getattr(client, how)()
    assert ended(server, tag).startswith("408 X ")


def test_work_is_not_cancelled(server):
    tag = new_tag()
    with server.raw() as client:
        client.get("/probe-later?how=work&gate=%s&tag=%s" % (tag, tag))
        server.ledger.wait(event="work", tag=tag)
    ended(server, tag)
    assert not server.ledger.lines(event="work_end", tag=tag)
    server.open_gate(tag)
    server.ledger.wait(event="work_end", tag=tag)


def test_the_next_request_is_not_the_end(server, connect):
    """Pipelined, and read after the answer, not before."""
    first, second = new_tag(), new_tag()
    with connect() as client:
        client.get("/probe-later?how=work&gate=%s&tag=%s" % (first, first))
        client.get("/probe?tag=" + second)
        server.ledger.wait(event="work", tag=first)
        assert not client.arrived(0.5)
        server.open_gate(first)
        assert client.read_answer() == (200, b"xxxxx")
        assert client.read_answer() == (200, b"probe %s\n" % second.encode())


def test_a_quiet_client_is_there(server, connect):
    tag = new_tag()
    with connect() as client:
        client.get("/probe-later?how=work&gate=%s&tag=%s" % (tag, tag))
        server.ledger.wait(event="work", tag=tag)
        assert not client.arrived(0.7)
        server.open_gate(tag)
        assert client.read_answer() == (200, b"xxxxx")


def test_the_thread_is_free_again(make_server, mpm):
    """All threads of a server wait; when their clients have gone, others are
    answered."""
    workers = 4
    server = make_server(workers=workers)
    tags = [new_tag() for _ in range(workers)]
    clients = []
    for tag in tags:
        clients.append(server.raw())
        clients[-1].get(NEVER % tag)
    for client in clients:
        client.close()
    assert server.ask("/probe").status == 200
    for tag in tags:
        line, = server.ledger.wait(event="answered", tag=tag)
        assert line.status == 408
