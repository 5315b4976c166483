# SPDX-License-Identifier: Apache-2.0
"""keep=disk where a response takes an unusual way: from a cache, from parts,
cut off by its back end, refused by httpd behind the commit, over TLS."""

import http.client
import subprocess
import urllib.parse

import pytest

import kept
import metrics
import named
from backend import Backend
from httpd import load_line
from ledger import wait_until
from server import Server, running

MODULES = ("cache", "cache_disk", "dir", "http2", "include", "mime",
           "socache_shmcb", "ssl")

CONFIG = """
CrosstownStore "${ROOT}/store/tasks.db" wait=20
CrosstownTask hook %(hook)s keep=disk
CrosstownTask anyhow %(hook)s keep=disk no-go=none
TypesConfig "${ROOT}/types"
AddOutputFilter INCLUDES .shtml
<Directory "${ROOT}/htdocs">
    Options +Includes
</Directory>
<Location "/">
    CrosstownAccept hook anyhow
</Location>
CacheRoot "${ROOT}/cache"
CacheEnable disk /back/cached
CacheEnable disk /cgi/stale
CacheStoreExpired On
ProxyPass "/back/" "http://127.0.0.1:%(back)d/" disablereuse=on
SSLSessionCache "shmcb:${ROOT}/sessions(65536)"
Protocols h2 h2c http/1.1
Listen 127.0.0.1:${PORT2}
<VirtualHost 127.0.0.1:${PORT2}>
    SSLEngine On
    SSLCertificateFile "%(certificate)s"
</VirtualHost>
"""


def head(*lines, status="200 OK"):
    return "\r\n".join(("HTTP/1.1 " + status, "Content-Type: text/plain",
                        *lines, "", "")).encode()


def asks(to, name="hook"):
    return "Crosstown: %s;to=%s" % (name, to)


ANSWERS = {
    "/cached": head("Cache-Control: max-age=600", asks("cached"),
                    "Content-Length: 2") + b"ok",
    "/short": head(asks("short"), "Content-Length: 1000") + b"too short",
    "/chunks": head(asks("chunks"), "Transfer-Encoding: chunked")
               + b"5\r\nhello\r\n",
    "/early": head("Link: </a.css>; rel=preload", status="103 Early Hints")
              + head(asks("early"), "Content-Length: 2",
                     status="202 Accepted") + b"ok",
    "/broken": b"HTTP/1.1 200 OK\r\n\r\nno such",
    "/refused": head(asks("refused"), "Content-Length: 2",
                     status="500 Oops") + b"no",
}

# Its copy in the cache is always to be asked for again.
STALE = """#!/usr/bin/python3
import os
again = os.environ.get("HTTP_IF_NONE_MATCH")
print("Status: %d" % (304 if again else 200))
print('ETag: "1"')
print("Cache-Control: max-age=0")
print("Crosstown: hook;to=%s" % ("again" if again else "first"))
print("Content-Type: text/plain\\n")
if not again:
    print("body")
"""

PAGE = '<!--#include virtual="/cgi/app?head=%s" -->' % urllib.parse.quote(
    "Crosstown: hook;to=part")


BAD = "/cgi/app?head=X-Bad:%%20a%%01b|Crosstown:%%20%s"


@pytest.fixture(scope="module")
def backend():
    served = Backend(ANSWERS)
    yield served
    served.close()


def make(mpm, build, receiver, backend, certificate):
    config = "\n".join([
        kept.load(build), named.cgi_lines(mpm), load_line("proxy"),
        load_line("proxy_http"), metrics.CONFIG, CONFIG % {
            "hook": receiver.url("/hook"), "back": backend.port,
            "certificate": certificate}])
    server = Server(mpm, build, config, modules=MODULES, allowed=(
        *kept.ALLOWED, r"AH10034:"))
    kept.make_directory(server)
    (server.root / "cache").mkdir()
    kept.give_away(server.root / "cache")
    (server.root / "types").touch()
    named.write_script(server, "app", named.SCRIPT)
    named.write_script(server, "stale", STALE)
    (server.htdocs / "page.shtml").write_text("<p>" + PAGE + "</p>" + PAGE)
    (server.htdocs / "file.txt").write_text("x" * 20000)
    return server


@pytest.fixture(scope="module")
def shared_server(mpm, build, shared_receiver, backend, certificate):
    with running(make(mpm, build, shared_receiver, backend,
                      certificate)) as started:
        yield started


def bodies(server, receiver, count=1):
    """What has arrived, and that nothing is left on the disk."""
    hooks = sorted(hook.body for hook in receiver.wait(count))
    kept.wait_for_count(server, 0)
    return hooks


