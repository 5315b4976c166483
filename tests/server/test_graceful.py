# SPDX-License-Identifier: Apache-2.0
"""Graceful restarts and graceful stops lose nothing."""

import collections
import signal
import threading
import time

import pytest

from cases import HTTPD_ITSELF
from client import new_tag
from ledger import wait_until

CONFIG = "CrosstownThreads 1 4\n"

# `room` for further children: worker starts a new one only beside an old one
# that is still busy if there is.


class Load(threading.Thread):
    """Requests, one after the other, each on a connection of its own."""

    def __init__(self, server):
        super().__init__()
        self.server = server
        self.tags = []
        self.error = None
        self.enough = threading.Event()

    def run(self):
        try:
            while not self.enough.is_set():
                tag = new_tag()
                answer = self.server.ask("/probe", "sleep_ms=1&defer=3",
                                         tag=tag)
                assert answer.status == 200
                self.tags.append(tag)
        except Exception as error:
            self.error = (error, tag)

    def finish(self):
        """What the server knows of a request that failed tells whose fault it
        was."""
        self.enough.set()
        self.join()
        assert self.error is None, (
            self.error, self.server.ledger.lines(tag=self.error[1]))


def test_in_the_middle_of_load(make_server):
    """Three generations of children: every task runs."""
    server = make_server(CONFIG, room=1)
    loads = [Load(server) for _ in range(3)]
    for load in loads:
        load.start()

    def pids():
        return {line.pid for line in server.ledger.lines(event="start")}

    try:
        for generation in (1, 2, 3):
            before = sum(len(load.tags) for load in loads)
            wait_until(lambda: any(load.error for load in loads)
                       or sum(len(load.tags) for load in loads)
                       > before + 60 and len(pids()) >= generation,
                       "some load for generation %d" % generation)
            if generation < 3:
                server.graceful()
    finally:
        for load in loads:
            load.enough.set()
    for load in loads:
        load.finish()
    tags = [tag for load in loads for tag in load.tags]
    for tag in tags:
        assert server.ledger.outcomes(tag, 3) == {"RAN": 3}
    server.stop()
    assert collections.Counter(
        line.outcome for line in server.ledger.lines(event="done")) == {
            "RAN": 3 * len(tags)}
    assert len(pids()) >= 3


@pytest.mark.case(12, shows="event", naive="drain-early")
def test_request_in_the_air(make_server):
    """Case 12: its child was told to stop long before it was done."""
    server = make_server(CONFIG, room=1)
    with server.raw() as client:
        client.get("/probe?tag=air&hold=air&defer=2", "Connection: close")
        held, = server.ledger.wait(event="hold", tag="air")
        server.graceful()
        fresh = wait_until(lambda: next(
            (line for line in [server.ledger.wait(
                event="start", tag=server.ask("/probe", "defer=1").tag)[0]]
             if line.pid != held.pid), None), "an answer of a new child")
        assert fresh.pid != held.pid
        server.open_gate("air")
        assert client.read_answer()[0] == 200
        assert server.ledger.outcomes("air", 2) == {"RAN": 2}
    start, *_ = server.ledger.lines(event="start", tag="air")
    assert start.pid == held.pid


def test_queued_tasks_run_before_the_old_child_goes(make_server):
    server = make_server("CrosstownThreads 1 1\nCrosstownDrain 10\n", room=1)
    answer = server.ask("/probe", "gate=old&defer=20")
    server.ledger.wait(event="start", tag=answer.tag)
    server.graceful()
    assert server.ask("/probe").status == 200
    server.open_gate("old")
    assert server.ledger.outcomes(answer.tag, 20) == {"RAN": 20}


def test_graceful_stop(make_server):
    """The parent waits for the children, they for their tasks."""
    server = make_server("CrosstownThreads 1 1\nCrosstownDrain 10\n")
    answer = server.ask("/probe", "sleep_ms=50&defer=20")
    server.ledger.wait(event="start", tag=answer.tag)
    server.stop(signal.SIGWINCH)
    assert server.ledger.outcomes(answer.tag, 20) == {"RAN": 20}


