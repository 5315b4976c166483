# SPDX-License-Identifier: Apache-2.0
"""The snapshot says what waits and runs now, how long it took, and how many
there ever were at once."""

import time

import pytest

import metrics
import status
from client import new_tag
from test_log_id import logged_id

CONFIG = metrics.CONFIG + """
CrosstownThreads 1 4
LogFormat "%<q %L" ids
CustomLog "${ROOT}/access_log" ids
"""
LONG_PATH = "/probe/" + "d" * 100


@pytest.fixture
def one_child(make_server, mpm):
    """And a connection that stays with it, one that asks for the numbers."""
    def make(config=CONFIG, **more):
        return make_server(config, workers=1 if mpm == "prefork" else 8, **more)
    return make


def test_what_runs_is_listed(one_child):
    server = one_child()
    gate = new_tag()
    before = time.time_ns() // 1000
    held = server.ask(LONG_PATH, "name=slow&gate=%s&defer=2&name=sent&"
                      "keep=copy&submit=1" % gate)
    starts = server.ledger.wait(3, event="start", tag=held.tag)
    after = time.time_ns() // 1000
    now = metrics.read(server)
    tasks = sorted((task["name"], task["status"], task["uri"])
                   for task in now["tasks"])
    assert tasks == [("sent", 0, "-")] + 2 * [("slow", 200, LONG_PATH[:63])]
    for task in now["tasks"]:
        assert before <= task["started"] <= after
        assert task["pid"] in {line.pid for line in starts}
        assert task["thread"] > 0
        assert (task["host"], task["client"]) == (
            (None, None) if task["uri"] == "-"
            else ("localhost", "127.0.0.1"))
        assert (task["by"], task["target"]) == ("mod_probe", None)
    assert len({task["thread"] for task in now["tasks"]}) == 3
    assert [task["log_id"] for task in now["tasks"]
            if task["uri"] != "-"] == 2 * [logged_id(server, held.tag)]
    rows = status.read(server).rows("tasks")
    assert sorted(row["virtual host"] for row in rows) == [
        "localhost", "localhost", "\u2013"]
    assert now["running"]["now"] == now["total"]["running"] == 3
    server.open_gate(gate)
    now = metrics.settled(server)
    assert now["tasks"] == [] and now["running"]["now"] == 0


def test_the_virtual_host_of_an_older_generation(make_server):
    """Is not there any more to be looked into."""
    server = make_server(CONFIG + "CrosstownDrain 60\n", workers=4, room=1)
    gate = new_tag()
    held = server.ask("/probe", "name=slow&gate=%s&defer=1" % gate)
    server.ledger.wait(event="start", tag=held.tag)
    assert [task["host"] for task in metrics.read(server)["tasks"]] == [
        "localhost"]
    server.graceful()
    task, = metrics.read(server)["tasks"]
    assert (task["host"], task["by"], task["client"]) == (
        None, None, "127.0.0.1")
    server.open_gate(gate)
    assert server.ledger.outcomes(held.tag, 1) == {"RAN": 1}


def test_what_runs_on_the_requests_thread_too(make_server):
    server = make_server(CONFIG, workers=4)
    gate, tag = new_tag(), new_tag()
    with server.raw() as client:
        client.get("/probe?tag=%s&same=1&name=here&gate=%s&defer=1"
                   % (tag, gate))
        server.ledger.wait(event="start", tag=tag)
        now = metrics.read(server)
        assert [task["name"] for task in now["tasks"]] == ["here"]
        assert now["threads"]["now"] == now["waiting"]["now"] == 0
        assert now["running"] == {"now": 1, "most": 1}
        server.open_gate(gate)
    assert metrics.settled(server)["tasks"] == []


def test_who_submits_in_vain_runs_on(make_server, mpm):
    """No thread can be had, so the request's runs the first task; what that
    submits is refused, and with it what waits, on the same thread."""
    if mpm == "prefork":
        pytest.skip("nobody is left to be asked")
    server = make_server(CONFIG, workers=4)
    server.error_log.allow(r"\[crosstown:(warn|error)\]")
    gate = new_tag()
    held = server.ask(script="threads=no&keep=copy&name=first&gate=%s&"
                      "submits=1&defer=1&submits=0&name=rest&defer=2" % gate)
    submit, = server.ledger.wait(event="submit", tag=held.tag)
    assert submit.answer == "EAGAIN"
    now = metrics.wait_for(server, lambda now: now["total"]["rejected"] == 2,
                         "what waits to be refused")
    assert [task["name"] for task in now["tasks"]] == ["first"]
    server.open_gate(gate)
    assert metrics.settled(server)["tasks"] == []
    assert server.ledger.outcomes(held.tag, 3) == {"RAN": 1, "REJECTED": 2}


