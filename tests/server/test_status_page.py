# SPDX-License-Identifier: Apache-2.0
"""The status handler as an HTTP resource: methods, headers, formats, and what
it says to words that it does not know."""

import pathlib

import pytest

import metrics
import status
from client import new_tag
from httpd import apxs

ANY_MPM = True

CONFIG = metrics.CONFIG
EXAMPLE = (pathlib.Path(__file__).resolve().parents[2]
           / "conf-examples" / "status.conf")

FORMATS = {"html": "text/html; charset=utf-8", "json": "application/json",
           "prometheus": "text/plain; version=0.0.4; charset=utf-8"}


@pytest.mark.parametrize("method", ("GET", "HEAD"))
@pytest.mark.parametrize("word", FORMATS)
def test_headers(server, word, method):
    answer = server.ask("/crosstown-status?format=" + word, method=method)
    assert answer.status == 200
    assert answer.headers["Content-Type"] == FORMATS[word]
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert bool(answer.body) == (method == "GET")


@pytest.mark.parametrize("method", ("POST", "PUT", "DELETE"))
def test_other_methods(server, method):
    answer = server.ask("/crosstown-status", method=method)
    assert answer.status == 405
    assert set(answer.headers["Allow"].split(",")) >= {"GET", "HEAD"}


def test_options(server):
    answer = server.ask("/crosstown-status", method="OPTIONS")
    assert answer.status == 200
    assert set(answer.headers["Allow"].split(",")) >= {"GET", "HEAD"}


@pytest.mark.parametrize("query, said", (
    ("format=xml", 'format: "xml" is not one of: html, json, prometheus\n'),
    ("format=", 'format: "" is not one of: html, json, prometheus\n'),
    ("format=JSON", 'format: "JSON" is not one of: html, json, prometheus\n'),
    ("format=%3Cb%3E%0a%ff",
     'format: "<b>\\x0a\\xff" is not one of: html, json, prometheus\n'),
    ("refresh=0", 'refresh: "0" is not one of: 1 to 3600 (seconds)\n'),
    ("refresh=3601", 'refresh: "3601" is not one of: 1 to 3600 (seconds)\n'),
    ("refresh=5s", 'refresh: "5s" is not one of: 1 to 3600 (seconds)\n'),
    ("format=json&refresh=",
     'refresh: "" is not one of: 1 to 3600 (seconds)\n'),
    ("sort=Ran", 'sort: "Ran" is not one of: trouble, name, recorded, ran, '
     "failed, retries, no_go, cancelled, rejected, stopped, lost, kept, open, "
     "waiting, running, oldest_waiting, oldest_running, oldest_retrying, "
     "wait, run\n")))
def test_refused_words(server, query, said):
    answer = server.ask("/crosstown-status?" + query)
    assert (answer.status, answer.body.decode()) == (400, said)
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_other_words_are_not_ours(server):
    assert status.read(server, "?auto&x=y&format=html&&=").totals


def test_refresh(server):
    def refresh(query):
        return [meta["content"] for meta in status.read(
            server, query).elements("meta")
            if meta.get("http-equiv") == "refresh"]

    assert refresh("") == []
    assert refresh("?refresh=5") == ["5"]
    assert refresh("?format=html&refresh=3600") == ["3600"]


def order(server, query):
    return [row["name"] for row in status.read(server, query).names()[:-1]]


def test_sort(make_server):
    """Trouble first, of many names the first twenty at once, or as asked
    for."""
    server = make_server(CONFIG)
    for number in range(30):
        server.ask("/probe", "name=n%02d&defer=%d" % (number, 2 * number + 1))
    server.ask("/probe", "name=n03&fail=20014&defer=1")
    metrics.settled(server)
    server.error_log.allow('"n03" failed')
    wanted = ["n%02d" % number for number in range(29, -1, -1)]
    assert order(server, "?sort=recorded") == wanted
    assert order(server, "?sort=name") == wanted[::-1]
    wanted.remove("n03")
    assert order(server, "") == order(server, "?sort=trouble") == [
        "n03", *wanted]
    page = status.read(server, "?sort=ran&refresh=9")
    assert len(page.tables["names"]) == 22
    assert len(page.tables["names-more"]) == 11
    assert "10 more names" in page.text
    links = [link["href"] for link in page.elements("a")]
    assert "?sort=failed&refresh=9" in links
    for link in links:
        assert server.ask("/crosstown-status" + link).status == 200
    server.error_log.check()


def test_page_is_whole_by_itself(server):
    """Nothing is fetched, every link leads to another view of it, and tables
    and sections have names."""
    page = status.read(server)
    for tag, attributes in page.attributes:
        assert not {"src", "srcset", "action", "onload"} & set(attributes)
        assert tag == "a" or "href" not in attributes
    for link in page.elements("a"):
        assert server.ask("/crosstown-status" + link["href"]).status == 200
    assert page.captions == {"gauges": "How many at once",
                             "tasks": "What runs now", "names": "Each name",
                             "processes": "Each child",
                             "now": "Each name now"}
    ids = [attributes["id"] for _, attributes in page.attributes
           if "id" in attributes]
    assert len(ids) == len(set(ids))
    for section in page.elements("section"):
        assert (section.get("aria-label")
                or section["aria-labelledby"] in ids)
    assert all(cell["scope"] in ("row", "col") for cell
               in page.elements("th"))


def test_page_without_tasks(make_server):
    """However often it is looked at, that records nothing."""
    server = make_server(CONFIG)
    for word in list(FORMATS) * 2:
        assert server.ask("/crosstown-status?format=" + word).status == 200
    now = metrics.read(server)
    assert now["total"]["recorded"] == 0 and now["names"] == []
    page = status.read(server)
    assert [list(row.values())[0] for row in page.rows("names")] == ["all"]
    assert page.tables["tasks"][1:] == [["Nothing."]]
    assert "every ten seconds" in page.text
    assert "svg" not in dict(page.attributes)


def test_other_handlers_are_left_alone(server):
    assert server.ask("/crosstown").status == 404
    answer = server.ask("/probe", "defer=1")
    assert server.ledger.outcomes(answer.tag, 1) == {"RAN": 1}


def test_example(make_server, build):
    """status.conf lets in who is local, and nobody else."""
    server = make_server(
        'Define BUILD "%s"\nDefine MODULES "%s"\nInclude "%s"\n'
        "RemoteIPHeader X-Client\nRemoteIPInternalProxy 127.0.0.1\n"
        % (build, apxs("LIBEXECDIR"), EXAMPLE), crosstown=None,
        modules=("remoteip",))
    server.error_log.allow("AH01630")
    assert status.read(server).totals["recorded"] == "0"
    stranger = server.ask("/crosstown-status", tag=new_tag(),
                          headers={"X-Client": "192.0.2.1"})
    assert stranger.status == 403
