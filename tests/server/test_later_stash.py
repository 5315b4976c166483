# SPDX-License-Identifier: Apache-2.0
"""/stash of mod_later begins something slow and hands out a ticket, with which
a later request gets the result, once."""

import re

import soon
from later_server import backend, make_later

__all__ = ["backend", "make_later"]

PAGE = b"&lt;answer of /1&gt;"


def begin(server):
    """The path of the ticket."""
    answer = server.ask("/stash")
    assert answer.status == 202
    return answer.headers["Location"]


def test_retrieved_once(make_later, backend):
    server = make_later()
    ticket = begin(server)
    backend.wait_for(1)
    backend.gate.set()
    answer = server.ask(ticket)
    assert (answer.status, answer.body) == (200, PAGE)
    assert server.ask(ticket).status == 404
    assert server.ask(ticket).status == 404


def test_who_comes_too_early_waits(make_later, backend):
    server = make_later()
    ticket = begin(server)
    with server.raw() as client:
        client.get(ticket)
        assert not client.arrived(0.3)
        backend.gate.set()
        assert client.read_answer() == (200, PAGE)


def test_tickets_cannot_be_guessed(make_later, backend):
    backend.gate.set()
    server = make_later()
    tickets = [begin(server) for _ in range(20)]
    ids = {re.fullmatch(r"/stash/([0-9A-Za-z_-]{32})", ticket).group(1)
           for ticket in tickets}
    assert len(ids) == 20
    for part in (slice(0, 8), slice(12, 20), slice(24, 32)):
        assert len({id_[part] for id_ in ids}) == 20
    for wrong in ("", "x", "0" * 32, "0" * 500, tickets[0][7:-1],
                  tickets[0][7:] + "0"):
        assert server.ask("/stash/" + wrong).status == 404
    for ticket in reversed(tickets):
        assert server.ask(ticket).body == PAGE


@soon.soon
def test_a_stop_forgets_them(make_later, backend):
    """Also what is not done by then; it costs the drain's time at most."""
    server = make_later("CrosstownDrain 1\n")
    for _ in range(3):
        begin(server)
    backend.wait_for(3)
    server.error_log.allow(r"the child stops: 0 waiting"
                           r"|a failure that nobody handled")
    soon.stop(server)
