# SPDX-License-Identifier: Apache-2.0
"""/fanout of mod_later asks all backends at once and answers when the last of
them has."""

from later_server import backend, make_later

__all__ = ["backend", "make_later"]

PATHS = ["/1", "/2", "/3", "/4", "/5"]


def line(path):
    return "<li>&lt;answer of %s&gt;</li>" % path


def ask(server, backend):
    """Nobody is answered before all five have been asked."""
    with server.raw() as client:
        client.get("/fanout")
        backend.wait_for(5)
        assert not client.arrived(0.1)
        backend.gate.set()
        status, body = client.read_answer()
    assert sorted(backend.asked) == PATHS
    return status, body.decode().split("\n")[1:-2]


def test_all_at_once(make_later, backend):
    server = make_later()
    assert ask(server, backend) == (200, [line(path) for path in PATHS])


def test_some_are_broken(make_later, backend):
    """Those are told, in their place, and no failure is left unseen."""
    backend.broken = {"/2", "/5"}
    server = make_later()
    status, lines = ask(server, backend)
    assert status == 200
    for path, text in zip(PATHS, lines):
        if path in backend.broken:
            assert text.startswith("<li>no answer: ")
        else:
            assert text == line(path)


def test_few_threads(make_later, backend):
    """Then some wait for others; all are there in the end."""
    server = make_later("CrosstownThreads 1 2\n")
    backend.gate.set()
    answer = server.ask("/fanout")
    assert answer.status == 200
    assert answer.body.decode().split("\n")[1:-2] == [
        line(path) for path in PATHS]


def test_they_are_too_slow(make_later, backend):
    server = make_later("LaterPatience 300ms\n")
    answer = server.ask("/fanout")
    # curl may give up an instant before the server does.
    assert answer.status == 504 or answer.body.count(b"no answer: ") == 5
    server.error_log.allow(r"crosstown:error.*has not come in time")
