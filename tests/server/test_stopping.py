# SPDX-License-Identifier: Apache-2.0
"""A task can ask whether its child is about to go."""

import signal

import pytest


def steps(server, tag):
    """A task that works until it hears of a stop."""
    answer = server.ask("/probe", "until_stop=1&keep=copy&defer=1", tag=tag)
    start, = server.ledger.wait(event="start", tag=answer.tag)
    assert not server.ledger.lines(event="end", tag=tag)
    return start


def check_heard(server, tag):
    heard, = server.ledger.wait(event="heard", tag=tag)
    assert heard.count == 1
    assert server.ledger.outcomes(tag, 1) == {"RAN": 1}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGWINCH])
def test_a_stop(make_server, number):
    """Well before the drain is over: nothing is left behind."""
    server = make_server("CrosstownDrain 6\n")
    steps(server, "steps")
    server.stop(number)
    check_heard(server, "steps")


def test_a_graceful_restart(make_server):
    """Only the old child is on its way out."""
    server = make_server("CrosstownDrain 6\n", room=1)
    old = steps(server, "old")
    server.graceful()
    check_heard(server, "old")
    new = steps(server, "new")
    assert new.pid != old.pid
    server.stop()
    check_heard(server, "new")


def test_while_requests_are_in_the_air(make_server):
    """The stop has begun when it is asked for, not when the drain begins."""
    server = make_server("CrosstownDrain 6\n", room=1)
    old = steps(server, "steps")
    with server.raw() as client:
        client.get("/probe?tag=air&hold=air")
        held, = server.ledger.wait(event="hold", tag="air")
        server.graceful()
        if held.pid == old.pid:
            check_heard(server, "steps")
        server.open_gate("air")
        assert client.read_answer()[0] == 200
    check_heard(server, "steps")


def test_without_the_module(make_server):
    server = make_server(crosstown=None)
    answer = server.ask("/probe", "stopping=1")
    line, = server.ledger.wait(event="stopping", tag=answer.tag)
    assert line.count == 0


def test_a_child_that_stays(make_server):
    server = make_server()
    answer = server.ask("/probe", "stopping=1")
    line, = server.ledger.wait(event="stopping", tag=answer.tag)
    assert line.count == 0
