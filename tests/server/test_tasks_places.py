# SPDX-License-Identifier: Apache-2.0
"""Where a header comes from and goes to besides a plain script: mod_headers,
caches, included files, errors, HTTP/2. Nobody outside sees it, and it is taken
once."""

import urllib.parse

import pytest

import named
from server import Server, running

ANY_MPM = True

CONFIG_LINES = """
CrosstownTask mail %(url)s/mail
CrosstownAccept mail
CrosstownNoGo none
TypesConfig "${ROOT}/types"
AddType text/plain .txt
<Location "/set">
    Header set Crosstown "mail;set"
</Location>
<Location "/always">
    Header always set Crosstown "mail;always"
</Location>
<Location "/forbidden">
    Header always set Crosstown "mail;forbidden"
    Require all denied
</Location>
AddType text/html .shtml
AddOutputFilter INCLUDES .shtml
<Directory "${ROOT}/htdocs">
    Options +Includes
</Directory>
<Location "/nested">
    ProxyPass "http://127.0.0.1:${PORT}/cgi/app"
</Location>
ProxyRequests On
"""

CACHE_LINES = """
CacheRoot "${ROOT}/cache"
CacheEnable disk "/cgi/cached"
CacheQuickHandler %s
CacheDefaultExpire 3600
CacheIgnoreNoLastMod On
"""


def make(mpm, build, receiver, quick):
    """quick: CacheQuickHandler; None: without mod_cache."""
    server = Server(mpm, build, "\n".join([
        named.load(build), named.cgi_lines(mpm),
        CONFIG_LINES % {"url": receiver.url("")},
        CACHE_LINES % quick if quick else ""]),
        modules=("headers", "include", "mime", "proxy", "proxy_http",
                 *(("cache", "cache_disk") if quick else ())),
        allowed=("AH01630",))
    for name in ("app", "cached"):
        named.write_script(server, name, named.SCRIPT)
    (server.root / "types").touch()
    if quick:
        (server.root / "cache").mkdir()
        (server.root / "cache").chmod(0o777)
    for name in ("set", "always", "forbidden"):
        (server.htdocs / name).write_text(name + "\n")
    (server.htdocs / "page.shtml").write_text(
        '<!--#include virtual="/cgi/app?head=Crosstown:%20mail;included" -->')
    return server


@pytest.fixture(scope="module", params=["On", "Off", None])
def shared_server(request, mpm, build, shared_receiver):
    server = make(mpm, build, shared_receiver, request.param)
    with running(server) as started:
        yield started


def ask(server, path, **more):
    answer = server.ask(path, **more)
    assert "Crosstown" not in answer.headers
    return answer


def head(*lines):
    return "?head=" + urllib.parse.quote("|".join(lines))


def bodies(receiver, count=1):
    return sorted(hook.body for hook in receiver.wait(count))


@pytest.mark.parametrize("name", ["set", "always"])
def test_mod_headers(server, receiver, name):
    assert ask(server, "/" + name).status == 200
    assert bodies(receiver) == [name + "=1"]


def test_an_early_error(server, receiver):
    assert ask(server, "/forbidden").status == 403
    assert bodies(receiver) == ["forbidden=1"]


def test_a_cache_keeps_nothing_of_it(server, receiver):
    if not (server.root / "cache").exists():
        pytest.skip("this server has none")
    path = "/cgi/cached" + head("Crosstown: mail;cached",
                                "Cache-Control: max-age=3600")
    first = server.ask(path, tag="one")
    again = server.ask(path, tag="one")
    assert "Age" not in first.headers and "Age" in again.headers
    assert "Crosstown" not in first.headers
    assert "Crosstown" not in again.headers
    ask(server, "/set")
    assert bodies(receiver, 2) == ["cached=1", "set=1"]
    stored = [path for path in (server.root / "cache").rglob("*.header")]
    assert stored
    assert not [path for path in stored
                if b"\nCrosstown" in path.read_bytes()]


def test_an_included_response(server, receiver):
    assert b"accepted: mail" in ask(server, "/page.shtml").body
    assert bodies(receiver) == ["included=1"]


def test_not_modified(server, receiver):
    ask(server, "/cgi/app" + head("Status: 304 Not Modified",
                                  "Crosstown: mail;same"))
    assert bodies(receiver) == ["same=1"]


def test_a_back_end_behind_a_proxy(server, receiver):
    # The back end is this server, where the header is taken out already.
    ask(server, "/nested" + head("Crosstown: mail;once"))
    assert bodies(receiver) == ["once=1"]


def test_a_forward_proxys_answers_are_not_believed(make_server, mpm, build,
                                                   receiver):
    import http.server
    import threading

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Crosstown", "mail;foreign")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *unused):
            pass

    foreign = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=foreign.serve_forever, daemon=True).start()
    port = foreign.server_address[1]
    server = make_server(named.load(build) + """
CrosstownTask mail %s/mail
CrosstownAccept mail
ProxyRequests On
<Location "/trusted">
    ProxyPass "http://127.0.0.1:%d/"
</Location>
""" % (receiver.url(""), port), modules=("proxy", "proxy_http"))
    receiver.hooks.clear()
    with server.raw() as visitor:
        visitor.send("GET http://127.0.0.1:%d/ HTTP/1.1" % port,
                     "Host: 127.0.0.1:%d" % port)
        status, headers = visitor.read_head()
    assert status == 200 and "crosstown" not in headers
    server.error_log.expect("CT02102: .*a forward proxy's answers")
    assert "Crosstown" not in server.ask("/trusted").headers
    assert bodies(receiver) == ["foreign=1"]
    foreign.shutdown()
    foreign.server_close()
