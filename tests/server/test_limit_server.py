# SPDX-License-Identifier: Apache-2.0
"""CrosstownLimit scope=server: counted over all children, and taken back from
those that die. The probe's tasks find out themselves whether they are too
many: each locks one of so many files."""

import http.client
import signal
import time

import pytest

import metrics
import prometheus
import status
from client import new_tag
from closing import Crowd, settled_tally, tally
from ledger import wait_until

CHILDREN = 4
MOST = 2
LIMITED = """CrosstownThreads 1 8
CrosstownDrain 120
CrosstownLimit mail concurrency=%d scope=server
""" % MOST


@pytest.fixture
def make_limited(make_server, mpm):
    """Four children, or many of prefork's, which have one request each."""
    def make(config=LIMITED, **options):
        workers = 1 if mpm == "prefork" else 2
        children = 4 * CHILDREN if mpm == "prefork" else CHILDREN
        server = make_server(config, workers=workers, children=children,
                             **options)
        for number in range(MOST):
            place = server.gates / ("place-%d" % number)
            place.touch()
            place.chmod(0o666)
        return server
    return make


def leave(server, script="", children=()):
    """Ask until a child that is none of these has a mail. @return its pid"""
    while True:
        answer = server.ask("/probe", "keep=copy&name=mail&crowd=%d&%s&defer=1"
                            % (MOST, script))
        pid = server.ledger.wait(event="record", tag=answer.tag)[0].pid
        if pid not in children:
            return pid, answer.tag


def hold_all(server):
    """All places are held by one child, which waits for the gate."""
    gate = new_tag()
    answer = server.ask("/probe", "keep=copy&name=mail&crowd=%d&gate=%s"
                        "&defer=%d" % (MOST, gate, MOST))
    starts = server.ledger.wait(MOST, event="start", tag=answer.tag)
    return starts[0].pid, answer.tag, gate


def ran(server, tag, count=1):
    return server.ledger.outcomes(tag, count) == {"RAN": count}


def nobody_was_one_too_many(server):
    return not server.ledger.lines(event="crowded")


def test_others_wait_and_are_let_go(make_limited):
    server = make_limited()
    holder, held, gate = hold_all(server)
    pids, tags = {holder}, []
    for _ in range(CHILDREN - 1):
        pid, tag = leave(server, children={holder})
        pids.add(pid)
        tags.append(tag)
    other = server.ask("/probe", "keep=copy&name=other&defer=2")
    assert ran(server, other.tag, 2)
    assert not any(server.ledger.lines(event="start", tag=tag)
                   for tag in tags)
    server.open_gate(gate)
    assert ran(server, held, MOST)
    assert all(ran(server, tag) for tag in tags)
    assert nobody_was_one_too_many(server)


def test_a_killed_child_gives_its_places_back(make_limited):
    server = make_limited(room=CHILDREN)
    holder, held, _ = hold_all(server)
    waiting = [leave(server, children={holder})[1] for _ in range(3)]
    server.kill_children([holder])
    assert all(ran(server, tag) for tag in waiting)
    assert nobody_was_one_too_many(server)
    wait_until(lambda: tally(server)["lost"] >= MOST, "the loss to be noted")
    assert not server.ledger.lines(event="done", tag=held)