@pytest.mark.case(24, shows="event")
def test_the_module_is_removed(make_server):
    """Case 24: what was recorded still runs; then APR_ENOTIMPL."""
    server = make_server(crosstown="after", room=1)
    first = server.ask("/probe", "gate=removed&defer=40")
    server.ledger.wait(event="start", tag=first.tag)
    server.crosstown = None
    server.write_config()
    server.graceful()

    def ask():
        answer = server.ask("/probe", "defer=1")
        line, = server.ledger.wait(event="record", tag=answer.tag)
        return line.answer == "ENOTIMPL"

    wait_until(ask, "a child without the module")
    server.open_gate("removed")
    assert server.ledger.outcomes(first.tag, 40) == {"RAN": 40}
    server.crosstown = "before"
    server.write_config()
    server.graceful()
    wait_until(lambda: not ask(), "a child with the module")
    answer = server.ask("/probe", "defer=2")
    assert server.ledger.outcomes(answer.tag, 2) == {"RAN": 2}


def ask_on_some_connection(server, script, deadline):
    """One connection may still be accepted by a child that is on its way out
    and stay there; what counts is that others are served meanwhile."""
    while time.monotonic() < deadline:
        visitor = server.visit()
        visitor.connection.timeout = 3
        try:
            return visitor.ask("/probe", script,
                               headers={"Connection": "close"})
        except OSError:
            continue
        finally:
            visitor.close()
    raise AssertionError("nobody answers while a child drains")


@pytest.mark.case(11)
def test_a_full_child_leaves_its_place(make_server):
    """Case 11: MaxConnectionsPerChild; the next connection does not
    wait for the tasks of the child that goes. There is room for a child for
    each connection, those included that ask whether the server is up."""
    server = make_server(CONFIG + "MaxConnectionsPerChild 3\n"
                         "CrosstownDrain 60\n", workers=4, room=6)
    tags = []
    for _ in range(4):
        # Half the drain; httpd by itself can take a second.
        answer = ask_on_some_connection(server, "gate=leaving&defer=1",
                                        time.monotonic() + 30)
        assert answer.status == 200
        server.ledger.wait(event="start", tag=answer.tag)
        tags.append(answer.tag)
    assert not server.ledger.lines(event="end")
    server.open_gate("leaving")
    for tag in tags:
        assert server.ledger.outcomes(tag, 1) == {"RAN": 1}


@pytest.mark.case(11, shows="event", naive="drain-early")
def test_a_full_child_lets_go_of_its_connections(make_server, mpm):
    """Case 11: it is the listener that learns that the child is full. Who is
    connected must not have to wait for tasks: there is an answer, or the end
    of the connection."""
    if mpm != "event":
        pytest.skip("only event's connections depend on its listener")
    server = make_server(CONFIG + "MaxConnectionsPerChild 5\n"
                         "CrosstownDrain 60\n", workers=4, room=6)
    with server.raw() as client:
        client.get("/probe?tag=stays&gate=leaving&defer=1")
        assert client.read_answer()[0] == 200
        start, = server.ledger.wait(event="start", tag="stays")

        def asked_another_child():
            answer = server.ask("/probe")
            logged, = server.ledger.wait(event="logged", tag=answer.tag)
            return logged.pid != start.pid

        wait_until(asked_another_child, "a child that is not full")
        client.socket.settimeout(30)
        try:
            client.get("/probe?tag=again")
            client.socket.recv(1)
        except ConnectionError:
            pass
    assert not server.ledger.lines(event="end")
    server.open_gate("leaving")
    assert server.ledger.outcomes("stays", 1) == {"RAN": 1}


def test_children_that_have_served_enough_are_gone(make_server, mpm):
    """worker's listener wakes the main thread by a signal then. Some of its
    children stay all the same, without any module of ours, too; not half of
    the ten that are to go."""
    if mpm == "event":
        pytest.skip(HTTPD_ITSELF + "event's children that are to leave may "
                    "stay, without any module of ours, too")
    server = make_server(CONFIG + "MaxConnectionsPerChild 2\n", workers=2,
                         room=5 if mpm == "worker" else 0)
    for _ in range(20):
        try:
            server.ask("/probe", "defer=1")
        except ConnectionError:
            pass                     # httpd closes what a child has just got
    most = 4 if mpm == "prefork" else 2 + 5
    wait_until(lambda: len(server.children()) <= most,
               lambda: "children to leave: %r" % server.children(), 60)
