# SPDX-License-Identifier: Apache-2.0
"""The books close while a server is up: after restarts, children that leave
when they have had their share, clients that hang up, queues that overflow."""

import time

import pytest

from cases import HTTPD_ITSELF
from closing import (FAILING, LONG, Crowd, ask_for_anything, check,
                     last_tally, settled_tally, tally)
from httpd import httpd_before
from ledger import wait_until

CROSSTOWN = "CrosstownThreads 1 4\n"

RESTARTS = 60 if LONG else 4    # one a second

TIGHT = "CrosstownThreads 1 2\nCrosstownQueue 6\n"


def close(server):
    """At rest, and once more when the parent goes."""
    told = settled_tally(server)
    count = check(server, told)
    server.stop()
    assert last_tally(server) == told
    return count


def test_graceful_restarts(make_server):
    """One a second, under load; CROSSTOWN_LONG=1: for a minute."""
    server = make_server(CROSSTOWN, room=2)
    server.error_log.allow(FAILING)
    with Crowd(server) as crowd:
        begin = time.monotonic()
        for number in range(RESTARTS):
            crowd.wait(20)
            server.graceful()
            assert tally(server)["open"] < 10000
            left = begin + number + 1 - time.monotonic()
            if left > 0:
                time.sleep(left)    # the pace, not a synchronisation
        crowd.wait(20)
    count = close(server)
    assert count["recorded"] > RESTARTS * 20
    assert count["rejected"] == count["stopped"] == 0


def gone(server):
    pids = {line.pid for line in server.ledger.lines(event="record")}
    return pids - set(server.children())


def test_children_that_leave(make_server, mpm):
    """MaxConnectionsPerChild: at most 15 connections each."""
    if mpm == "event" and httpd_before("2.4.53"):
        # The same crowd, without any module of ours: with 2.4.49 nobody had an
        # answer after the first 15.
        pytest.skip(HTTPD_ITSELF + "before 2.4.53 event's listener may hang "
                    "once its child is to leave")
    server = make_server(CROSSTOWN + "MaxConnectionsPerChild 15\n",
                         workers=4, room=3)
    server.error_log.allow(FAILING)
    with Crowd(server) as crowd:
        wait_until(lambda: crowd.asked() and len(gone(server)) >= 3,
                   "three children to leave", deadline=60)
    count = close(server)
    assert count["rejected"] == count["stopped"] == 0


def hang_up_sometimes(server, dice):
    """Three of ten see no more than the head of ten megabytes."""
    if dice.random() >= 0.3:
        ask_for_anything(server, dice)
        return
    with server.raw(receive_buffer=4096) as client:
        client.get("/probe?tag=r%032x&keep=copy&defer=2&size=10000000"
                   % dice.getrandbits(128))
        client.read_head()
        client.reset()


def test_clients_that_hang_up(make_server):
    """Three of ten; what was aborted is skipped."""
    server = make_server(CROSSTOWN + "CrosstownOnAbort skip\n")
    server.error_log.allow(FAILING)
    with Crowd(server, ask=hang_up_sometimes) as crowd:
        crowd.wait(200)
    close(server)
    aborted = [line for line in server.ledger.lines(event="done")
               if line.aborted]
    assert len(aborted) > 20
    assert {line.outcome for line in aborted} == {"NO_GO"}


@pytest.mark.parametrize("policy", ["reject", "inline"])
def test_overflow(make_server, policy):
    server = make_server(TIGHT + "CrosstownOverflow %s\n" % policy)
    server.error_log.allow(FAILING)
    server.error_log.allow(r"CT0130[45]:")
    with Crowd(server) as crowd:
        for _ in range(3):
            server.ask("/probe", "sleep_ms=20&keep=copy&defer=20&submit=10")
            crowd.wait(20)
    count = close(server)
    assert (count["rejected"] > 0) == (policy == "reject")
