# SPDX-License-Identifier: Apache-2.0
"""CrosstownLimit: tasks of one name leave threads and places to others."""

import pytest

from client import new_tag, play

LIMITED = """CrosstownThreads 1 8
CrosstownLimit mail concurrency=2 queue=3
"""


@pytest.fixture
def limited(make_server, mpm):
    """One child with two mails at a gate, and what opens it."""
    server = make_server(LIMITED, workers=1 if mpm == "prefork" else 8)
    visitor = server.visit()
    gate = new_tag()
    held = visitor.ask("/probe", "name=mail&gate=%s&defer=2" % gate)
    server.ledger.wait(2, event="start", tag=held.tag)
    with visitor:
        yield server, visitor, lambda: server.open_gate(gate)


def test_others_pass_by(limited):
    server, visitor, go_on = limited
    mail = visitor.ask("/probe", "name=mail&defer=1")
    other = visitor.ask("/probe", "name=other&defer=3")
    assert server.ledger.outcomes(other.tag, 3) == {"RAN": 3}
    assert not server.ledger.lines(event="start", tag=mail.tag)
    go_on()
    assert server.ledger.outcomes(mail.tag, 1) == {"RAN": 1}


def test_too_many_waiting_are_rejected(limited):
    """The waiting ones count, those that run do not; a submitted one is
    refused at once."""
    server, visitor, go_on = limited
    server.error_log.allow(r"\[crosstown:warn\]")
    answer = visitor.ask("/probe", play("name=mail", "defer=5",
                                        "name=other", "defer=1"))
    assert server.ledger.outcomes(answer.tag, 2) == {"REJECTED": 2}
    server.error_log.expect(r"\[crosstown:warn\].*rejected")
    go_on()
    assert server.ledger.outcomes(answer.tag, 6) == {"REJECTED": 2, "RAN": 4}
    assert server.ledger.called(answer.tag) == [0, 1, 2, 5]


def test_the_requests_own_thread_is_no_way_around_it(limited):
    """Two mails run; a third that asks for its request's thread waits."""
    server, visitor, go_on = limited
    mail = visitor.ask("/probe", "name=mail&same=1&defer=1")
    other = visitor.ask("/probe", "name=other&same=1&defer=1")
    assert server.ledger.outcomes(other.tag, 1) == {"RAN": 1}
    assert not server.ledger.lines(event="start", tag=mail.tag)
    go_on()
    assert server.ledger.outcomes(mail.tag, 1) == {"RAN": 1}


def test_nor_is_a_full_queue(make_server, mpm):
    """Inline is for others; what is limited is rejected."""
    server = make_server("CrosstownThreads 1 1\nCrosstownQueue 1\n"
                         "CrosstownOverflow inline\n"
                         "CrosstownLimit mail concurrency=1\n",
                         workers=1 if mpm == "prefork" else 8)
    server.error_log.allow(r"\[crosstown:warn\]")
    with server.visit() as visitor:
        gate = new_tag()
        held = visitor.ask("/probe", "name=mail&gate=%s&defer=1" % gate)
        server.ledger.wait(1, event="start", tag=held.tag)
        filler = visitor.ask("/probe", "name=filler&defer=1")
        full = visitor.ask("/probe", play("name=mail", "defer=2",
                                          "name=other", "defer=1"))
        assert server.ledger.outcomes(full.tag, 3) == {"REJECTED": 2,
                                                       "RAN": 1}
        server.open_gate(gate)
        assert server.ledger.outcomes(filler.tag, 1) == {"RAN": 1}
        server.error_log.expect(r"\[crosstown:warn\].*rejected")


def test_order_within_a_request(limited):
    """What was recorded behind a mail waits with it."""
    server, visitor, go_on = limited
    answer = visitor.ask("/probe", play("name=first", "defer=1", "name=mail",
                                        "defer=1", "name=last", "defer=1"))
    assert server.ledger.outcomes(answer.tag, 1) == {"RAN": 1}
    go_on()
    assert server.ledger.outcomes(answer.tag, 3) == {"RAN": 3}
    assert server.ledger.called(answer.tag) == [0, 1, 2]


def test_a_stop_tells_the_held_ones(make_server, mpm):
    server = make_server(LIMITED + "CrosstownDrain 0\n",
                         workers=1 if mpm == "prefork" else 8)
    gate = new_tag()
    with server.visit() as visitor:
        held = visitor.ask("/probe", "name=mail&gate=%s&defer=2" % gate)
        server.ledger.wait(2, event="start", tag=held.tag)
        waiting = visitor.ask("/probe", "name=mail&defer=2")
        server.ledger.wait(event="logged", tag=waiting.tag)
    server.error_log.allow(r"\[crosstown:warn\].*the child stops")
    server.stop()
    assert server.ledger.outcomes(waiting.tag, 2) == {"STOPPED": 2}
