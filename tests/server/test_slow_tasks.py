# SPDX-License-Identifier: Apache-2.0
"""CrosstownSlowTask: what runs for too long is logged while it does, once."""

import errno
import re
import time

import pytest

import soon
from client import new_tag, play
from error_log import KILLED
from ledger import wait_until

CONFIG = "CrosstownSlowTask 1\n"

SLOW = (r'\[crosstown:warn\] \[pid (\d+)\b.* CT01701: %s has been running for '
        r'(\d+) s on thread (\d+), since (.*) \(CrosstownSlowTask 1\)')
OVER = r"\[crosstown:notice\].* CT01703: %s is over after (\d+) s"
ANY = r"CT017\d\d:"


def task(name):
    return r'task "%s" after 200 for /probe \(log id [^)]+\)' % name


def expect_slow(server, what, count=1):
    return [re.search(SLOW % what, line)
            for line in server.error_log.expect(SLOW % what, count)]


def hold(server, script, tag=None):
    """Tasks that wait at a gate; their start lines, and what opens it."""
    gate = tag or new_tag()
    answer = server.ask("/probe", "gate=%s&%s" % (gate, script), tag=tag)
    starts = server.ledger.wait(event="start", tag=answer.tag)
    return starts, lambda: server.open_gate(gate)


@pytest.mark.usefixtures("more_than_posix")
def test_one_line_while_it_runs_one_when_it_is_over(make_server):
    server = make_server(CONFIG + "CrosstownThreads 1 8\n")
    server.ask("/probe", "name=quick&defer=20")
    starts, let_go = hold(server, "name=held&defer=1")
    line, = expect_slow(server, task("held"))
    assert int(line[1]) == starts[0].pid
    assert int(line[3]) == starts[0].tid
    assert 1 <= int(line[2]) <= time.time() - starts[0].wall / 1e6 + 1
    # By the line of this one there was another look at that one.
    _, let_go_too = hold(server, "name=witness&defer=1")
    expect_slow(server, task("witness"))
    let_go()
    let_go_too()
    for name in ("held", "witness"):
        server.error_log.expect(OVER % task(name))
        assert len(server.error_log.find(SLOW % task(name))) == 1
    assert len(server.error_log.find(ANY)) == 4


@pytest.mark.parametrize("config", ["", "CrosstownSlowTask 0\n"])
def test_nobody_looks_if_not_asked_to(make_server, config):
    server = make_server(config)
    answer = server.ask("/probe", "sleep_ms=1100&defer=1")
    assert server.ledger.outcomes(answer.tag, 1) == {"RAN": 1}
    server.stop()
    assert not server.error_log.find(ANY)


@pytest.mark.parametrize("config, threads", [
    ("CrosstownSlowTask 0\n", 2), ("", 3), (CONFIG, 3)])
def test_it_costs_one_thread_with_the_first_task(make_server, mpm, config,
                                                 threads):
    if mpm != "prefork":
        pytest.skip("how many threads a child has is not told apart there")
    server = make_server(config, workers=1)

    def found():
        child, = server.children()
        with open("/proc/%d/status" % child) as status:
            return int(re.search(r"Threads:\s+(\d+)", status.read())[1])

    server.ask("/")
    assert found() == 1
    # On the request's own thread: the pool has no thread yet. Another of its
    # own waits for a stop.
    answer = server.ask("/probe", "same=1&defer=1")
    assert server.ledger.outcomes(answer.tag, 1) == {"RAN": 1}
    wait_until(lambda: found() == threads, lambda: "%d threads: %d"
               % (threads, found()))


@pytest.mark.usefixtures("more_than_posix")
def test_on_the_requests_thread_of_two_children(make_server):
    """Each child looks at its own: here it has one worker, which is busy."""
    server = make_server(CONFIG, workers=1, children=2, room=2)
    gate = new_tag()
    with server.raw() as one, server.raw() as other:
        for tag, client in (("one", one), ("other", other)):
            client.get("/probe?tag=%s&name=here&same=1&gate=%s&defer=1"
                       % (tag, gate))
            server.ledger.wait(event="start", tag=tag)
        starts = server.ledger.lines(event="start")
        lines = expect_slow(server, task("here"), 2)
        found = {(int(line[1]), int(line[3])) for line in lines}
        assert found == {(start.pid, start.tid) for start in starts}
        assert len({pid for pid, _ in found}) == 2
        server.open_gate(gate)
        server.error_log.expect(OVER % task("here"), 2)


