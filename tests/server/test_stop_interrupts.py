# SPDX-License-Identifier: Apache-2.0
"""A hard stop finds a request thread in the middle of anything, in prefork by
a signal: what that thread holds must not hold up the drain, nor the end."""

import collections

import pytest

from closing import last_tally
from test_stop import KILLED, stop

ALLOWED = r"\[crosstown:(warn|error)\]"


def stop_a_busy_child(make_server, what, script, tasks):
    """Tasks are queued when the next request on the same connection, so of
    the same child, is busy."""
    server = make_server("CrosstownThreads 1 1\nCrosstownDrain 1\n",
                         workers=1)
    server.error_log.allow(ALLOWED)
    with server.raw() as client:
        client.get("/probe?tag=left&%s&defer=%d" % (script, tasks))
        assert client.read_answer()[0] == 200
        server.ledger.wait(event="start", tag="left")
        client.get("/probe?tag=busy&bulk=3000&defer=2&busy=%s" % what)
        server.ledger.wait(event="busy", tag="busy")
        stop(server)
    assert not server.error_log.find(KILLED)
    return server


def told(server, tag):
    return [line.outcome for line in server.ledger.lines(event="over",
                                                         tag=tag)]


def check_tally(server, tasks):
    """What was not told is lost, and counted as that; but for the one whose
    telling hung: an end is counted first, then logged, then told."""
    tally = last_tally(server)
    assert tally["recorded"] == tasks + 2
    assert tally["open"] == 0
    ended = collections.Counter(line.outcome for line in
                                server.ledger.lines(event="done"))
    assert tasks + 2 - sum(ended.values()) - tally["lost"] in (0, 1)


@pytest.mark.parametrize("what", ["malloc", "stdio", "time"])
def test_what_is_queued_runs(make_server, mpm, what):
    """The drain is long enough; `over` frees 3 kB of the busy thread's."""
    if mpm != "prefork":
        pytest.skip("a busy request keeps these from ending at all")
    server = stop_a_busy_child(make_server, what,
                               "bulk=3000&sleep_ms=50&text=long", 6)
    assert told(server, "left") == ["RAN"] * 6
    check_tally(server, 6)


def test_a_task_on_the_requests_thread(make_server, mpm):
    """It does not end, so its thread cannot be left; the child goes without
    it. Nobody is told of that one."""
    if mpm != "prefork":
        pytest.skip("these wait for their threads until SIGKILL")
    server = make_server("CrosstownDrain 1\n", workers=1)
    server.error_log.allow(ALLOWED)
    with server.raw() as client:
        client.get("/probe?tag=stuck&same=1&gate=never&keep=copy&defer=1")
        server.ledger.wait(event="start", tag="stuck")
        stop(server)
    assert not server.error_log.find(KILLED)
    assert last_tally(server)["lost"] == 1
    assert server.error_log.find("CT01403:")


def test_deferreds_are_let_go(make_server, mpm):
    """Their clean-ups free 3 kB of the busy thread's, too."""
    if mpm != "prefork":
        pytest.skip("a busy request keeps these from ending at all")
    server = make_server("CrosstownDrain 1\n", workers=1)
    server.error_log.allow(ALLOWED)
    with server.raw() as client:
        client.get("/probe?tag=busy&leave=1&busy=malloc")
        server.ledger.wait(event="busy", tag="busy")
        stop(server)
    assert not server.error_log.find(KILLED)
    assert len(server.ledger.lines(event="gone")) == 2


@pytest.mark.parametrize("what", ["malloc", "stdio", "time"])
def test_what_is_stopped_is_told(make_server, mpm, what):
    """The first task does not end; the `over` of the others frees 3 kB."""
    if mpm != "prefork":
        pytest.skip("a busy request keeps these from ending at all")
    server = stop_a_busy_child(make_server, what, "bulk=3000&gate=never", 6)
    assert told(server, "left") == ["STOPPED"] * 5
    check_tally(server, 6)
