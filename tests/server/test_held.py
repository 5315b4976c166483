# SPDX-License-Identifier: Apache-2.0
"""crosstown_hold() and crosstown_finish(): tasks that are over when somebody
says so, and need no thread until then."""

import signal

import pytest

import metrics
import status
from client import new_tag
from closing import last_tally, settled_tally, tally
from ledger import wait_until

ONE = metrics.CONFIG + "CrosstownThreads 1 1\n"


@pytest.fixture
def make_one(make_server, mpm):
    """One child with one thread for its tasks."""
    def make(config=ONE, **options):
        return make_server(config, workers=1 if mpm == "prefork" else 8,
                           **options)
    return make


def hold(server, script="defer=1", ask=None):
    """Tasks whose functions have returned. @return tag, what ends them"""
    gate = new_tag()
    answer = (ask or server.ask)("/probe", "keep=copy&name=held&ends=%s&%s"
                                 % (gate, script))
    server.ledger.wait(event="end", tag=answer.tag)
    return answer.tag, lambda: server.open_gate(gate)


def test_no_thread_is_held(make_one):
    """A hundred are held by one thread, which runs others meanwhile."""
    server = make_one()
    tag, let_go = hold(server, "defer=100")
    server.ledger.wait(100, event="end", tag=tag)
    other = server.ask("/probe", "keep=copy&name=other&defer=3")
    assert server.ledger.outcomes(other.tag, 3) == {"RAN": 3}
    assert not server.ledger.lines(event="done", tag=tag)
    now = metrics.wait_for(server, lambda now: now["total"]["running"] == 100,
                           "all of them to be held")
    assert now["threads"]["now"] == 1
    listed = status.read(server).rows("tasks")
    assert {row["name"] for row in listed} == {"held"} and len(listed) > 50
    let_go()
    assert server.ledger.outcomes(tag, 100) == {"RAN": 100}
    told = settled_tally(server)
    assert (told["ran"], told["failed"]) == (103, 0)
    now = metrics.wait_for(server, lambda now: now["total"]["running"] == 0,
                           "none to run")
    assert not now["tasks"]


def test_its_time_is_until_it_is_finished(make_one):
    server = make_one(ONE + "CrosstownSlowTask 1\n")
    tag, let_go = hold(server)
    server.error_log.expect(r'CT01701: task "held" after 200 .* has been '
                            r"running for")
    let_go()
    assert server.ledger.outcomes(tag, 1) == {"RAN": 1}
    server.error_log.expect(r'CT01703: task "held" .* is over after')
    run = metrics.by_name(metrics.read(server))["held"]["run"]
    assert run["count"] == 1 and run["sum"] >= 1000000


def test_a_failure_has_words(make_one):
    server = make_one()
    tag, let_go = hold(server, "fail=20014&explain=no+answer&defer=1")
    let_go()
    done, = server.ledger.wait(event="done", tag=tag)
    assert done.outcome == "RAN" and done.result != "SUCCESS"
    server.error_log.expect(r'CT01301: task "held" failed .*: no answer')
    assert settled_tally(server)["failed"] == 1


def test_finished_twice(make_one):
    """Nobody is harmed, and one line says so."""
    server = make_one()
    for _ in range(3):
        tag, let_go = hold(server, "twice=1&defer=1")
        let_go()
        assert server.ledger.outcomes(tag, 1) == {"RAN": 1}
    server.error_log.expect(r"CT01104: crosstown_finish: the task is over")
    assert len(server.error_log.find("CT01104")) == 1
    told = settled_tally(server)
    assert told["recorded"] == told["ran"] == 3


def test_to_be_tried_again(make_one):
    """Whoever finishes it may ask for that."""
    server = make_one()
    server.error_log.allow("CT01309:|CT01310:")
    tag, let_go = hold(server, "again=2&defer=1")
    let_go()
    assert server.ledger.outcomes(tag, 1) == {"RAN": 1}
    starts = server.ledger.lines(event="start", tag=tag)
    assert [line.attempt for line in starts] == [1, 2, 3]
    assert len({line.id for line in starts}) == 1


def test_its_limit_holds(make_one):
    server = make_one(ONE.replace("1 1", "1 4")
                      + "CrosstownLimit held concurrency=2 scope=server\n")
    tag, let_go = hold(server, "defer=4")
    server.ledger.wait(2, event="end", tag=tag)
    other = server.ask("/probe", "keep=copy&name=other&defer=3")
    assert server.ledger.outcomes(other.tag, 3) == {"RAN": 3}
    assert len(server.ledger.lines(event="start", tag=tag)) == 2
    let_go()
    assert server.ledger.outcomes(tag, 4) == {"RAN": 4}


def test_not_on_the_requests_thread(make_one, mpm):
    server = make_one()
    answer = server.ask("/probe", "keep=copy&name=here&same=1&ends=gate"
                        "&defer=1")
    assert server.ledger.outcomes(answer.tag, 1) == {"RAN": 1}
    assert len(server.ledger.lines(event="unheld", tag=answer.tag)) == 1


def test_a_drain_waits_for_it(make_one):
    server = make_one(ONE + "CrosstownDrain 120\n")
    tag, let_go = hold(server)
    server.tell(signal.SIGWINCH)
    wait_until(lambda: server.error_log.find("AH0049[0-9]|graceful"),
               "the stop to begin")
    let_go()
    server.wait_for_exit()
    assert server.ledger.outcomes(tag, 1) == {"RAN": 1}
    server.stop()


def test_a_stop_ends_it(make_one):
    server = make_one(ONE + "CrosstownDrain 0\n")
    tag, _ = hold(server, "defer=3")
    server.ledger.wait(3, event="end", tag=tag)
    server.error_log.allow("CT01401:")
    server.stop()
    assert server.ledger.outcomes(tag, 3) == {"STOPPED": 3}
    told = last_tally(server)
    assert told["recorded"] == told["stopped"] == 3
    assert told["open"] == told["lost"] == 0


def test_a_killed_child_loses_it(make_one, mpm):
    server = make_one(room=1)
    tag, _ = hold(server, "defer=2")
    starts = server.ledger.wait(2, event="start", tag=tag)
    server.kill_children([starts[0].pid])
    wait_until(lambda: tally(server)["lost"] == 2, "the loss to be noted")
    now = metrics.wait_for(server, lambda now: now["total"]["running"] == 0,
                           "none to run")
    assert not now["tasks"]
