# SPDX-License-Identifier: Apache-2.0
"""A hard stop: what is queued runs until the drain's time is over, then the
child goes; the parent never has to kill it."""

import collections
import contextlib
import time

import pytest

import soon
from error_log import KILLED
from ledger import wait_until


def stop(server):
    """Stop before the parent would kill a child."""
    server.stop()
    assert not server.error_log.find(KILLED)


def outcomes(server):
    return collections.Counter(
        line.outcome for line in server.ledger.lines(event="done"))


def times_told(server):
    """How often each task was told its end."""
    return collections.Counter(
        (line.tag, line.index) for line in server.ledger.lines(event="over"))


def check_told_once(server, mpm, wanted):
    """With worker it depends on whether a client is given up before the
    drain."""
    assert all(count == 1 for count in times_told(server).values())
    if mpm != "worker":
        assert outcomes(server) == wanted


@pytest.mark.case(2, shows="prefork")
def test_queue_runs_before_the_child_goes(make_server):
    """Case 2: 6 x 400 ms, threads made lazily."""
    server = make_server("CrosstownThreads 1 2\n", workers=2)
    answer = server.ask("/probe", "sleep_ms=400&keep=copy&defer=6")
    server.ledger.wait(event="start", tag=answer.tag)
    stop(server)
    assert outcomes(server) == {"RAN": 6}
    assert len(server.ledger.lines(event="end")) == 6


@pytest.mark.case(9, shows="event")
def test_queue_that_does_not_fit_into_the_drain(make_server):
    """Case 9: what has not run ends as STOPPED, also for the done
    hooks what is still running; the error log has both numbers."""
    server = make_server("CrosstownThreads 1 2\nCrosstownDrain 1\n",
                         workers=2)
    answer = server.ask("/probe", "sleep_ms=300&keep=copy&defer=100")
    server.ledger.wait(event="start", tag=answer.tag)
    server.error_log.allow(r"\[crosstown:(warn|error)\]")
    stop(server)
    found = outcomes(server)
    started = len(server.ledger.lines(event="start"))
    assert found["STOPPED"] >= 50    # they would take more than seven seconds
    assert found["RAN"] + found["STOPPED"] == 100
    assert set(times_told(server).values()) == {1}
    waiting, running = server.error_log.left_by_drains()
    assert waiting == 100 - started
    assert running == started - found["RAN"] <= 2


def check_stuck(server, count):
    """All are told to the done hooks; the first one's `over` is not told,
    since its function still uses the data."""
    assert outcomes(server) == {"STOPPED": count}
    overs = server.ledger.lines(event="over")
    assert [line.outcome for line in overs] == ["STOPPED"] * (count - 1)
    assert [line.index for line in overs] == list(range(1, count))


def stop_with_a_stuck_task(make_server, drain, count):
    """The first of so many tasks does not end."""
    server = make_server("CrosstownThreads 1 1\nCrosstownDrain %d\n" % drain,
                         workers=2)
    answer = server.ask("/probe", "gate=never&keep=copy&defer=%d" % count)
    server.ledger.wait(event="start", tag=answer.tag)
    server.error_log.allow(r"\[crosstown:(warn|error)\]")
    stop(server)
    (_, line), = server.error_log.find("CT01401:")
    assert "(CrosstownDrain %d)" % drain in line
    check_stuck(server, count)


@pytest.mark.case(10, shows="event", naive="drain-late")
def test_task_that_does_not_end(make_server):
    """Case 10: a stuck task must not cost the parent its patience."""
    stop_with_a_stuck_task(make_server, drain=1, count=3)


def test_drain_of_zero_seconds(make_server):
    """Nothing that waits is run any more."""
    stop_with_a_stuck_task(make_server, drain=0, count=5)


@pytest.mark.parametrize("round_", range(2))
def test_full_queue(make_server, round_):
    """1800 tasks wait when the stop comes."""
    server = make_server("CrosstownThreads 1 4\n", workers=8)
    with server.visit() as visitor:
        for _ in range(30):
            visitor.ask("/probe", "keep=copy&defer=60")
    server.error_log.allow(r"\[crosstown:(warn|error)\]")
    stop(server)
    assert outcomes(server) == {"RAN": 1800}
    over = times_told(server)
    assert set(over.values()) == {1} and len(over) == 1800


@pytest.mark.case(13)
def test_stalled_download(make_server):
    """Case 13: the drain starts late, after the time-out of a client
    that does not read; what is queued runs, or is counted as stopped."""
    server = make_server("CrosstownThreads 1 2\nTimeout 3\n"
                         "SendBufferSize 65536\n", workers=2)
    with server.raw(receive_buffer=65536) as client:
        client.get("/probe?tag=stalled&size=10485760&keep=copy&defer=2")
        client.read_head()
        answer = server.ask("/probe", "sleep_ms=200&keep=copy&defer=4")
        server.ledger.wait(event="start", tag=answer.tag)
        server.error_log.allow(r"\[crosstown:(warn|error)\]")
        stop(server)
    found = collections.Counter(line.outcome for line in server.ledger.lines(
        event="done", tag=answer.tag))
    assert found == {"RAN": 4}
    overs = collections.Counter(line.index for line in server.ledger.lines(
        event="over", tag="stalled"))
    assert all(count == 1 for count in overs.values())


