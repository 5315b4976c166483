# SPDX-License-Identifier: Apache-2.0
"""kill -9 of a child is the one thing that loses tasks. They are counted as
lost, everything else still agrees, and the next child starts clean."""

import http.client

from closing import (FAILING, OUTCOMES, Count, Crowd, check, last_tally,
                     settled_tally, tally)
from ledger import wait_until


def test_what_it_held_is_lost(make_server):
    """Two run, three wait, four are recorded in a request in the air: nine.
    The queue of the next child has its five places, and its threads work."""
    server = make_server("CrosstownThreads 1 2\nCrosstownQueue 5\n",
                         workers=2)
    for script in ("defer=2", "defer=1&status=404", "name=a&defer=3&cancel=a"):
        server.ask("/probe", script)
    server.ledger.wait(6, event="done")
    held = server.ask("/probe", "gate=killed&keep=copy&defer=5")
    starts = server.ledger.wait(2, event="start", tag=held.tag)
    with server.raw() as client:
        client.get("/probe?tag=air&keep=copy&defer=4&hold=killed")
        hold, = server.ledger.wait(event="hold", tag="air")
        killed = {starts[0].pid, hold.pid}
        server.kill_children(killed)
    wait_until(lambda: tally(server)["lost"] == 9, "the loss to be noted")
    check(server, settled_tally(server), lost=9)
    server.open_gate("killed")

    fresh = server.ask("/probe", "gate=fresh&keep=copy&defer=2")
    starts = server.ledger.wait(2, event="start", tag=fresh.tag)
    assert starts[0].pid not in killed
    if server.mpm != "prefork":    # there another child may answer
        after = server.ask("/probe", "keep=copy&defer=5")
    server.open_gate("fresh")
    assert server.ledger.outcomes(fresh.tag, 2) == {"RAN": 2}
    if server.mpm != "prefork":
        assert server.ledger.outcomes(after.tag, 5) == {"RAN": 5}
    told = settled_tally(server)
    check(server, told, lost=9)
    server.stop()
    assert last_tally(server) == told


def test_under_load(make_server):
    """A thread that dies between its count and its line in the ledger makes
    the tally one ahead, never behind. Nothing else differs."""
    workers, runners, times = 4, 4, 3
    server = make_server("CrosstownThreads 1 %d\n" % runners,
                         workers=workers, room=2)
    server.error_log.allow(FAILING)
    killed = set()
    with Crowd(server, forgiving=http.client.HTTPException) as crowd:
        for _ in range(times):
            crowd.wait(25)
            stuck = server.ask("/probe", "gate=never&keep=copy&defer=3")
            child = server.ledger.lines(event="record",
                                        tag=stuck.tag)[-1].pid
            server.kill_children([child])
            killed.add(child)
        crowd.wait(25)
    told = settled_tally(server)
    server.stop()
    assert last_tally(server) == told
    lines = server.ledger.read()
    count = Count(lines)
    ahead = {key: told[key] - count[key] for key in
             ["recorded", *(outcome.lower() for outcome in OUTCOMES)]}
    threads = times * (workers + runners)
    assert all(0 <= number <= threads for number in ahead.values()), ahead
    assert sum(ahead.values()) <= threads
    gone = Count(line for line in lines if line.pid in killed)
    assert told["lost"] == (gone["recorded"] + ahead["recorded"]
                            - gone.ended() - sum(
                                ahead[outcome.lower()]
                                for outcome in OUTCOMES))
    assert told["lost"] >= 3 * times and told["stopped"] == told["rejected"] == 0
