# SPDX-License-Identifier: Apache-2.0
"""For how long the oldest task waits, runs, or is tried again, name by name,
and everywhere the same."""

import pytest

import metrics
import prometheus
import status
from client import new_tag
from test_server_status import PAGE, read_auto, read_page

CONFIG = metrics.CONFIG + PAGE + "CrosstownThreads 1 1\n"
# One child, also on prefork.
OPTIONS = {"modules": ("status",), "workers": 1}
HOUR_MS = 3600000


@pytest.fixture(scope="module")
def aged(shared_server):
    """A child whose thread is held by "slow"; "mail" waits behind it, and
    "again" for its next attempt. "later" waits for its time only."""
    server = shared_server
    gate = new_tag()
    again = server.ask("/probe", "name=again&again=1&after_ms=%d&defer=1"
                       % HOUR_MS)
    metrics.wait_for(server, lambda now: now["scheduled"] == 1,
                     "the next attempt")
    held = server.ask("/probe", "name=slow&gate=%s&defer=1" % gate)
    server.ledger.wait(1, event="start", tag=held.tag)
    server.ask("/probe", "name=later&delay_ms=%d&defer=1" % HOUR_MS)
    server.ask("/probe", "name=mail&keep=copy&defer=2")
    assert again.status == 200
    yield server
    server.open_gate(gate)
    server.error_log.allow(r"CT01309|CT01401|CT01307")


def ages(now):
    return {row["name"]: row["oldest"] for row in now["names"]}


def seen(now):
    told = ages(now)
    return (told["mail"]["waiting"] is not None
            and told["again"]["retrying"] is not None)


def test_each_state(aged):
    """Of each name what there is, in all the oldest of them; what waits for
    its time does not wait for a thread."""
    now = metrics.wait_for(aged, seen, "the oldest to be looked at")
    told = ages(now)
    assert {key for key, age in told["mail"].items() if age} == {"waiting"}
    assert {key for key, age in told["slow"].items() if age} == {"running"}
    assert {key for key, age in told["again"].items() if age} == {"retrying"}
    total = now["total"]["oldest"]
    assert total == {"waiting": told["mail"]["waiting"],
                     "running": told["slow"]["running"],
                     "retrying": told["again"]["retrying"]}
    assert total["retrying"] > total["running"] > total["waiting"] > 0
    slow = now["tasks"][0]
    assert total["running"] == now["now"] - slow["started"]


def test_they_grow(aged):
    """By the time that passes: it is one and the same task."""
    first = metrics.wait_for(aged, seen, "the oldest to be looked at")
    second = metrics.wait_for(
        aged, lambda now: now["now"] > first["now"] + 2000000, "two seconds")
    passed = second["now"] - first["now"]
    for name, key in (("mail", "waiting"), ("slow", "running"),
                      ("again", "retrying")):
        assert (ages(second)[name][key]
                == ages(first)[name][key] + passed), name


def test_everywhere(aged):
    first = metrics.wait_for(aged, seen, "the oldest to be looked at")
    told = prometheus.read(aged)
    auto = read_auto(aged)
    rows = {row["name"]: row for row in status.read(aged).names()}
    table = read_page(aged).tables[0]
    lines = {row[0]: dict(zip(table[0], row)) for row in table[1:]}
    last = metrics.read(aged)
    for name, states in ages(first).items():
        for key, age in states.items():
            seconds = told.get("crosstown_tasks_oldest_seconds", name, key)
            assert (age or 0) / 1e6 <= seconds, (name, key)
            assert seconds <= (ages(last)[name][key] or 0) / 1e6, (name, key)
            for shown, none in ((rows[name]["oldest " + key], "\u2013"),
                                (lines[name]["oldest " + key], "-")):
                assert (shown == none) == (age is None), (name, key, shown)
    for key, age in first["total"]["oldest"].items():
        assert age / 1e6 <= auto["Oldest" + key.title()] <= (
            last["total"]["oldest"][key] / 1e6)
    assert lines["all"]["oldest waiting"].endswith(" s")


def test_it_is_over(make_server):
    """What has been called does not wait any more, whatever was seen last."""
    server = make_server(CONFIG, **OPTIONS)
    gate = new_tag()
    held = server.ask("/probe", "name=slow&gate=%s&defer=1" % gate)
    server.ledger.wait(1, event="start", tag=held.tag)
    server.ask("/probe", "name=mail&keep=copy&defer=1")
    metrics.wait_for(server, lambda now: now["total"]["oldest"]["waiting"],
                     "the oldest to be looked at")
    server.open_gate(gate)
    now = metrics.settled(server)
    assert now["total"]["oldest"] == {"waiting": None, "running": None,
                                      "retrying": None}
