# SPDX-License-Identifier: Apache-2.0
"""Internal redirects and error documents: one response, one final status,
whatever happened on the way."""

import pytest

from client import play

CONFIG = """
ErrorDocument 503 http://127.0.0.1:${PORT}/elsewhere
<Location "/probe/strict">
    CrosstownNoGo 200
</Location>
<Location "/probe/lenient">
    CrosstownNoGo none
</Location>
<Location "/probe/local">
    ErrorDocument 404 /probe/error
    ErrorDocument 410 /probe/error?set_status=200
    ErrorDocument 500 /probe/error?defer=1
</Location>
<Location "/probe/text">
    ErrorDocument 403 "Not here."
</Location>
<Location "/probe/away302">
    CrosstownNoGo 302
</Location>
RewriteEngine On
RewriteRule "^/old$" "/probe/new" [PT]
TypesConfig /dev/null
AddType text/html .html
AddLanguage en .en
<Directory "${ROOT}/htdocs">
    Options MultiViews
    DirectoryIndex index.html?added=1
</Directory>
"""
OPTIONS = {"modules": ("dir", "mime", "negotiation", "rewrite")}


def prepare(server, request):
    for name in ("index.html", "page.html.en", "sub/index.html", "a b.html"):
        (server.htdocs / name).parent.mkdir(exist_ok=True)
        (server.htdocs / name).write_text("page")


def redirect(tag_words, target, *target_words):
    """A script: do this, then go on at the target with that."""
    return play(*tag_words, "redirect=%s?%s" % (target,
                                                play(*target_words)))


@pytest.mark.case(14, shows="event")
def test_redirect_to_a_missing_page_is_a_404(server):
    """Case 14: the first request's own status stays 200."""
    answer = server.ask("/probe", redirect(["defer=2"], "/missing", "x=1"))
    assert answer.status == 404
    assert server.ledger.outcomes(answer.tag, 2) == {"NO_GO": 2}
    done, *_ = server.ledger.lines(event="done", tag=answer.tag)
    assert (done.status, done.uri) == (404, "/probe")


@pytest.mark.case(17, shows="event")
def test_tasks_before_and_after_a_redirect(server):
    """Case 17: both run, in the order in which they were recorded, as
    followers of the request that the client sent."""
    answer = server.ask("/probe", redirect(
        ["name=before", "plan=ss"], "/probe/target", "tag=inside",
        "name=after", "plan=ss", "set_status=201"))
    assert answer.status == 201
    assert server.ledger.outcomes(answer.tag, 4) == {"RAN": 4}
    starts = [line for line in server.ledger.lines(event="start")
              if line.args and answer.tag in line.args]
    assert [line.task for line in starts] == ["before"] * 2 + ["after"] * 2
    assert [line.seq for line in starts] == sorted(
        line.seq for line in starts)
    assert {line.uri for line in starts} == {"/probe"}
    assert {line.status for line in starts} == {201}
    assert len(server.ledger.lines(event="logged", tag=answer.tag)) == 1


def test_the_section_of_the_recording_request_counts(server):
    """Not that of the last request of the chain."""
    for first, second in (("strict", "lenient"), ("lenient", "strict")):
        answer = server.ask("/probe/" + first, redirect(
            ["name=" + first, "defer=1"], "/probe/" + second, "tag=inside",
            "name=" + second, "defer=1"))
        assert answer.status == 200
        assert server.ledger.outcomes(answer.tag, 2) == {"RAN": 1, "NO_GO": 1}
        ran, = server.ledger.lines(event="done", tag=answer.tag,
                                   outcome="RAN")
        assert ran.task == "lenient"


@pytest.mark.parametrize("path,script,status", [
    ("/probe/local", "status=404", 404),
    ("/probe/local", "status=500", 500),
    ("/probe/text", "status=403", 403),
    ("/probe/away302", "status=503", 302),
])
@pytest.mark.case(15, shows="event")
def test_error_documents_that_stop_a_task(server, path, script, status):
    """Case 15."""
    answer = server.ask(path, script + "&defer=2")
    assert answer.status == status
    count = 3 if status == 500 else 2
    assert server.ledger.outcomes(answer.tag, count) == {"NO_GO": count}
    assert {line.status for line in server.ledger.lines(
        event="done", tag=answer.tag)} == {status}


@pytest.mark.case(15)
def test_error_document_elsewhere_is_a_302(server):
    """Case 15: the final status is the one that the client sees."""
    answer = server.ask("/probe", "status=503&defer=2")
    assert answer.status == 302
    assert server.ledger.outcomes(answer.tag, 2) == {"RAN": 2}


@pytest.mark.case(15)
def test_error_document_that_makes_it_good(server):
    answer = server.ask("/probe/local", "status=410&defer=2")
    assert answer.status == 200
    assert server.ledger.outcomes(answer.tag, 2) == {"RAN": 2}


@pytest.mark.parametrize("method", ["GET", "POST", "HEAD"])
def test_the_response_names_the_request_of_the_client(server, method):
    """The error document is fetched by GET, under a URI of its own."""
    body = "a=1&b=2" if method == "POST" else None
    answer = server.ask("/probe/local/page", "no_go=none&status=404&defer=1",
                        method=method, body=body)
    assert answer.status == 404
    start, = server.ledger.wait(event="start", tag=answer.tag)
    assert (start.method, start.uri) == (method, "/probe/local/page")
    assert start.args == "tag=%s&no_go=none&status=404&defer=1" % answer.tag
    assert server.ledger.outcomes(answer.tag, 1) == {"RAN": 1}


@pytest.mark.parametrize("path,uri", [
    ("/", "/"),                          # DirectoryIndex, a file
    ("/sub/", "/sub/"),
    ("/page", "/page"),                  # MultiViews
    ("/old", "/old"),                    # rewritten
    ("/a%20b.html", "/a b.html"),
    ("/sub/.././page.html.en", "/page.html.en"),
    ("/probe", "/probe"),
])
def test_the_snapshot_has_what_the_client_sent(server, path, uri):
    """Whatever the server makes of it on its way to a handler."""
    answer = server.ask(path, "where=fixups&defer=1")
    assert answer.status == 200
    server.ledger.wait(event="done", tag=answer.tag)
    lines = server.ledger.lines(event="done", tag=answer.tag)
    assert {line.uri for line in lines} == {uri}
    assert all(line.args == "tag=%s&where=fixups&defer=1" % answer.tag
               for line in lines)
