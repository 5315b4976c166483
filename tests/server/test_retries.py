# SPDX-License-Identifier: Apache-2.0
"""Tasks that are tried again, and tasks with a delay."""

import pytest

from client import new_tag, play
import metrics

CONFIG = "CrosstownThreads 1 4\n" + metrics.CONFIG
HOUR = "after_ms=3600000"
# Each attempt that fails has a line of its own, unless there are too many; then
# a line says so later.
RETRIES = "CT01309|CT01310"
OPTIONS = {"allowed": [RETRIES]}


@pytest.mark.parametrize("how", ["keep=raw", "keep=copy", "keep=carry",
                                 "same=1&keep=raw", "same=1&keep=copy",
                                 "same=1&keep=carry"])
def test_thrice_then_success(server, how):
    """One task, one id, four attempts, one end; those behind it go on."""
    answer = server.ask("/probe", play(
        *how.split("&"), "again=3", "after_ms=20", "text=data", "defer=1",
        "again=0", "defer=1"))
    assert server.ledger.outcomes(answer.tag, 2) == {"RAN": 2}
    starts = server.ledger.lines(event="start", tag=answer.tag, index=0)
    assert [line.attempt for line in starts] == [1, 2, 3, 4]
    assert len({line.id for line in starts}) == 1
    assert {(line.text, line.status) for line in starts} == {("data", 200)}
    over, = server.ledger.lines(event="over", tag=answer.tag, index=0)
    assert (over.outcome, over.result, over.attempt) == ("RAN", "SUCCESS", 4)


def test_submitted(server):
    answer = server.ask("/probe", play("again=2", "submit=1"))
    over, = server.ledger.wait(event="over", tag=answer.tag)
    assert (over.outcome, over.attempt) == ("RAN", 3)


def test_what_is_said_and_counted(server):
    """Each attempt in the log with its words, the last one as a failure; all
    of them one task in the counters."""
    name = new_tag()
    answer = server.ask("/probe", play(
        "name=" + name, "explain=mail.example is down", "again=2", "give_up=1",
        "after_ms=1100", "defer=1"))
    first, second = server.error_log.expect(
        r"\[crosstown:warn\].*CT01309.*" + name, 2)
    assert "failed at attempt 1 and is tried again in 1." in first
    assert "attempt 2" in second
    last, = server.error_log.expect(r"\[crosstown:error\].*CT01301.*" + name)
    assert "failed at attempt 3 after 200" in last
    for line in (first, second, last):
        assert line.endswith(": mail.example is down")
    assert server.ledger.outcomes(answer.tag, 1) == {"RAN": 1}
    now = metrics.settled(server)
    metrics.check_sums(now)
    row = metrics.by_name(now)[name]
    assert (row["recorded"], row["ran"], row["failed"], row["retries"]) == (
        1, 1, 1, 2)


def test_it_waits_and_is_seen(make_server, mpm):
    """Without a thread, in its place of the queue, until a stop, which does
    not wait for it."""
    server = make_server("CrosstownThreads 1 1\nCrosstownQueue 2\n"
                         "CrosstownDrain 30\n" + metrics.CONFIG,
                         workers=1 if mpm == "prefork" else 8, **OPTIONS)
    again = server.ask("/probe", play("again=1", HOUR, "defer=1"))
    late = server.ask("/probe", play("delay_ms=3600000", "defer=1"))
    metrics.wait_for(server, lambda now: (
        now["scheduled"], now["total"]["waiting"], now["total"]["running"])
        == (2, 2, 0), "both to wait")
    full = server.ask("/probe", "submit=1")
    line, = server.ledger.wait(event="submit", tag=full.tag)
    assert line.answer == "EAGAIN"
    server.error_log.allow(r"\[crosstown:warn\].*CT01401.*the child stops")
    server.stop()
    for answer, attempt in ((again, 2), (late, 1)):
        over, = server.ledger.lines(event="over", tag=answer.tag)
        assert (over.outcome, over.attempt) == ("STOPPED", attempt)
        assert len(server.ledger.lines(event="done", tag=answer.tag)) == 1
    assert not server.ledger.lines(event="start", tag=late.tag)


