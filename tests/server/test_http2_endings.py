# SPDX-License-Identifier: Apache-2.0
"""HTTP/2: every frame that can be the last of an answer counts as its end."""

import pytest

from h2_server import (ANSWERED, OPTIONS, after_resets, connect, ends,
                       prepare)
from h2_server import CONFIG as BOTH

__all__ = ["OPTIONS", "connect", "prepare"]

DATA, HEADERS, CONTINUATION = 0, 1, 9

# Together far more than one frame of 16 KB.
CONFIG = BOTH + """
CrosstownNoGo none
<Location "/probe/long">
%s
</Location>
ErrorDocument 503 /probe/sorry
ErrorDocument 502 "sorry"
""" % "\n".join("    Header always set X-Long-%d %s" % (i, chr(97 + i) * 7000)
                for i in range(8)).replace("%", "%%")


def statuses(server, stream):
    return {line.status for line in server.ledger.lines(event="done",
                                                        tag=stream.tag)}


@pytest.mark.parametrize("script,method,status", [
    ("size=40000", "HEAD", 200), ("status=204", "GET", 204),
    ("status=304", "GET", 304)])
def test_headers_alone(server, connect, script, method, status):
    with connect() as visitor:
        stream = visitor.ask("/probe", script + "&defer=2", method=method)
        assert (stream.status, stream.body) == (status, b"")
        assert ends(server, stream, 2, visitor) == ANSWERED
        assert statuses(server, stream) == {status}
        assert DATA not in visitor.frames.types


def test_not_modified_file(server, connect):
    (server.htdocs / "page.txt").write_text("a page")
    with connect() as visitor:
        first = visitor.ask("/page.txt", "where=fixups&defer=1")
        assert (first.status, first.body) == (200, b"a page")
        again = visitor.ask(
            "/page.txt", "where=fixups&defer=1",
            headers=[("if-none-match", first.headers["etag"])])
        assert (again.status, again.body) == (304, b"")
        for stream in first, again:
            assert ends(server, stream, 1, visitor) == ANSWERED


@pytest.mark.parametrize("size", [0, 10, 40000])
def test_trailers(server, connect, size):
    with connect() as visitor:
        stream = visitor.ask("/probe", "trailer=bye&size=%d&defer=2" % size)
        assert stream.trailers == {"x-probe-trailer": "bye"}
        assert ends(server, stream, 2, visitor) == ANSWERED


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_continuations(server, connect, method):
    """HEAD: END_STREAM stands in the HEADERS, END_HEADERS frames later."""
    with connect() as visitor:
        stream = visitor.ask("/probe/long", "size=100&defer=2", method=method)
        assert visitor.frames.types[CONTINUATION] > 0
        assert sum(map(len, stream.headers.values())) > 50000
        assert len(stream.body) == (100 if method == "GET" else 0)
        assert ends(server, stream, 2, visitor) == ANSWERED
        # Nothing of it is left over for the next answer.
        after = visitor.ask("/probe", "size=100&defer=2")
        assert ends(server, after, 2, visitor) == ANSWERED


def test_large_body(server, connect):
    with connect() as visitor:
        stream = visitor.ask("/probe", "size=3000000&defer=2")
        assert len(stream.body) == 3000000
        assert ends(server, stream, 2, visitor) == ANSWERED


@pytest.mark.parametrize("script,status,body", [
    ("status=503", 503, b"probe"),       # by an internal redirect
    ("status=502", 502, b"sorry"), ("status=404", 404, b"<!DOCTYPE"),
    ("redirect=/probe/other", 200, b"probe"),
    ("redirect=/nowhere", 404, b"<!DOCTYPE")])
def test_the_final_status_counts(server, connect, script, status, body):
    with connect() as visitor:
        stream = visitor.ask("/probe", "defer=2&" + script)
        assert stream.status == status
        assert stream.body.startswith(body)
        assert ends(server, stream, 2, visitor) == ANSWERED
        assert statuses(server, stream) == {status}
        judged = visitor.ask("/probe", "no_go=%d&defer=1&%s" % (status,
                                                                script))
        assert ends(server, judged, 1, visitor) == {("NO_GO", 0)}


@after_resets
def test_answered_before_the_request_has_ended(server, connect):
    """A file is an answer to a POST too; its body is not waited for."""
    (server.htdocs / "page.txt").write_text("a page")
    with connect(resets_allowed=True) as visitor:
        number = visitor.send("/page.txt", "where=fixups&defer=2",
                              method="POST", end=False)
        stream = visitor.streams[number]
        visitor.pump_until(lambda: stream.ended)
        assert (stream.status, stream.body) == (200, b"a page")
        if stream.reset is None:
            visitor.reset(number)
        assert ends(server, stream, 2, visitor) == ANSWERED
