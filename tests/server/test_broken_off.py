# SPDX-License-Identifier: Apache-2.0
"""A response that the server itself breaks off is not all: the back end went
away in the middle, or the handler says that it cannot go on. What the client
saw, `aborted`, CrosstownOnAbort and the access log agree, whatever the
protocol; and what is whole is never taken for broken."""

import http.client

import h2.exceptions
import pytest

from backend import Backend
from cases import HTTPD_ITSELF
from client import new_tag
from h2_client import H2Visitor
from h2_server import wait_for
from httpd import httpd_before
from ledger import wait_until

BODY = 200000
HALF = b"x" * (BODY // 2)

CONFIG = """
Protocols h2c http/1.1
H2Direct On
SSLSessionCache "shmcb:${ROOT}/sessions(65536)"
LogFormat "%%<q|%%{reason}^CT" told
CustomLog "${ROOT}/access_log" told
Listen 127.0.0.1:${PORT2}
ProxyPass "/back/" "http://127.0.0.1:%d/" disablereuse=on
<Location "/probe/error">
    ErrorDocument 404 /probe/error/page
</Location>
<Location "/back/">
    CrosstownOnAbort skip
</Location>
<Location "/probe">
    CrosstownOnAbort skip
</Location>
<Location "/probe/deflate">
    SetOutputFilter DEFLATE
</Location>
<VirtualHost 127.0.0.1:${PORT2}>
    ProxyPass "/back/" "http://127.0.0.1:%d/" disablereuse=on
    SSLEngine On
    SSLCertificateFile "%s"
</VirtualHost>
"""
OPTIONS = {"modules": ("socache_shmcb", "ssl", "http2", "proxy", "proxy_http",
                       "deflate", "dir")}


def head(*lines, status="200 OK"):
    return "\r\n".join(("HTTP/1.1 " + status, "Content-Type: text/plain",
                        *lines, "", "")).encode()


def chunk(data):
    return b"%x\r\n%s\r\n" % (len(data), data)


LENGTH = head("Content-Length: %d" % BODY)
CHUNKED = head("Transfer-Encoding: chunked")

ANSWERS = {
    "/length-cut": LENGTH + HALF,
    "/chunks-cut": CHUNKED + chunk(HALF),
    "/chunk-cut": CHUNKED + chunk(HALF)[:-100],
    "/length": LENGTH + HALF + HALF,
    "/chunks": CHUNKED + chunk(HALF) + chunk(HALF) + b"0\r\n\r\n",
    "/trailers": CHUNKED + chunk(HALF) + b"0\r\nX-Sum: 1\r\n\r\n",
    "/to-the-end": head("Connection: close") + HALF,
    "/nothing": b"",
    "/empty": head("Content-Length: 0"),
    "/204": head(status="204 No Content"),
    "/304": head("Content-Length: %d" % BODY, status="304 Not Modified"),
}

CUT = ["/back/length-cut", "/back/chunks-cut", "/back/chunk-cut",
       "/probe?size=100000&declare=-1&break=502",
       "/probe?size=100000&declare=-1&break=500",
       "/probe?size=100000&declare=200000&break=502",
       "/probe?size=100000&declare=200000"]

# Only 502 makes httpd leave the last chunk out. HTTP/2 resets the stream.
LOOKS_WHOLE = {"/probe?size=100000&declare=-1&break=500"}

WHOLE = ["/back/length", "/back/chunks", "/back/trailers", "/back/to-the-end",
         "/back/empty", "/back/204", "/back/304", "/page.html", "/",
         "/probe?size=100000", "/probe?size=100000&declare=-1",
         "/probe/deflate?size=100000",
         "/probe?redirect=/probe%3Fsize%3D100000",
         "/probe/error?status=404&no_go=none",
         "/probe?sub=/probe&size=1000", "/probe?set_status=304",
         "/probe?set_status=204"]


def prepare(server, request):
    backend = Backend(ANSWERS)
    request.addfinalizer(backend.close)
    server.config %= (backend.port, backend.port,
                      request.getfixturevalue("certificate"))
    for name in ("page.html", "index.html"):
        (server.htdocs / name).write_bytes(HALF)


def with_task(target, tag):
    """What is not the handler's own records in the fixups."""
    where = "" if target.startswith("/probe") else "where=fixups&"
    return "%s%s%stag=%s&defer=1" % (target, "&" if "?" in target else "?",
                                     where, tag)


def verdict(server, tag):
    done = server.ledger.wait(event="done", tag=tag)
    line, = wait_until(lambda: [line for line in server.access_log()
                                if tag in line], "the access log's line")
    return {(one.outcome, one.aborted) for one in done}, line.split("|")[1]


BROKEN_OFF = {("NO_GO", 1)}, "aborted"
ALL = {("RAN", 0)}, "-"


@pytest.fixture(params=["plain", "tls"])
def ask(request, server, trusting_tls):
    """ask(target, ...): (status, body), or what is wrong with the answer"""
    def over(target, method="GET", keep=True, version=11, **headers):
        if request.param == "tls":
            one = http.client.HTTPSConnection(
                "127.0.0.1", server.ports[1], timeout=60, context=trusting_tls)
        else:
            one = http.client.HTTPConnection("127.0.0.1", server.port,
                                             timeout=60)
        one._http_vsn_str = "HTTP/1.%d" % (version % 10)
        one.request(method, target, headers={
            key.replace("_", "-"): value for key, value in headers.items()}
            | ({} if keep else {"Connection": "close"}))
        try:
            response = one.getresponse()
            return response.status, response.read()
        except http.client.IncompleteRead as cut:
            return cut
        finally:
            one.close()
    return over


@pytest.mark.parametrize("target", CUT)
def test_cut(server, ask, target):
    server.error_log.allow(r"AH01[01]\d\d|AH00574")
    tag = new_tag()
    answer = ask(with_task(target, tag), keep=False)
    assert target in LOOKS_WHOLE or isinstance(answer, Exception)
    assert verdict(server, tag) == BROKEN_OFF


@pytest.mark.parametrize("target", WHOLE)
@pytest.mark.parametrize("keep", [True, False])
def test_whole(server, ask, target, keep):
    tag = new_tag()
    status, _ = ask(with_task(target, tag), keep=keep)
    assert status in (200, 204, 304, 404)
    assert verdict(server, tag) == ALL


@pytest.mark.parametrize("target", ["/page.html", "/back/length",
                                    "/back/chunks", "/probe?size=100000"])
def test_head(server, ask, target):
    tag = new_tag()
    assert ask(with_task(target, tag), "HEAD") == (200, b"")
    assert verdict(server, tag) == ALL


@pytest.mark.parametrize("spans,status", [
    ("0-9", 206), ("0-9,20-29,90000-", 206), ("999999-", 416)])
def test_ranges(server, ask, spans, status):
    tag = new_tag()
    assert ask(with_task("/page.html?no_go=none", tag),
               Range="bytes=" + spans)[0] == status
    assert verdict(server, tag) == ALL


@pytest.mark.parametrize("target", ["/back/to-the-end", "/back/chunks",
                                    "/probe?size=100000&declare=-1"])
def test_an_old_client(server, ask, target):
    """Without chunks the end of the connection is the end of the body."""
    tag = new_tag()
    assert ask(with_task(target, tag), version=10)[0] == 200
    assert verdict(server, tag) == ALL


def test_an_old_client_sees_no_difference_but_we_do(server, ask):
    server.error_log.allow(r"AH01[01]\d\d")
    tag = new_tag()
    assert ask(with_task("/back/chunks-cut", tag), version=10)[0] == 200
    assert verdict(server, tag) == BROKEN_OFF


# There a stream's request is logged, and its tasks called, before the frame that
# says how the stream ends: see CT01001.
@pytest.mark.skipif(httpd_before("2.4.58"), reason=HTTPD_ITSELF + "before "
                    "2.4.58 mod_http2 logs a request before its stream's end")
@pytest.mark.parametrize("target", CUT + WHOLE)
def test_http2_agrees(server, target):
    server.error_log.allow(r"AH01[01]\d\d|AH00574")
    with H2Visitor(server.port, resets_allowed=True) as visitor:
        tag = new_tag()
        stream = visitor.streams[visitor.send(with_task(target, tag))]
        try:
            visitor.pump_until(lambda: stream.ended
                               or stream.reset is not None)
        except h2.exceptions.InvalidBodyLengthError:
            assert target in CUT
        wait_for(server, tag, 1, visitor)
        assert verdict(server, tag) == (BROKEN_OFF if target in CUT else ALL)


def test_no_answer_at_all(server):
    """A client that has asked before may ask again: httpd hangs up, as its
    back end did."""
    server.error_log.allow(r"AH01102|AH01104")
    with server.raw() as client:
        client.get(with_task("/back/empty", new_tag()))
        assert client.read_answer() == (200, b"")
        tag = new_tag()
        client.get(with_task("/back/nothing?no_go=none", tag))
        assert client.read_to_the_end() == b""
    assert verdict(server, tag) == BROKEN_OFF


@pytest.mark.parametrize("more,expected", [("&break=502", BROKEN_OFF),
                                           ("", ALL)])
def test_recorded_when_the_head_is_out(server, ask, more, expected):
    tag = new_tag()
    ask("/probe?tag=%s&size=100000&declare=-1&then=1%s" % (tag, more))
    assert verdict(server, tag) == expected