def test_the_page_shows_it(make_limited):
    """What runs in all children counts in all children."""
    server = make_limited(LIMITED + metrics.CONFIG + "CrosstownLimit <x> "
                          "queue=5\n")
    _, held, gate = hold_all(server)
    asked = metrics.read(server)["name_limits"]
    assert asked == [{"name": "mail", "concurrency": MOST, "queue": None,
                      "scope": "server", "running": MOST,
                      "most_running": MOST, "waiting": asked[0]["waiting"],
                      "most_waiting": asked[0]["most_waiting"]},
                     {"name": "<x>", "concurrency": None, "queue": 5,
                      "scope": "child", "running": 0, "most_running": 0,
                      "waiting": 0, "most_waiting": 0}]
    page = status.read(server)
    assert page.captions["name-limits"] == "Limits of names"
    assert page.tables["name-limits"][1:] == [
        ["mail", "%d / %d / %d" % (MOST, MOST, MOST), "%d / %d / \u2013" % (
            asked[0]["waiting"], asked[0]["most_waiting"]), "all children"],
        ["<x>", "0 / 0 / \u2013", "0 / 0 / 5", "each child"]]
    numbers = prometheus.read(server)
    assert numbers.get("crosstown_limit_concurrency", "mail", "server") == MOST
    assert numbers.get("crosstown_limit_taken", "mail") == MOST
    assert numbers.get("crosstown_limit_running", "mail") == MOST
    assert numbers.get("crosstown_limit_running_max", "mail") == MOST
    assert numbers.get("crosstown_limit_queue", "<x>") == 5
    server.open_gate(gate)
    assert ran(server, held, MOST)
    wait_until(lambda: metrics.read(server)["name_limits"][0]["running"] == 0,
               "the places to be given back")


def ask_for_mail(server, dice):
    """More mails than can be run at once, by visitors who read a little."""
    server.ask("/probe", "keep=copy&name=mail&crowd=%d&sleep_ms=%d&defer=%d"
               "&name=other&crowd=0&defer=1"
               % (MOST, dice.choice((0, 5, 20)), dice.choice((1, 2))))
    time.sleep(0.01)


def test_killed_again_and_again(make_limited, mpm):
    """Under load, each time one of those that just run mails."""
    server = make_limited(room=CHILDREN)
    with Crowd(server, ask=ask_for_mail,
               forgiving=http.client.HTTPException) as crowd:
        for _ in range(6):
            crowd.wait(10)
            server.kill_children([server.ledger.wait(
                event="start", task="mail")[-1].pid])
        crowd.wait(20)
    last = [server.ask("/probe", "keep=copy&name=mail&crowd=%d&defer=2" % MOST)
            for _ in range(2 * CHILDREN)]
    assert all(ran(server, answer.tag, 2) for answer in last)
    assert nobody_was_one_too_many(server)
    told = settled_tally(server)
    assert told["rejected"] == told["stopped"] == 0
    assert told["ran"] + told["lost"] == told["recorded"]


def test_the_old_generation_counts(make_limited):
    """Its tasks have all places: those of the new one wait for them."""
    server = make_limited()
    holder, held, gate = hold_all(server)
    old = set(server.children())
    server.graceful()
    _, tag = leave(server, children=old)
    other = server.ask("/probe", "keep=copy&name=other&defer=1")
    assert ran(server, other.tag)
    assert not server.ledger.lines(event="start", tag=tag)
    server.open_gate(gate)
    assert ran(server, tag)
    assert ran(server, held, MOST)
    assert nobody_was_one_too_many(server)


def test_a_stop_tells_what_is_kept(make_limited):
    server = make_limited(LIMITED.replace("Drain 120", "Drain 0"))
    holder, held, _ = hold_all(server)
    _, tag = leave(server, children={holder})
    server.error_log.allow(r"\[crosstown:warn\].*the child stops")
    server.stop()
    assert server.ledger.outcomes(held, MOST) == {"STOPPED": MOST}
    # Unless the other child was gone first, and its places with it.
    told = server.ledger.outcomes(tag, 1)
    assert told in ({"STOPPED": 1}, {"RAN": 1})
    assert nobody_was_one_too_many(server)


def test_a_graceful_stop_lets_it_run(make_limited):
    """A drain goes on while another child may give a place back."""
    server = make_limited()
    holder, held, gate = hold_all(server)
    _, tag = leave(server, children={holder})
    server.tell(signal.SIGWINCH)
    wait_until(lambda: server.ledger.lines(event="logged", tag=tag),
               "the end of the request")
    server.open_gate(gate)
    server.wait_for_exit()
    assert ran(server, tag) and ran(server, held, MOST)
    server.stop()