def test_no_place_for_another_attempt(make_server, mpm):
    """It was called, so it has run, and failed: the line says why it is not
    tried again, and nothing says that it will be."""
    server = make_server("CrosstownThreads 1 1\nCrosstownQueue 1\n"
                         + metrics.CONFIG,
                         workers=1 if mpm == "prefork" else 8)
    name, gate = new_tag(), new_tag()
    busy = server.ask("/probe", play("gate=" + gate, "submit=1"))
    server.ledger.wait(event="start", tag=busy.tag)
    server.ask("/probe", play("submit=1"))
    answer = server.ask("/probe", play(
        "same=1", "keep=copy", "name=" + name, "explain=mail.example is down",
        "again=1", "defer=1"))
    line, = server.error_log.expect(r"\[crosstown:error\].*CT01301.*" + name)
    assert line.endswith(": mail.example is down (not tried again: the queue "
                         "is full (CrosstownQueue 1))")
    over, = server.ledger.wait(event="over", tag=answer.tag)
    assert (over.outcome, over.attempt) == ("RAN", 1)
    assert over.result != "SUCCESS"
    server.open_gate(gate)
    now = metrics.settled(server)
    metrics.check_sums(now)
    row = metrics.by_name(now)[name]
    assert (row["ran"], row["failed"], row["rejected"], row["retries"]) == (
        1, 1, 0, 0)


def test_a_delay_passes(server):
    answer = server.ask("/probe", play("delay_ms=300", "defer=1", "delay_ms=0",
                                       "defer=1"))
    assert server.ledger.outcomes(answer.tag, 2) == {"RAN": 2}
    behind, late = server.ledger.lines(event="start", tag=answer.tag)
    assert (behind.index, late.index) == (1, 0)
    # The clocks of waiting and of the time of day may differ a little.
    assert late.wall - late.sent >= 290000
    submitted = server.ask("/probe", play("delay_ms=1", "submit=1"))
    server.ledger.wait(event="over", tag=submitted.tag)


@pytest.mark.parametrize("deed", ["defer=1", "submit=1"])
@pytest.mark.parametrize("wrong", ["delay_ms=-1", "delay_ms=9&same=1"])
def test_delays_that_make_no_sense(server, wrong, deed):
    answer = server.ask("/probe", play(*wrong.split("&"), deed))
    server.error_log.expect(r"\[crosstown:error\]")
    event = "record" if deed.startswith("defer") else "submit"
    line, = server.ledger.wait(event=event, tag=answer.tag)
    assert line.answer == "EINVAL"


def test_a_limit_holds_at_each_attempt(make_server, mpm):
    """And holds nobody while it waits."""
    server = make_server("CrosstownThreads 1 4\nCrosstownLimit mail "
                         "concurrency=1\n" + metrics.CONFIG,
                         workers=1 if mpm == "prefork" else 8, **OPTIONS)
    go, gate = new_tag(), new_tag()
    first = server.ask("/probe", play("name=mail", "gate=" + go, "again=1",
                                      "defer=1"))
    server.ledger.wait(event="start", tag=first.tag)
    second = server.ask("/probe", play("name=mail", "gate=" + gate, "defer=1"))
    metrics.wait_for(server, lambda now: now["total"]["waiting"] == 1,
                     "the second to wait")
    server.open_gate(go)
    server.ledger.wait(event="start", tag=second.tag)
    metrics.wait_for(server, lambda now: now["scheduled"] == 0
                     and now["total"]["waiting"] == 1, "it to be due")
    assert len(server.ledger.lines(event="start", tag=first.tag)) == 1
    server.open_gate(gate)
    assert server.ledger.outcomes(first.tag, 1) == {"RAN": 1}
    assert len(server.ledger.lines(event="start", tag=first.tag)) == 2


def test_for_ever_through_a_restart_and_a_stop(make_server):
    """What would be due too late is told at once, the rest while there is
    time; each once, and all are counted."""
    server = make_server("CrosstownThreads 1 2\nCrosstownDrain 2\n"
                         + metrics.CONFIG, children=2, **OPTIONS)
    server.error_log.allow(r"CT01401")
    tags = []

    def some():
        answer = server.ask("/probe", play(
            "again=1000000", "after_ms=50", "defer=3", HOUR, "defer=2",
            "again=0", "delay_ms=3600000", "defer=1", "submit=1"))
        tags.append(answer.tag)
        server.ledger.wait(15, event="start", tag=answer.tag)

    some()
    some()
    server.graceful()
    some()
    for tag in tags[:2]:
        assert server.ledger.outcomes(tag, 6) == {"STOPPED": 6}
    metrics.wait_for(server, lambda now: now["total"]["stopped"] >= 14
                     and now["scheduled"] <= 7, "the old ones to be told")
    server.stop()
    _, behind = server.error_log.left_by_drains()
    over = [line for tag in tags
            for line in server.ledger.lines(event="over", tag=tag)]
    assert {line.outcome for line in over} == {"STOPPED"}
    assert len({(line.tag, line.index) for line in over}) == len(over)
    # What was left behind may still have come to its end.
    assert 7 * len(tags) - behind <= len(over) <= 7 * len(tags)
