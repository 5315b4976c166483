# SPDX-License-Identifier: Apache-2.0
"""The books close when a server stops: nobody can be asked any more then, but
the parent says its tally when it takes its configuration down."""

import http.client
import signal

from closing import (FAILING, Count, Crowd, check, check_told_once,
                     last_tally, tally)

STOPPED_SHORT = r"\[crosstown:warn\].* the child stops: "


def test_graceful_stop(make_server):
    """Everything that was recorded has its end, nothing is stopped or lost."""
    server = make_server("CrosstownThreads 1 4\nCrosstownDrain 10\n")
    server.error_log.allow(FAILING)
    with Crowd(server, forgiving=http.client.HTTPException) as crowd:
        crowd.wait(60)
        before = tally(server)
        server.stop(signal.SIGWINCH)
    count = check(server, last_tally(server))
    assert count["recorded"] >= before["recorded"]
    assert count["stopped"] == count["rejected"] == 0


def test_hard_stop(make_server):
    """In the middle of load. httpd ends a prefork child wherever it is: what
    a child has recorded last may miss its line in the ledger."""
    server = make_server("CrosstownThreads 1 4\n")
    server.error_log.allow(FAILING)
    server.error_log.allow(STOPPED_SHORT)
    with Crowd(server, forgiving=http.client.HTTPException) as crowd:
        crowd.wait(60)
        before = tally(server)
        crowd.leave_before(server.mpm, signal.SIGTERM)
        server.stop()
    told = last_tally(server)
    assert told["recorded"] >= before["recorded"]
    if server.mpm != "prefork":
        check(server, told)
        return
    count = Count(server.ledger.read())
    assert 0 <= told.pop("recorded") - count.pop("recorded") <= 8
    assert told.pop("open") == told.pop("lost") == 0
    assert told == {key: count[key] for key in told}
    check_told_once(server.ledger.all)


def test_past_the_drain(make_server):
    """Some run, some fail, some wait, some are left behind: all are counted,
    as the error log counts them."""
    server = make_server("CrosstownThreads 1 2\nCrosstownDrain 1\n",
                         workers=2)
    server.error_log.allow(FAILING)
    server.error_log.allow(STOPPED_SHORT)
    for _ in range(5):
        server.ask("/probe", "name=failing&fail=20014&defer=1")
    done = server.ledger.wait(5, event="done")
    assert {line.outcome for line in done} == {"RAN"}
    slow = server.ask("/probe", "gate=never&keep=copy&defer=7")
    server.ledger.wait(2, event="start", tag=slow.tag)
    server.stop()
    count = check(server, last_tally(server), left_behind=2)
    assert count["failed"] == 5 and count["stopped"] == 7
    assert server.error_log.left_by_drains() == (5, 2)
