# SPDX-License-Identifier: Apache-2.0
"""Waiting for the pool: again after a time that was too short, from one of
its own threads, with more who wait than it has threads, with no place left in
the queue."""

import threading

import pytest

from client import new_tag

ONE = "CrosstownThreads 1 1\n"


def answers(server, tag):
    return [line.answer for line in server.ledger.lines(event="wait",
                                                        tag=tag)]


@pytest.fixture
def one_child(mpm):
    return {"workers": 1 if mpm == "prefork" else 8}


def test_again(make_server):
    """APR_TIMEUP is no end: the same deferred may be asked once more."""
    server = make_server(ONE)
    tag = new_tag()
    with server.raw() as client:
        client.get("/probe-later?how=again&gate=%s&tag=%s" % (tag, tag))
        server.ledger.wait(2, event="wait", tag=tag)
        server.open_gate(tag)
        client.read_head()
    assert answers(server, tag) == ["TIMEUP", "TIMEUP", "SUCCESS", "SUCCESS"]


@pytest.mark.parametrize("threads", ["1 1", "2 4"])
def test_on_a_thread_of_the_pool(make_server, threads):
    """An error at once, not a deadlock, however many threads there are."""
    server = make_server("CrosstownThreads %s\n" % threads)
    answer = server.ask("/probe-later?how=nest&gate=held")
    server.open_gate("held")
    assert answer.status == 200
    assert answers(server, answer.tag) == ["EDEADLK", "SUCCESS"]


@pytest.mark.parametrize("threads", ["1 1", "1 3"])
def test_more_wait_than_work(make_server, threads):
    """All threads of the server wait for a pool of a few: none for ever."""
    server = make_server("CrosstownThreads %s\n" % threads, workers=12)
    bodies = []

    def visit():
        for _ in range(10):
            bodies.append(server.ask("/probe-later?how=rounds&rounds=10")
                          .body)

    visits = [threading.Thread(target=visit) for _ in range(24)]
    for thread in visits:
        thread.start()
    for thread in visits:
        thread.join()
    assert len(bodies) == 240
    assert all(body.startswith(b"10 rounds") for body in bodies)


def test_no_place_in_the_queue(make_server, one_child):
    """What cannot be called has failed, and the handler says so at once."""
    server = make_server(ONE + "CrosstownQueue 1\n", **one_child)
    with server.visit() as visitor:
        held = visitor.ask("/probe", "gate=full&keep=copy&submit=1")
        server.ledger.wait(event="start", tag=held.tag)
        visitor.ask("/probe", "keep=copy&submit=1")
        for _ in range(3):
            assert visitor.ask("/probe-later?how=work").status == 500
        server.error_log.expect(r"crosstown:error.*no answer: .*\(11\)", 3)
        server.open_gate("full")
        server.ledger.wait(2, event="over")
        assert visitor.ask("/probe-later?how=work").status == 200
