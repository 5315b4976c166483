# SPDX-License-Identifier: Apache-2.0
"""keep=disk and every way to answer: the status that the client sees decides
what is on the disk, and if the disk cannot have it, the client hears 503 or
is cut off."""

import http.client
import urllib.parse

import pytest

import kept
import named
from httpd import load_line
from ledger import wait_until
from server import Server, running

MODULES = ("headers", "dir", "mime")


def config_for(mpm, build, receiver):
    return "\n".join([kept.load(build), named.cgi_lines(mpm), load_line(
        "proxy"), load_line("proxy_http"), """
CrosstownStore "${ROOT}/store/tasks.db" wait=20
TypesConfig "${ROOT}/types"
AddType text/plain .txt
CrosstownTask hook %(hook)s keep=disk
CrosstownTask anyhow %(hook)s keep=disk no-go=none
<Location "/">
    CrosstownAccept hook anyhow
</Location>
<Location "/always">
    Header always set Crosstown "hook;to=always"
</Location>
<Location "/error">
    Header always set Crosstown "anyhow;to=error"
</Location>
Alias "/always" "${ROOT}/htdocs"
<Location "/after">
    CrosstownAfter anyhow "uri=%%{REQUEST_URI}" \
        "status=%%{REQUEST_STATUS}" "type=%%{resp:Content-Type}" \
        "expr=%%{REQUEST_STATUS} != 403"
    ErrorDocument 404 /file.txt
    Require method GET HEAD
</Location>
Alias "/after" "${ROOT}/htdocs"
ProxyPass "/proxied/" "http://127.0.0.1:${PORT}/"
<Location "/documented">
    ErrorDocument 404 /cgi/app?head=Crosstown:%%20hook%%3bto%%3ddocument
</Location>
<Location "/anyhow">
    ErrorDocument 404 /cgi/app?head=Crosstown:%%20anyhow%%3bto%%3ddocument
</Location>
ErrorDocument 503 "not now"
""" % {"hook": receiver.url("/hook")}])


def prepare(server):
    kept.make_directory(server)
    named.write_script(server, "app", named.SCRIPT)
    (server.root / "types").touch()
    (server.htdocs / "file.txt").write_text("x" * 200000)
    return server


@pytest.fixture(scope="module")
def shared_server(mpm, build, shared_receiver):
    server = prepare(Server(mpm, build,
                            config_for(mpm, build, shared_receiver),
                            modules=MODULES, allowed=kept.ALLOWED))
    with running(server) as started:
        yield started


@pytest.fixture
def own_server(make_server, mpm, build, receiver):
    return prepare(make_server(config_for(mpm, build, receiver), start=False,
                               modules=MODULES, allowed=kept.ALLOWED)).start()


def header(*lines):
    return "?head=" + urllib.parse.quote("|".join(lines))


CGI = "/cgi/app" + header("Status: 202", "Crosstown: hook;to=42")
PROBE = "/probe?set_status=202&tag=42&named=hook"
CASES = {
    "cgi": (CGI, {}, 202),
    "no content": ("/cgi/app" + header("Status: 204", "Crosstown: hook;to=42"),
                   {}, 204),
    "not modified": ("/cgi/app" + header("Status: 304",
                                         "Crosstown: hook;to=42"), {}, 304),
    "head": (CGI, {"method": "HEAD"}, 202),
    "proxied": ("/proxied" + CGI, {}, 202),
    "C module": (PROBE, {}, 202),
    "large": (PROBE + "&size=300000", {}, 202),
    "file, by Header always": ("/always/file.txt", {}, 200),
    "error, by Header always": ("/error", {}, 404),
    "asked for by an error document": ("/anyhow/nothing", {}, 404),
    "after a file": ("/after/file.txt", {}, 200),
    "after an error document": ("/after/nothing", {}, 404),
    "after HEAD": ("/after/file.txt", {"method": "HEAD"}, 200),
    "range": ("/always/file.txt", {"headers": {"Range": "bytes=0-9"}}, 206),
}


@pytest.mark.parametrize("case", CASES)
def test_kept_run_and_gone(server, receiver, case):
    path, how, status = CASES[case]
    assert server.ask(path, **how).status == status
    receiver.wait()
    kept.wait_for_count(server, 0)


def test_after_every_response(server, receiver):
    """CrosstownAfter: before the headers leave, as what goes out."""
    for path, method, status in (("file.txt", "GET", 200),
                                 ("file.txt", "OPTIONS", 403),
                                 ("nothing", "GET", 404)):
        assert server.ask("/after/" + path, method=method).status == status
    server.error_log.expect("AH01630:")
    assert sorted(hook.body for hook in receiver.wait(2)) == [
        "uri=%2Fafter%2Ffile.txt&status=200&type=text%2Fplain",
        "uri=%2Ffile.txt&status=404&type=text%2Fplain"]
    kept.wait_for_count(server, 0)


def test_503_if_it_cannot_be_kept(own_server, receiver):
    """Whoever asks first finds out that the store is away."""
    server = own_server
    kept.take_away(server)
    statuses = {case: server.ask(path, **how).status
                for case, (path, how, _) in CASES.items()}
    assert statuses == dict.fromkeys(CASES, 503)
    server.error_log.expect("CT02330:.*cannot be kept")
    server.error_log.expect("CT02311:")
    server.error_log.allow(r"CT02330:|task \"(hook|anyhow)\" failed|"
                           r"CT02102:|CT02105:|CT02106:|CT01303:")
    kept.bring_back(server)
    for case, (path, how, status) in CASES.items():
        wait_until(lambda: server.ask(path, **how).status == status,
                   lambda: "the store to be back for: " + case)
    receiver.wait(len(CASES))
    kept.wait_for_count(server, 0)


def test_an_error_document_asks(server, receiver):
    assert server.ask("/documented/nothing").status == 404
    # 4xx refuses it: CrosstownNoGo of the place.
    assert server.ask(CGI).status == 202
    assert [hook.body for hook in receiver.wait()] == ["to=42"]
    kept.wait_for_count(server, 0)


def test_submitted_without_a_response(server, receiver):
    server.ask("/probe?tag=sub&submit_named=hook")
    assert receiver.wait()[0].body == "sub"
    kept.wait_for_count(server, 0)


def test_a_range_that_cannot_be_had(server, receiver):
    answer = server.ask("/always/file.txt",
                        headers={"Range": "bytes=900000-"})
    assert answer.status == 416
    assert server.ask(CGI).status == 202
    assert [hook.body for hook in receiver.wait()] == ["to=42"]
    kept.wait_for_count(server, 0)


def test_what_the_client_saw_counts(server, receiver):
    """202 has left, then the handler fails."""
    server.ask("/probe?set_status=202&tag=seen&named=hook&flush=1&status=500")
    assert receiver.wait()[0].body == "seen"
    kept.wait_for_count(server, 0)


def test_asked_for_late(server, receiver):
    answer = server.ask("/probe?flush=1&tag=late&named=hook")
    assert answer.status == 200
    assert receiver.wait()[0].body == "late"
    kept.wait_for_count(server, 0)


def test_asked_for_late_in_vain(own_server, receiver):
    """The headers are out: the response breaks off."""
    server = own_server
    kept.take_away(server)
    with pytest.raises((http.client.HTTPException, OSError, AssertionError)):
        server.ask("/probe?flush=1&tag=late&named=hook")
    server.error_log.expect("CT02330:.*cannot be kept")
    server.error_log.expect("CT02311:")
    server.error_log.allow(r"task \"hook\" failed")
    kept.bring_back(server)
    assert receiver.hooks == []