def test_a_submitted_one(make_server):
    server = make_server(CONFIG)
    _, let_go = hold(server, "name=alone&keep=copy&submit=1")
    expect_slow(server, 'submitted task "alone"')
    let_go()
    server.error_log.expect(OVER % 'submitted task "alone"')


def test_a_task_that_fails_late(make_server):
    server = make_server(CONFIG)
    _, let_go = hold(server, "name=late&fail=%d&defer=1" % errno.EIO)
    expect_slow(server, task("late"))
    let_go()
    server.error_log.expect(r'CT01301: task "late" failed')
    server.error_log.expect(OVER % task("late"))


def test_the_line_has_the_requests_log_id(make_server):
    """Also where the request was in the error log itself."""
    server = make_server(CONFIG)
    gate = new_tag()
    answer = server.ask("/probe", play(
        "no_go=sixxx", "name=odd", "defer=1", "no_go=none", "name=held",
        "gate=" + gate, "defer=1"))
    server.error_log.expect(r"\[crosstown:error\].*sixxx")
    start, = server.ledger.wait(event="start", tag=answer.tag)
    line, = expect_slow(server, task("held"))
    assert "(log id %s, " % start.log_id in line[0]
    server.open_gate(gate)
    line, = server.error_log.expect(OVER % task("held"))
    assert "(log id %s, " % start.log_id in line


def test_many_slow_tasks(make_server):
    """Twenty lines of one look, and a number."""
    server = make_server(CONFIG + "CrosstownThreads 1 32\n")
    gate = new_tag()
    answer = server.ask("/probe", "name=crowd&gate=%s&defer=30" % gate)
    server.ledger.wait(30, event="start", tag=answer.tag)
    server.error_log.allow(r"CT0170[12]:")

    def numbers():
        more = server.error_log.find(r"CT01702: \d+ more task")
        return (len(server.error_log.find(SLOW % task("crowd"))),
                sum(int(re.search(r"CT01702: (\d+)", line)[1])
                    for _, line in more))

    wait_until(lambda: sum(numbers()) >= 30, lambda: "30 of %r" % (numbers(),))
    single, more = numbers()
    assert single + more == 30 and single >= 20
    server.open_gate(gate)
    assert server.ledger.outcomes(answer.tag, 30) == {"RAN": 30}


def test_the_old_child_of_a_restart_still_looks(make_server):
    """A drain waits for what is slow: then one wants to know."""
    server = make_server(CONFIG + "CrosstownDrain 7\n", room=1)
    starts, let_go = hold(server, "name=held&keep=copy&defer=1")
    server.graceful()
    line, = expect_slow(server, task("held"))
    assert int(line[1]) == starts[0].pid
    let_go()
    server.error_log.expect(OVER % task("held"))


def test_what_a_drain_leaves_behind_is_named(make_server):
    """Five of seven; and the one who looks does not hold the stop up."""
    server = make_server(CONFIG + "CrosstownThreads 1 8\nCrosstownDrain 1\n",
                         workers=2)
    answer = server.ask("/probe", "name=stuck&gate=never&keep=copy&defer=7")
    server.ledger.wait(7, event="start", tag=answer.tag)
    server.error_log.allow(SLOW % task("stuck"))
    server.error_log.allow("CT01401:")
    server.stop()
    assert not server.error_log.find(KILLED)
    (_, line), = server.error_log.find(r"CT01401: .* 7 still running were "
                                       r"left behind \(CrosstownDrain 1\); ")
    assert len(re.findall(r"; %s for \d+ s" % task("stuck"), line)) == 5


@soon.soon
def test_a_stop_does_not_wait_for_the_next_look(make_server):
    """Nothing runs and the next look is far away."""
    server = make_server("CrosstownSlowTask 86400\n", workers=2)
    answer = server.ask("/probe", "defer=1")
    server.ledger.outcomes(answer.tag, 1)
    soon.stop(server)
    assert not server.error_log.find(KILLED)