def test_waiting_running_threads(one_child):
    """Four run, six wait, whatever never did; then all of it is over, but not
    forgotten, and a restart does not change that."""
    server = one_child(room=1)
    straight = server.ask("/probe", "name=a&same=1&defer=2")
    server.ledger.outcomes(straight.tag, 2)
    gate = new_tag()
    held = server.ask("/probe", "name=a&gate=%s&defer=7&name=b&defer=3" % gate)
    server.ledger.wait(4, event="start", tag=held.tag)
    now = metrics.read(server)
    assert [now[key]["now"] for key in ("waiting", "running", "threads")] == [
        6, 4, 4]
    rows = metrics.by_name(now)
    assert [(rows[name]["open"], rows[name]["waiting"], rows[name]["running"])
            for name in "ab"] == [(7, 3, 4), (3, 3, 0)]
    server.open_gate(gate)
    most = [metrics.settled(server)[key]["most"]
            for key in ("waiting", "running", "threads")]
    assert most[1:] == [4, 4] and 6 <= most[0] <= 10
    server.graceful()
    now = metrics.wait_for(server, lambda told: told["threads"]["now"] == 0,
                         "the old child to go")
    assert [now[key]["most"] for key in ("waiting", "running", "threads")] == (
        most)


def in_bucket(row, key):
    return [count > 0 for count in row[key]["buckets"]].index(True)


def test_times(one_child):
    """20 ms is a bound: the tenth after 10 microseconds."""
    server = one_child(CONFIG.replace("1 4", "1 1"))
    slow = server.ask("/probe", "name=slow&sleep_ms=30&defer=1&name=fast&"
                      "sleep_ms=0&defer=1")
    server.ledger.outcomes(slow.tag, 2)
    now = metrics.settled(server)
    metrics.check_sums(now)
    rows = metrics.by_name(now)
    assert in_bucket(rows["slow"], "run") > 10 and (
        30000 <= rows["slow"]["run"]["sum"] < 10000000)
    assert in_bucket(rows["fast"], "wait") > 10 and (
        30000 <= rows["fast"]["wait"]["sum"] < 10000000)
    assert rows["fast"]["run"]["sum"] < rows["slow"]["run"]["sum"]


def test_left_behind_by_a_drain(make_server):
    """What the old child could not finish was stopped; nothing of it is shown
    when it is gone."""
    server = make_server(CONFIG.replace("1 4", "1 2") + "CrosstownDrain 1\n",
                         workers=4, room=1)
    server.error_log.allow(r"the child stops")
    held = server.ask("/probe", "name=x&keep=copy&gate=never&defer=5")
    server.ledger.wait(2, event="start", tag=held.tag)
    server.graceful()
    now = metrics.wait_for(server, lambda told: told["total"]["stopped"] == 5
                         and told["total"]["running"] == 0,
                         "the old child to go")
    assert metrics.read(server)["tasks"] == []
    metrics.check(server, now)
    total = now["total"]
    assert (total["open"], total["waiting"], total["running"]) == (0, 0, 0)
    assert (total["wait"]["count"], total["run"]["count"]) == (2, 0)
    fresh = server.ask("/probe", "name=x&defer=3")
    server.ledger.outcomes(fresh.tag, 3)
    metrics.check(server, metrics.settled(server))


def test_more_threads_than_are_listed(one_child):
    """64 tasks are listed, all are counted."""
    server = one_child(CONFIG.replace("1 4", "1 70"))
    server.error_log.allow(r"CT01002:")
    gate = new_tag()
    held = server.ask("/probe", "name=x&gate=%s&defer=70" % gate)
    server.ledger.wait(70, event="start", tag=held.tag)
    now = metrics.read(server)
    assert len(now["tasks"]) == 64 and now["running"]["now"] == 70
    server.open_gate(gate)
    assert server.ledger.outcomes(held.tag, 70) == {"RAN": 70}
    now = metrics.settled(server)
    metrics.check_sums(now)
    metrics.check(server, now)
    assert now["tasks"] == [] and now["running"]["most"] == 70


def test_a_single_process(make_server):
    """httpd -X: the parent is the child."""
    server = make_server(CONFIG, arguments=("-X",))
    answer = server.ask("/probe", "name=x&defer=3")
    assert server.ledger.outcomes(answer.tag, 3) == {"RAN": 3}
    now = metrics.settled(server)
    assert (now["children"], now["total"]["ran"]) == (1, 3)
