# SPDX-License-Identifier: Apache-2.0
"""same_thread: on the thread that finished the response."""

from client import new_tag, play

CONFIG = "CrosstownThreads 1 1\n"


def test_on_the_thread_that_finished_the_response(server):
    answer = server.ask("/probe", "same=1&defer=20")
    assert server.ledger.outcomes(answer.tag, 20) == {"RAN": 20}
    logged, = server.ledger.lines(event="logged", tag=answer.tag)
    starts = server.ledger.lines(event="start", tag=answer.tag)
    assert [line.index for line in starts] == list(range(20))
    assert {line.tid for line in starts} == {logged.tid}
    events = [line.event for line in server.ledger.lines(tag=answer.tag)
              if line.event in ("start", "end", "over", "done")]
    assert events == ["start", "end", "over", "done"] * 20


def test_mixed_with_tasks_of_the_pool(server):
    """Each kind in its own order, each on its own thread. The request's
    thread waits for its turn, but not for long: on a machine that is very busy
    the pool may get the rest."""
    answer = server.ask("/probe", "plan=psppsspspp")
    assert server.ledger.outcomes(answer.tag, 10) == {"RAN": 10}
    logged, = server.ledger.lines(event="logged", tag=answer.tag)
    starts = sorted(server.ledger.lines(event="start", tag=answer.tag),
                    key=lambda line: line.seq)
    here = [line.index for line in starts if line.tid == logged.tid]
    there = [line.index for line in starts if line.tid != logged.tid]
    assert here == [1, 4, 5, 7][:len(here)] and here
    assert there == sorted(set(range(10)) - set(here))


def test_not_where_the_connection_ends_the_response(server):
    """Without a length and without chunks the client has all of the response
    only when the connection is closed: a task must not delay that."""
    tag, gate = new_tag(), new_tag()
    with server.raw() as client:
        client.send("GET /probe?tag=%s&size=5000&declare=-1&gate=%s&plan=sps "
                    "HTTP/1.0" % (tag, gate))
        assert client.read_head()[0] == 200
        assert len(client.read_to_the_end()) == 5000
    assert not server.ledger.lines(event="end", tag=tag)
    server.open_gate(gate)
    assert server.ledger.outcomes(tag, 3) == {"RAN": 3}
    logged, = server.ledger.lines(event="logged", tag=tag)
    starts = server.ledger.lines(event="start", tag=tag)
    assert [line.index for line in starts] == [0, 1, 2]
    assert logged.tid not in {line.tid for line in starts}


def test_where_the_length_ends_it(server):
    tag = new_tag()
    with server.raw() as client:
        client.send("GET /probe?tag=%s&same=1&defer=1 HTTP/1.0" % tag)
        client.read_to_the_end()
    assert server.ledger.outcomes(tag, 1) == {"RAN": 1}
    logged, = server.ledger.lines(event="logged", tag=tag)
    start, = server.ledger.lines(event="start", tag=tag)
    assert start.tid == logged.tid


def test_the_thread_takes_no_other_work_before(server):
    """The next request on this connection waits for the task."""
    gate, first, second = new_tag(), new_tag(), new_tag()
    with server.raw() as client:
        client.get("/probe?tag=%s&same=1&gate=%s&defer=1" % (first, gate))
        assert client.read_answer()[0] == 200
        server.ledger.wait(event="start", tag=first)
        client.get("/probe?tag=%s&defer=1" % second)
        assert not client.arrived(0.3)
        assert not server.ledger.lines(event="record", tag=second)
        server.open_gate(gate)
        assert client.read_answer()[0] == 200
        assert server.ledger.outcomes(second, 1) == {"RAN": 1}
    end, = server.ledger.lines(event="end", tag=first)
    recorded, = server.ledger.lines(event="record", tag=second)
    assert end.ns < recorded.ns


def test_refused_like_others(server):
    answer = server.ask("/probe", play("same=1", "defer=2", "name=unwanted",
                                       "defer=2", "no_go=200", "defer=2"))
    assert server.ledger.outcomes(answer.tag, 6) == {"RAN": 2, "NO_GO": 4}
