# SPDX-License-Identifier: Apache-2.0
"""/simple of mod_later waits, /simple/fire of another request ends that."""

import pytest

from h2_client import H2Visitor
from later_server import CONFIG, OPTIONS, backend, make_later, prepare
from ledger import wait_until

__all__ = ["CONFIG", "OPTIONS", "backend", "make_later", "prepare"]

CONFIG += "LaterPatience 15\nProtocols h2c http/1.1\nH2Direct On\n"
OPTIONS = {**OPTIONS, "modules": ("http2",)}

PAGE = b"<u><i>Somebody else has fired this!</i></u>"


@pytest.fixture
def threaded(mpm):
    if mpm == "prefork":
        pytest.skip("nobody is left there to answer the one who fires")


def fire(server):
    return server.ask("/simple/fire").body


def fire_when_somebody_waits(server):
    wait_until(lambda: fire(server).startswith(b"Fired: "),
               "somebody to wait at /simple")


def test_it_waits_for_another_request(server, threaded):
    with server.raw() as client:
        client.get("/simple")
        fire_when_somebody_waits(server)
        status, headers = client.read_head()
        body = client.read_body(int(headers["content-length"]))
    assert (status, headers["content-type"], body) == (200, "text/html", PAGE)


def test_it_is_fired_once(server, threaded):
    with server.raw() as client:
        client.get("/simple")
        fire_when_somebody_waits(server)
        assert client.read_answer() == (200, PAGE)
    assert fire(server).startswith(b"Nothing to fire")


def test_there_is_nothing_to_fire(server):
    answer = server.ask("/simple/fire")
    assert answer.status == 200
    assert answer.body.startswith(b"Nothing to fire")


def test_over_http2(server, threaded):
    with H2Visitor(server.port) as visitor:
        stream = visitor.streams[visitor.send("/simple")]
        fire_when_somebody_waits(server)
        visitor.pump_until(lambda: stream.ended)
    assert (stream.status, stream.body) == (200, PAGE)


def test_nobody_comes(make_later):
    """504, and from then on there is nothing to fire."""
    server = make_later("LaterPatience 300ms\n")
    assert server.ask("/simple").status == 504
    server.error_log.expect(r"crosstown:error.*has not come in time")
    assert fire(server).startswith(b"Nothing to fire")
