# SPDX-License-Identifier: Apache-2.0
"""crosstown_submit() from the thread that accepts connections: event destroys
the memory of an idle connection there, and whatever hangs on it runs there. A
listener that waits, or runs a task itself, makes everybody wait."""

import pytest

KEEP_ALIVE = "KeepAliveTimeout 1\n"
FULL = "CrosstownThreads 1 1\nCrosstownQueue 1\nCrosstownOverflow inline\n"


@pytest.fixture
def only_event(mpm):
    if mpm != "event":
        pytest.skip("only event's listener destroys connections")


def say_farewell(server, script):
    """Let a connection idle until httpd has had enough of it. The answer to
    what was submitted then."""
    with server.raw() as client:
        client.get("/probe?tag=bye&keep=copy&gate=bye&" + script)
        assert client.read_answer()[0] == 200
        farewell, = server.ledger.wait(event="farewell", tag="bye")
    assert farewell.listener == 1
    return farewell


@pytest.mark.case(26)
def test_there_is_room(make_server, only_event):
    """A thread of the pool has it, and the listener listens."""
    server = make_server(KEEP_ALIVE + "CrosstownThreads 1 2\n", workers=4)
    farewell = say_farewell(server, "farewell=bye")
    assert farewell.answer == "SUCCESS"
    start, = server.ledger.wait(event="start", tag="bye")
    assert start.tid != farewell.tid
    assert server.ask("/probe").status == 200
    assert not server.ledger.lines(event="end", tag="bye")
    server.open_gate("bye")
    server.ledger.wait(event="over", tag="bye")


@pytest.mark.case(26, shows="event")
def test_the_queue_is_full(make_server, only_event):
    """Refused, though requests would run it themselves."""
    server = make_server(KEEP_ALIVE + FULL, workers=4)
    server.error_log.allow(r"\[crosstown:(warn|error)\]")
    held = server.ask("/probe", "gate=held&keep=copy&submit=1")
    server.ledger.wait(event="start", tag=held.tag)
    server.ask("/probe", "keep=copy&submit=1")
    assert say_farewell(server, "farewell=bye").answer == "EAGAIN"
    assert server.ask("/probe").status == 200
    assert not server.ledger.lines(event="start", tag="bye")
    server.open_gate("held")


@pytest.mark.case(26)
def test_no_thread_can_be_made(make_server, only_event):
    server = make_server(KEEP_ALIVE + "CrosstownThreads 1 2\n", workers=4)
    server.error_log.allow(r"\[crosstown:(warn|error)\]")
    assert say_farewell(server, "threads=no&farewell=bye").answer == "EAGAIN"
    assert server.ask("/probe", "threads=yes").status == 200
    assert not server.ledger.lines(event="start", tag="bye")