@pytest.mark.case(13, shows="event", naive="drain-late")
@soon.soon
def test_the_drain_counts_from_the_stop(make_server, mpm):
    """Case 13: of its four seconds the stalled client has taken three; then
    there is one left, not four."""
    if mpm == "prefork":
        pytest.skip("a hard stop of prefork does not wait for the client")
    server = make_server("CrosstownThreads 1 1\nTimeout 3\nCrosstownDrain 4\n"
                         "SendBufferSize 65536\n", workers=2)
    server.error_log.allow(r"\[crosstown:(warn|error)\]")
    with server.raw(receive_buffer=65536) as client:
        client.get("/probe?size=10485760")
        client.read_head()
        answer = server.ask("/probe", "gate=never&keep=copy&defer=3")
        server.ledger.wait(event="start", tag=answer.tag)
        begin = time.time()
        server.stop()
    (_, line), = server.error_log.find("CT01401:")
    drained = time.mktime(time.strptime(line[5:20] + line[27:32],
                                        "%b %d %H:%M:%S %Y"))
    # The line's time is cut to seconds.
    assert drained - begin > 2.5
    check_stuck(server, 3)
    soon.check(drained - begin, 6.5)


@pytest.mark.case(5, shows="prefork")
@pytest.mark.usefixtures("more_than_posix")
def test_client_that_never_reads(make_server, mpm):
    """Case 5: httpd may log a request while its child's memory goes; nobody
    may crash. In prefork the threads are gone by then; event never logs it."""
    server = make_server("SendBufferSize 4096\nTimeout 3\n", workers=2)
    with server.raw(receive_buffer=4096) as client:
        client.get("/probe?tag=stalled&size=60000&keep=copy&defer=3")
        server.ledger.wait(3, event="record", tag="stalled")
        server.error_log.allow(r"\[crosstown:(warn|error)\]")
        stop(server)
    check_told_once(server, mpm, {"STOPPED": 3})


@pytest.mark.case(5, shows="prefork")
@pytest.mark.usefixtures("more_than_posix")
def test_one_that_reads_between_two_that_never_do(make_server, mpm):
    """Case 5: who waited for its client and is answered after all is not told
    again at the stop; the others are."""
    server = make_server("SendBufferSize 4096\nTimeout 20\n", workers=4)
    tags = ("before", "between", "after")
    clients = [server.raw(receive_buffer=4096) for _ in tags]
    with contextlib.ExitStack() as stack:
        for client, tag in zip(clients, tags):
            stack.enter_context(client)
            client.get("/probe?tag=%s&size=60000&keep=copy&defer=2" % tag)
            server.ledger.wait(2, event="record", tag=tag)
        assert len(clients[1].read_answer()[1]) == 60000
        assert server.ledger.outcomes("between", 2) == {"RAN": 2}
        server.error_log.allow(r"\[crosstown:(warn|error)\]")
        stop(server)
    check_told_once(server, mpm, {"RAN": 2, "STOPPED": 4})


@pytest.mark.case(5, shows="prefork")
@pytest.mark.usefixtures("more_than_posix")
def test_pipelined_behind_one_that_is_answered(make_server, mpm):
    """Case 5: on one connection the first request may be held back until the
    second one has recorded its tasks, and be over before the stop."""
    server = make_server("SendBufferSize 4096\nTimeout 3\n", workers=2)
    with server.raw(receive_buffer=4096) as client:
        client.send_raw("".join(
            "GET /probe?tag=%s&keep=copy HTTP/1.1\r\nHost: localhost\r\n\r\n"
            % script for script in ("first&defer=1",
                                    "second&size=60000&defer=2")))
        server.ledger.wait(2, event="record", tag="second")
        assert server.ledger.outcomes("first", 1) == {"RAN": 1}
        server.error_log.allow(r"\[crosstown:(warn|error)\]")
        stop(server)
    check_told_once(server, mpm, {"RAN": 1, "STOPPED": 2})


@pytest.mark.case(25, shows="prefork")
def test_single_process(make_server):
    """Case 25: httpd -X; SIGTERM runs the queue and exits with 0."""
    server = make_server("CrosstownThreads 1 2\n", arguments=["-X"],
                         workers=2)
    answer = server.ask("/probe", "sleep_ms=100&keep=copy&defer=10")
    server.ledger.wait(event="start", tag=answer.tag)
    stop(server)
    assert outcomes(server) == {"RAN": 10}


def test_no_thread_in_the_parent(make_server):
    """Threads are made in children only, and only when there is work."""
    server = make_server("CrosstownThreads 4 8\n", workers=2)
    server.ask("/probe", "defer=10")
    wait_until(lambda: outcomes(server) == {"RAN": 10}, "ten tasks")
    with open("/proc/%d/status" % server.process.pid) as status:
        assert "Threads:\t1\n" in status.read()
