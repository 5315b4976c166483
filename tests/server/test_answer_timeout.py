# SPDX-License-Identifier: Apache-2.0
"""What does not come in time is answered with 504."""

import time

import pytest

from client import new_tag

NEVER = "/probe-later?how=never&ms=%d"
LATE = r"crosstown:error.*has not come in time"

CONFIG = ""


@pytest.mark.parametrize("milliseconds", [0, 1, 450])
def test_504(server, milliseconds):
    begin = time.monotonic()
    answer = server.ask(NEVER % milliseconds)
    assert time.monotonic() - begin > milliseconds / 1000
    assert answer.status == 504
    assert b"has not come" not in answer.body
    server.error_log.expect(LATE)


def test_it_is_not_cancelled(server):
    answer = server.ask(NEVER % 1)
    server.ledger.wait(event="answered", tag=answer.tag)
    assert not server.ledger.lines(event="cancelled", tag=answer.tag)
    server.error_log.expect(LATE)


def test_or_it_is(server):
    """Once; that it fails then is not worth a second line."""
    answer = server.ask(NEVER % 1 + "&cancel=1")
    assert answer.status == 504
    assert len(server.ledger.lines(event="cancelled", tag=answer.tag)) == 1
    server.error_log.expect(LATE)


def test_the_work_goes_on(server):
    """It outlasts the request that wanted it, and its reply is dropped."""
    tag = new_tag()
    answer = server.ask("/probe-later?how=work&ms=1&gate=" + tag, tag=tag)
    assert answer.status == 504
    server.ledger.wait(event="work", tag=tag)
    assert not server.ledger.lines(event="work_end", tag=tag)
    server.open_gate(tag)
    server.ledger.wait(event="work_end", tag=tag)
    server.error_log.expect(LATE)


def test_a_time_that_is_none(server):
    assert server.ask(NEVER % -5).status == 500
    server.error_log.expect(r"crosstown:error.*cannot wait")


def test_all_are_late_in_time(server, mpm):
    """Also when all wait for what never comes, each has its own time."""
    count = 1 if mpm == "prefork" else 6
    begin = time.monotonic()
    clients = [server.raw() for _ in range(count)]
    for client in clients:
        client.get(NEVER % 600)
    for client in clients:
        assert client.read_answer()[0] == 504
        client.close()
    assert time.monotonic() - begin >= 0.6
    server.error_log.expect(LATE, count)