def nothing(server, receiver):
    """Nothing has come of what was asked before."""
    kept.wait_for_count(server, 0)
    assert server.ask("/cgi/app?head=" + urllib.parse.quote(
        asks("last"))).status == 200
    assert bodies(server, receiver) == ["to=last"]


def files_of(server):
    return b"".join(path.read_bytes() for path in (
        server.root / "cache").rglob("*") if path.is_file())


def curl(server, path, *options, tls=False):
    """(exit code, status, protocol)"""
    where = ("https://127.0.0.1:%d" % server.ports[1] if tls
             else "http://127.0.0.1:%d" % server.port)
    done = subprocess.run(
        ["curl", "-sk", "-o", "/dev/null", "-w",
         "%{http_code} %{http_version}", *options, where + path],
        text=True, stdout=subprocess.PIPE, timeout=60)
    status, version = done.stdout.split()
    return done.returncode, int(status), version


def test_from_a_cache(server, receiver):
    """What is stored has no header, and a hit asks for nothing."""
    first = server.ask("/back/cached", tag="same")
    assert bodies(server, receiver) == ["to=cached"]
    wait_until(lambda: b"max-age=600" in files_of(server), "it to be cached")
    second = server.ask("/back/cached", tag="same")
    assert (first.status, second.status, second.body) == (200, 200, b"ok")
    assert "Age" in second.headers and "Age" not in first.headers
    assert b"crosstown" not in files_of(server).lower()
    nothing(server, receiver)


def test_a_cache_that_asks_again(server, receiver):
    """Each answer of the script asks for itself, also 304."""
    for told in ("first", "again"):
        answer = server.ask("/cgi/stale", tag="same")
        assert (answer.status, answer.body) == (200, b"body\n")
        assert bodies(server, receiver) == ["to=" + told]


def test_parts_of_a_page(server, receiver):
    assert server.ask("/page.shtml").status == 200
    assert bodies(server, receiver, 2) == ["to=part", "to=part"]


@pytest.mark.parametrize("path, status", [("/back/short", 200),
                                          ("/back/chunks", 200)])
def test_cut_off_by_the_back_end(server, receiver, path, status):
    """The client has seen the status: it is kept, and runs."""
    with pytest.raises((http.client.IncompleteRead, ConnectionError,
                        AssertionError)):
        server.ask(path)
    assert bodies(server, receiver) == [
        "to=" + path.rpartition("/")[2]]
    server.error_log.allow("AH01110:|AH01094:|AH02821:|AH10012:")


def test_early_hints(server, receiver):
    assert curl(server, "/back/early")[:2] == (0, 202)
    assert bodies(server, receiver) == ["to=early"]


def test_the_back_end_refuses(server, receiver):
    assert server.ask("/back/refused").status == 500
    nothing(server, receiver)


def test_a_header_that_is_not_allowed(server, receiver):
    """It is known behind the commit: the task is taken back, unless it is to
    run whatever the status. (httpd's own answer is cut off: its length has
    that of the first body in it.)"""
    for name in ("hook", "anyhow"):
        assert curl(server, BAD % name)[1] == 500
    receiver.wait()
    server.error_log.expect("AH02430:", 2)
    nothing(server, receiver)


@pytest.mark.parametrize("script, options, status", [
    ("", (), 200), ("", ("-I",), 200), ("&flush=1&size=200000", (), 200),
    ("&status=404", (), 404)])
def test_http2_over_tls(server, receiver, mpm, script, options, status):
    """On prefork it is HTTP/1.1."""
    assert curl(server, "/probe?tag=tls&named=hook" + script, "--http2",
                *options, tls=True) == (
                    0, status, "1.1" if mpm == "prefork" else "2")
    if status == 200:
        assert bodies(server, receiver) == ["tls"]
    else:
        nothing(server, receiver)


def test_cut_off_over_http2(server, receiver):
    """The reset may be there before the client looks at the headers."""
    code, status, _ = curl(server, "/back/short", "--http2", tls=True)
    assert code != 0 and status in (0, 200)
    assert bodies(server, receiver) == ["to=short"]
    server.error_log.allow("AH01110:|AH03470:|AH10012:")


def test_parts_that_cannot_be_kept(mpm, build, receiver, backend,
                                   certificate):
    """503, or a response that breaks off; and its copy is not what somebody
    else is given then."""
    server = make(mpm, build, receiver, backend, certificate)
    with running(server):
        kept.take_away(server)
        assert server.ask("/back/cached").status == 503
        assert curl(server, "/back/early")[1] == 503
        try:
            assert server.ask("/page.shtml").status == 503
        except (http.client.HTTPException, ConnectionError):
            pass
        assert receiver.hooks == []
        server.error_log.allow(r"CT02330:|CT02311:|CT02102:|CT01301:|AH01094:")
        kept.bring_back(server)
        server.error_log.allow(r"CT02310:")
