# SPDX-License-Identifier: Apache-2.0
"""A reply is sent as it is: status, type, length, body; over HTTP/1.1, HTTP/2
and TLS."""

import pytest

from h2_server import CONFIG, OPTIONS, connect, prepare

__all__ = ["OPTIONS", "connect", "prepare"]

CONFIG += """
ErrorDocument 404 "the server's own words"
ErrorDocument 409 /probe-later?how=now
ErrorDocument 410 /probe-later?how=work&status=200
ErrorDocument 423 /probe-later?how=work&status=404&size=9
"""

BIG = 2 * 1024 * 1024

REPLIES = [("", 200, "text/html", 5), ("size=0", 200, "text/html", 0),
           ("status=201&type=text/plain", 201, "text/plain", 5),
           ("status=404&size=9", 404, "text/html", 9),
           ("status=503&type=application/json", 503, "application/json", 5),
           ("status=299", 299, "text/html", 5),
           ("size=%d" % BIG, 200, "text/html", BIG)]


@pytest.mark.parametrize("way", ["now", "work"])
@pytest.mark.parametrize("script, status, type_, size", REPLIES)
def test_http1(server, way, script, status, type_, size):
    with server.visit() as visitor:
        for method in ("GET", "HEAD", "GET"):
            answer = visitor.ask("/probe-later?how=" + way, script,
                                 method=method)
            assert answer.status == status
            assert answer.headers["Content-Type"] == type_
            # httpd leaves "0" out of an answer to HEAD.
            length = answer.headers.get("Content-Length")
            assert length == str(size) or (size == 0 and method == "HEAD")
            assert answer.body == (b"" if method == "HEAD" else b"x" * size)


@pytest.mark.parametrize("script, status, type_, size", REPLIES)
def test_http2(server, connect, script, status, type_, size):
    with connect() as visitor:
        stream = visitor.ask("/probe-later?how=work", script)
        assert (stream.status, stream.headers["content-type"]) == (status,
                                                                   type_)
        assert stream.body == b"x" * size


def test_tls(server, trusting_tls):
    with server.raw(server.ports[1], tls=trusting_tls) as client:
        client.get("/probe-later?how=work&size=100000")
        assert client.read_answer() == (200, b"x" * 100000)


@pytest.mark.parametrize("error, status, size",
                         [(409, 409, 5), (410, 200, 5), (423, 404, 9)])
def test_error_document(server, error, status, size):
    """Without a status of its own the error stays what it is."""
    with server.visit() as visitor:
        for _ in range(2):
            answer = visitor.ask("/probe", "status=%d" % error)
            assert (answer.status, answer.body) == (status, b"x" * size)


def test_nothing_to_say(server):
    """No body and no length, and the connection goes on."""
    with server.raw() as client:
        for _ in range(2):
            client.get("/probe-later?how=work&status=204&size=0")
            status, headers = client.read_head()
            assert status == 204 and "content-length" not in headers
        client.get("/probe-later?how=work")
        assert client.read_answer() == (200, b"xxxxx")


@pytest.mark.parametrize("status", [-1, 7, 100, 199, 600, 1000])
def test_no_such_status(server, status):
    answer = server.ask("/probe-later?how=now&status=%d" % status)
    assert answer.status == 500
    server.error_log.expect(r"crosstown:error.*a reply that cannot be sent: "
                            r"status %d" % status)


def test_tasks_follow_it(server):
    """Its status is the final one that tasks are judged by."""
    tags = [server.ask("/probe-later?how=work&status=%d" % status,
                       "where=fixups&keep=copy&defer=2").tag
            for status in (201, 404)]
    assert server.ledger.outcomes(tags[0], 2) == {"RAN": 2}
    assert server.ledger.outcomes(tags[1], 2) == {"NO_GO": 2}
