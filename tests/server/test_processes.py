# SPDX-License-Identifier: Apache-2.0
"""Each child by itself: one that is stalled is not seen in the sums."""

import pytest

import metrics
import prometheus
import status
from client import new_tag
from closing import LONG

CONFIG = metrics.CONFIG + "CrosstownThreads 1 1\nCrosstownQueue 60000\n"
OPTIONS = {"workers": 2, "children": 2}


def hold_one(server, until):
    """A child in which a task is held and two wait. @return which"""
    with server.visit() as visitor:
        held = visitor.ask("/probe", "name=slow&%s&defer=1" % until)
        start, = server.ledger.wait(1, event="start", tag=held.tag)
        # Over the same connection: to the same child.
        visitor.ask("/probe", "name=mail&keep=copy&defer=2")
    return start.pid


def others(now, pid):
    return [row for row in now["processes"] if row["pid"] != pid]


def test_a_row_for_each(make_server):
    """The one in which something waits comes first, with what it has; the
    others have nothing."""
    server = make_server(CONFIG, **OPTIONS)
    gate = new_tag()
    pid = hold_one(server, "gate=" + gate)
    now = metrics.wait_for(
        server, lambda now: now["processes"][0]["oldest"]["waiting"],
        "what waits to be looked at")
    assert ({row["pid"] for row in now["processes"]}
            == set(server.children()))
    first = now["processes"][0]
    assert first["pid"] == pid and not first["stalled"]
    assert first["waiting"] == {"now": 2, "most": 2}
    assert first["running"] == {"now": 1, "most": 1}
    assert first["threads"] == {"now": 1, "most": 1}
    assert first["oldest"]["running"] > first["oldest"]["waiting"] > 0
    for row in others(now, pid):
        assert row["waiting"] == row["running"] == {"now": 0, "most": 0}
        assert row["oldest"] == {"waiting": None, "running": None,
                                 "retrying": None}
    row = status.read(server).rows("processes")[0]
    assert [row[key] for key in ("process", "waiting", "running", "threads")
            ] == [str(pid), "2 / 2 / 60000", "1 / 1 / \u2013", "1 / 1 / 1"]
    numbers = prometheus.read(server)
    assert numbers.get("crosstown_child_tasks_waiting_busiest") == 2
    assert numbers.get("crosstown_child_threads_busiest") == 1
    assert numbers.get("crosstown_child_stalled") == 0
    server.open_gate(gate)
    metrics.settled(server)


def test_one_that_is_gone(make_server):
    """Nothing waits in it any more, and its age is nobody's."""
    server = make_server(CONFIG, **OPTIONS)
    pid = hold_one(server, "gate=" + new_tag())
    metrics.wait_for(server, lambda now: now["total"]["oldest"]["waiting"],
                     "what waits to be looked at")
    server.error_log.allow(r"AH0005[12]:")
    server.kill_children([pid])
    now = metrics.wait_for(
        server, lambda now: pid not in [row["pid"] for row
                                        in now["processes"]],
        "the parent to note that it is gone")
    assert now["total"]["lost"] == 3
    assert all(row["oldest"]["waiting"] is None for row in now["processes"])
    assert now["total"]["oldest"]["waiting"] is None


@pytest.mark.skipif(not LONG, reason="it takes 30 seconds to be stalled")
def test_one_of_several_is_stalled(make_server):
    """The others go on, and the verdict names the one that does not."""
    server = make_server(CONFIG, **OPTIONS)
    pid = hold_one(server, "sleep_ms=60000")

    def stalled(now):
        server.ask("/probe", "name=quick&keep=copy&defer=1")
        return now["processes"][0]["stalled"]

    now = metrics.wait_for(server, stalled, "it to be stalled", 90)
    assert now["processes"][0]["pid"] == pid
    assert not any(row["stalled"] for row in others(now, pid))
    assert now["verdict"]["state"] == "stuck"
    assert now["verdict"]["name"] == "slow"
    assert "process %d" % pid in now["verdict"]["words"]
    assert status.read(server).rows("processes")[0]["state"] == "stalled"
    assert prometheus.read(server).get("crosstown_child_stalled") == 1
    server.error_log.allow("CT01401:")
