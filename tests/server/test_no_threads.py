# SPDX-License-Identifier: Apache-2.0
"""A process that may not make threads (a limit was met): what is recorded is
called once all the same, what is submitted is refused."""

import collections
import time

import pytest

import metrics

PATIENCE = 60                        # seconds


@pytest.fixture
def server(make_server, mpm):
    """One child: one queue."""
    server = make_server(metrics.CONFIG + "CrosstownThreads 1 8\n",
                         workers=1 if mpm == "prefork" else 2)
    server.error_log.allow(r"\[crosstown:(warn|error)\]")
    return server


def told(server, tag):
    """How often each task was told its end; all of them once, it should be."""
    lines = server.ledger.lines(event="over", tag=tag)
    return collections.Counter((line.index, line.outcome) for line in lines)


def ask_until(server, script, is_so):
    """A child that was refused a thread asks for the next one a second later."""
    deadline = time.monotonic() + PATIENCE
    while True:
        answer = server.ask(script=script)
        if is_so(answer.tag):
            return answer
        assert time.monotonic() < deadline, script
        time.sleep(0.1)


@pytest.mark.case(8)
def test_without_any_thread(server):
    """They run on the request's; as soon as there can be threads, on those."""
    answer = server.ask(script="threads=no&keep=copy&defer=3")
    assert server.ledger.outcomes(answer.tag, 3) == {"RAN": 3}
    logged, = server.ledger.lines(event="logged", tag=answer.tag)
    starts = server.ledger.lines(event="start", tag=answer.tag)
    assert [line.index for line in starts] == [0, 1, 2]
    assert {line.tid for line in starts} == {logged.tid}
    server.error_log.expect(r"\[crosstown:error\].*no thread can be had")
    assert metrics.read(server)["refused_threads"] >= 1

    def ran_elsewhere(tag):
        assert server.ledger.outcomes(tag, 3) == {"RAN": 3}
        own, = server.ledger.lines(event="logged", tag=tag)
        starts = server.ledger.lines(event="start", tag=tag)
        return own.tid not in {line.tid for line in starts}

    later = ask_until(server, "threads=yes&keep=copy&defer=3", ran_elsewhere)
    assert len(told(server, answer.tag)) == len(told(server, later.tag)) == 3


@pytest.mark.case(8)
def test_submitted_without_any_thread(server):
    """APR_EAGAIN, and nobody is told anything."""
    answer = server.ask(script="threads=no&keep=copy&submit=3")
    lines = server.ledger.wait(3, event="submit", tag=answer.tag)
    assert [line.answer for line in lines] == ["EAGAIN"] * 3
    def accepted(tag):
        line, = server.ledger.wait(1, event="submit", tag=tag)
        return line.answer != "EAGAIN"

    later = ask_until(server, "threads=yes&keep=copy&submit=1", accepted)
    server.ledger.wait(event="over", tag=later.tag)
    assert not told(server, answer.tag)


@pytest.mark.case(8, shows="event")
def test_beside_a_thread_that_is_busy(server):
    """They wait for that one, and are called once."""
    held = server.ask(script="gate=busy&keep=copy&submit=1")
    server.ledger.wait(event="start", tag=held.tag)
    answer = server.ask(script="threads=no&keep=copy&defer=5")
    server.ledger.wait(event="logged", tag=answer.tag)
    server.error_log.expect(r"CT01205: no further thread can be had.* the 1 ")
    server.open_gate("busy")
    assert server.ledger.outcomes(answer.tag, 5) == {"RAN": 5}
    # Behind them in the only queue: what was called twice has shown by then.
    last = server.ask(script="keep=copy&defer=1")
    assert server.ledger.outcomes(last.tag, 1) == {"RAN": 1}
    assert told(server, answer.tag) == {(index, "RAN"): 1
                                        for index in range(5)}
    starts = server.ledger.lines(event="start", tag=answer.tag)
    assert [line.index for line in starts] == [0, 1, 2, 3, 4]
