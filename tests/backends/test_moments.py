# SPDX-License-Identifier: Apache-2.0
"""When, and how often: not before the last byte, not again from a cache, once
for each of many requests on a connection; and what comes before or behind a
response."""

import threading

import pytest

from client import Visitor
from h2_client import H2Visitor
from ledger import wait_until
from places import quoted


def path(place, *head, more=""):
    return "/%s/app?head=%s%s" % (place, quoted(*head), more)


def ask(mounted, wanted, port=None):
    """Over HTTP/1.1; the client must not see the header."""
    answer = mounted.server.ask(wanted, tag="same", port=port)
    mounted.asked += 1
    assert answer.status == 200 and "Crosstown" not in answer.headers
    return answer


def bodies(mounted, receiver, count):
    mounted.ran += count
    return sorted(hook.body for hook in receiver.wait(count))


def test_not_before_the_last_byte(mounted, server, receiver):
    gate = server.root / "streams" / "gate"
    for left in (gate, gate.with_name("gate.reached")):
        left.unlink(missing_ok=True)
    answers = []
    client = threading.Thread(target=lambda: answers.append(ask(
        mounted, path("open", "Crosstown: mail;slow",
                      more="&gate=%s" % gate))))
    client.start()
    wait_until(gate.with_name("gate.reached").exists,
               "the program to be in the middle of its answer")
    ask(mounted, path("open", "Crosstown: mail;twin"))
    assert bodies(mounted, receiver, 1) == ["twin=1"]
    gate.touch()
    client.join()
    assert answers[0].body.endswith(b"the end\n")
    assert bodies(mounted, receiver, 1) == ["slow=1"]


def test_many_on_one_connection(mounted, server, receiver):
    with Visitor(server.port) as visitor:
        for number in range(20):
            answer = visitor.ask(path("open", "Crosstown: mail;n=%d" % number))
            assert answer.status == 200
            assert "Crosstown" not in answer.headers
    mounted.asked += 20
    assert bodies(mounted, receiver, 20) == sorted(
        "n=%d" % number for number in range(20))


def test_many_streams_at_once(mounted, server, receiver):
    if "threads" in mounted.back_end.but:
        pytest.skip("not with %s" % mounted.back_end.name)
    with H2Visitor(server.port) as visitor:
        for number in range(20):
            visitor.send(path("open", "Crosstown: mail;n=%d" % number))
        streams = visitor.streams.values()
        visitor.pump_until(lambda: all(stream.ended for stream in streams))
        for stream in streams:
            assert stream.status == 200
            assert "crosstown" not in {**stream.headers, **stream.trailers}
    mounted.asked += 20
    assert bodies(mounted, receiver, 20) == sorted(
        "n=%d" % number for number in range(20))


@pytest.mark.parametrize("port, after_hit", [
    pytest.param(0, False, id="quick"), pytest.param(1, True, id="not quick")])
def test_a_cache(mounted, server, receiver, port, after_hit):
    """A hit asks for nothing, since nothing of the header is stored; what
    the place itself asks for is asked for again, if a hit knows its place."""
    port = server.ports[port]
    cached = path("cached", "Crosstown: mail;cached",
                  "Cache-Control: max-age=3600")
    assert "Age" not in ask(mounted, cached, port).headers
    assert "Age" in ask(mounted, cached, port).headers
    ask(mounted, path("open", "Crosstown: mail;twin"))
    assert bodies(mounted, receiver, 2) == ["cached=1", "twin=1"]

    placed = path("cachedafter", "Cache-Control: max-age=3600")
    assert "Age" not in ask(mounted, placed, port).headers
    assert "Age" in ask(mounted, placed, port).headers
    assert bodies(mounted, receiver, 1 + after_hit) == [
        "after=1"] * (1 + after_hit)

    stored = list((server.root / "cache").rglob("*.header"))
    assert len(stored) >= 2
    assert not [file for file in stored
                if b"crosstown:" in file.read_bytes().lower()]


def interim_and_final(server, wanted):
    """The heads of all that comes for a request, and the rest, in lower
    case."""
    with server.raw() as visitor:
        visitor.get(wanted, "Connection: close")
        return visitor.read_to_the_end().decode("latin-1").lower()


def only(mounted, *names):
    if mounted.back_end.name not in names:
        pytest.skip("only with %s" % ", ".join(names))
    mounted.asked += 1


@pytest.mark.parametrize("place, seen", [("open", True),
                                         ("suppressed", False)])
def test_early_hints(mounted, server, receiver, place, seen):
    only(mounted, "node", "puma")
    text = interim_and_final(server, path(
        place, "Crosstown: mail;late", more="&early="))
    assert text.startswith("http/1.1 103 ") == seen
    assert ("link: </style.css>" in text) == seen
    assert "http/1.1 200 " in text and "crosstown" not in text
    assert bodies(mounted, receiver, 1) == ["late=1"]


@pytest.mark.parametrize("place, seen", [("open", True),
                                         ("suppressed", False)])
def test_the_header_in_early_hints(mounted, server, receiver, place, seen):
    """httpd shows interim responses to no module: what the pages say."""
    only(mounted, "node")
    text = interim_and_final(server, path(
        place, "Crosstown: mail;late", more="&early=mail;early"))
    assert ("crosstown: mail;early" in text) == seen
    assert bodies(mounted, receiver, 1) == ["late=1"]


def test_trailers(mounted, server, receiver):
    only(mounted, "node")
    text = interim_and_final(server, path(
        "open", "Crosstown: mail;head", more="&trailer=mail;trailer"))
    assert "crosstown: " not in text and "mail;trailer" not in text
    assert bodies(mounted, receiver, 1) == ["head=1"]


def test_raw_scripts(mounted, server, receiver):
    """httpd hands the answer of an nph- script through: what the pages
    say."""
    only(mounted, "cgi")
    text = interim_and_final(server, "/raw/nph-app")
    assert "crosstown: mail;raw" in text
    ask(mounted, path("open", "Crosstown: mail;twin"))
    assert bodies(mounted, receiver, 1) == ["twin=1"]
