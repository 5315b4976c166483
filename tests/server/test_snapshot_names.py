# SPDX-License-Identifier: Apache-2.0
"""Each name is counted for itself, exactly, through restarts and
crashes."""

import re
import time

import metrics
import prometheus
import status
import test_server_status
from client import new_tag, play
from closing import FAILING, Crowd, check as check_tally, settled_tally

CONFIG = metrics.CONFIG + "CrosstownThreads 1 4\n"
SERVER_STATUS = test_server_status.PAGE
RESTARTS = 3


def test_restarts_and_a_killed_child(make_server):
    """A load with restarts, then a child goes with six tasks of two names. Two
    of one name never waited."""
    server = make_server(CONFIG, workers=4, room=2)
    server.error_log.allow(FAILING)
    with Crowd(server) as crowd:
        for number in range(RESTARTS):
            crowd.wait(30)
            server.graceful()
            time.sleep(0.5)    # the pace, not a synchronisation
        crowd.wait(30)
    now = metrics.settled(server)
    metrics.check(server, now)
    metrics.check_sums(now)
    since = now["since"]

    with server.visit() as visitor:
        straight = visitor.ask("/probe", "name=held&same=1&defer=2")
        server.ledger.outcomes(straight.tag, 2)
        held = visitor.ask("/probe", play("keep=copy", "gate=never",
                                          "name=held", "defer=5",
                                          "name=kept", "defer=1"))
    child = server.ledger.wait(4, event="start", tag=held.tag)[0].pid
    server.kill_children([child])
    now = metrics.wait_for(server, lambda told: told["total"]["lost"] == 6,
                         "the loss to be noted")
    metrics.check(server, now, lost={"held": 5, "kept": 1})
    metrics.check_sums(now)
    assert now["since"] == since
    for row in (now["total"], *now["names"]):
        assert (row["open"], row["waiting"], row["running"]) == (0, 0, 0)
    assert now["total"]["wait"]["count"] == now["total"]["ran"] + 4
    check_tally(server, settled_tally(server), lost=6)


def test_more_names_than_fit(make_server):
    """Those of no place are one more; whoever has one, keeps it."""
    server = make_server(CONFIG)
    first = server.ask("/probe", "name=first&defer=1")
    server.ledger.wait(event="done", tag=first.tag)
    words = [word for number in range(100)
             for word in ("name=n%d" % number, "defer=2")]
    for script in (words[:100], words[100:], words[:100]):
        answer = server.ask("/probe", play(*script))
        server.ledger.wait(100, event="done", tag=answer.tag)
    again = server.ask("/probe", "name=first&defer=4&name=other&defer=1")
    server.ledger.wait(5, event="done", tag=again.tag)
    now = metrics.settled(server)
    names = metrics.by_name(now)
    metrics.check_sums(now)
    assert len(names) == 65 and now["names"][-1]["name"] == "other"
    assert names.pop("first")["ran"] == 5
    other = names.pop("other")
    assert all(row["ran"] == (4 if int(name[1:]) < 50 else 2)
               for name, row in names.items())
    assert now["total"]["ran"] == 306
    assert other["ran"] == 306 - 5 - sum(row["ran"] for row in names.values())


LONG = ["x" * 47, "x" * 48, "x" * 60, "x" * 60 + "a", "x" * 60 + "b",
        "y" * 46, "y" * 46 + "\u00fc", "y" * 46 + "\u03a9",
        "z" * 36 + "\u20ac" * 9 + "1", "z" * 36 + "\u20ac" * 9 + "2",
        "z" * 44 + "\u20ac", " a", "a", "a ", "a b", "a  b", "a\\x20"]
CUT = re.compile(r"(x{38}|y{38}|z{36})~[0-9a-f]{8}")


def test_names_that_differ_look_different(make_server):
    """In every format: also those that differ behind the bytes that are kept
    or inside a character that is cut there, and those that look as if they had
    been cut."""
    server = make_server(CONFIG + SERVER_STATUS, modules=("status",))
    script = play(*(word for number, name in enumerate(LONG) for word in
                    ("name=" + name, "defer=%d" % (number + 1))))
    answer = server.ask("/probe", script)
    tasks = sum(range(len(LONG) + 1))
    server.ledger.wait(tasks, event="done", tag=answer.tag)
    rows = metrics.by_name(metrics.settled(server))
    cut = [name for name in rows if CUT.fullmatch(name)]
    assert len(cut) == 8
    short = {status.escaped(name) for name in LONG
             if len(name.encode()) < 48}
    assert set(rows) == short | set(cut)
    server.ask("/probe", play("name=" + cut[0], "defer=%d" % (len(LONG) + 1)))

    recorded = set(range(1, len(LONG) + 2))
    rows = metrics.by_name(metrics.settled(server))
    assert {row["recorded"] for row in rows.values()} == recorded
    series = prometheus.read(server).names("crosstown_tasks_recorded_total")
    assert sorted(series) == sorted(rows)
    *table, _ = status.read(server).names()
    assert {int(row["recorded"]) for row in table} == recorded
    assert len({as_shown(row["name"]) for row in table}) == len(recorded)
    first = test_server_status.read_page(server).tables[0][1:-1]
    assert {int(row[1]) for row in first} == recorded
    assert len({as_shown(row[0]) for row in first}) == len(recorded)


def as_shown(text):
    """How a browser puts it on the screen."""
    return " ".join(text.split())


def test_a_refused_submit_is_not_counted(make_server):
    server = make_server(CONFIG.replace("1 4", "1 1") + "CrosstownQueue 2\n",
                         workers=1)
    gate = new_tag()
    held = server.ask("/probe", "keep=copy&gate=%s&defer=1" % gate)
    child = server.ledger.wait(event="start", tag=held.tag)[0].pid
    with server.visit() as visitor:
        answer = visitor.ask("/probe", "keep=copy&name=many&submit=5")
        server.open_gate(gate)
    if server.ledger.lines(event="submit", tag=answer.tag)[0].pid == child:
        assert len(server.ledger.lines(event="submit", tag=answer.tag,
                                       answer="SUCCESS")) == 2
    metrics.check(server, metrics.settled(server))
