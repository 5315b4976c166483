# SPDX-License-Identifier: Apache-2.0
"""Requests that are not quite requests: no crash, no task lost."""

import pytest

from client import new_tag
from ledger import wait_until

CONFIG = """
RequestReadTimeout header=1 body=1
LogFormat "%>s <%r>" lines
CustomLog "${ROOT}/access_log" lines
"""
OPTIONS = {"modules": ("reqtimeout",)}


def prepare(server, request):
    (server.htdocs / "page.txt").write_text("nothing new\n")


def still_well(server):
    pids = set(server.children())
    answer = server.ask("/probe", "defer=2")
    assert server.ledger.outcomes(answer.tag, 2) == {"RAN": 2}
    return pids


@pytest.mark.parametrize("text", [
    "BLAH \r\n\r\n",
    "BLAH\r\n\r\n",
    "GET\r\n\r\n",
    "GET / HTTP/9.9\r\n\r\n",
    "GET /%zz?defer=1 HTTP/1.1\r\nHost: x\r\n\r\n",
    "GET /../../x HTTP/1.1\r\nHost: x\r\n\r\n",
    "GET /probe?defer=1 HTTP/1.1\r\n\r\n",
    "GET /probe?defer=1 HTTP/1.1\r\nHost: x\r\nBad Header\r\n\r\n",
    "GET /probe?" + "x" * 9000 + " HTTP/1.1\r\nHost: x\r\n\r\n",
    "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
    "TRACE /probe?defer=1 HTTP/1.1\r\nHost: x\r\n\r\n",
])
@pytest.mark.case(23)
def test_malformed(server, text):
    """Case 23."""
    server.error_log.allow(r"AH10244: invalid URI path")
    before = still_well(server)
    with server.raw() as client:
        client.send_raw(text)
        client.socket.shutdown(1)
        client.read_to_the_end()
    assert before & still_well(server), "a child is gone"


@pytest.mark.case(23, shows="event")
def test_request_line_that_never_ends(server):
    """Case 23: httpd logs such a request without a URI."""
    before = still_well(server)
    with server.raw() as client:
        client.send_raw("GET /probe?defer=1")
        assert client.read_to_the_end() == b""
    wait_until(lambda: "408 <->" in server.access_log(), "the log line")
    with server.raw() as client:
        client.close()
    assert before & still_well(server), "a child is gone"


@pytest.mark.case(23, shows="event")
@pytest.mark.parametrize("text,status", [("BLAH\r\n\r\n", 400),
                                         ("GET /probe", 408)])
def test_tasks_that_follow_them(make_server, text, status):
    """Case 23: whoever records in the collect hook records for these, too.
    There may be no method and no URI; a task is told "-" then."""
    server = make_server(CONFIG + 'ProbeCollect "tag=every&name=odd&'
                         'no_go=none&keep=carry&defer=1"\n', **OPTIONS)
    with server.raw() as client:
        client.send_raw(text)
        client.read_to_the_end()
    start, = server.ledger.wait(event="start", task="odd", status=status)
    assert start.method and start.uri
    done, = server.ledger.wait(event="done", task="odd", status=status)
    assert done.outcome == "RAN"


def test_body_that_never_comes(server):
    """The task was recorded, but the answer is an error."""
    tag = new_tag()
    with server.raw() as client:
        client.send("POST /probe?where=fixups&tag=%s&defer=2 HTTP/1.1" % tag,
                    "Host: x", "Content-Length: 100", "Connection: close")
        client.read_to_the_end()
    assert server.ledger.outcomes(tag, 2) == {"NO_GO": 2}


def test_http_1_0(server):
    tag = new_tag()
    with server.raw() as client:
        client.send("GET /probe?tag=%s&defer=2 HTTP/1.0" % tag)
        assert client.read_to_the_end().startswith(b"HTTP/1.1 200")
    assert server.ledger.outcomes(tag, 2) == {"RAN": 2}


def test_not_modified(server):
    """304: no body, and not among the statuses that stop a task."""
    first = server.ask("/page.txt", "where=fixups&defer=1")
    again = server.ask("/page.txt", "where=fixups&defer=2",
                       headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status, again.body) == (304, b"")
    assert server.ledger.outcomes(again.tag, 2) == {"RAN": 2}
    start, *_ = server.ledger.lines(event="start", tag=again.tag)
    assert (start.status, start.bytes_sent) == (304, 0)


def test_head_and_ranges(server):
    head = server.ask("/page.txt", "where=fixups&defer=2", method="HEAD")
    part = server.ask("/page.txt", "where=fixups&defer=2",
                      headers={"Range": "bytes=0-3"})
    assert (head.status, head.body) == (200, b"")
    assert (part.status, part.body) == (206, b"noth")
    for answer in (head, part):
        assert server.ledger.outcomes(answer.tag, 2) == {"RAN": 2}


def test_long_query(server):
    """A task's response holds as much as the server accepts."""
    answer = server.ask("/probe", "defer=1&x=" + "y" * 3000)
    start, = server.ledger.wait(event="start", tag=answer.tag)
    assert start.args.endswith("y" * 3000)
