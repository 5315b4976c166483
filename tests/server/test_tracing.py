# SPDX-License-Identifier: Apache-2.0
"""By what others know a request: its traceparent, its UNIQUE_ID."""

import pytest

ANY_MPM = True

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = "00f067aa0ba902b7"
GOOD = "00-%s-%s-01" % (TRACE, PARENT)

CONFIG = """
LogFormat "%<q %{UNIQUE_ID}e" ids
CustomLog "${ROOT}/access_log" ids
"""
OPTIONS = {"modules": ("unique_id",)}


def start_of(server, script="defer=1", **more):
    answer = server.ask("/probe", script, **more)
    return answer.tag, server.ledger.wait(event="start", tag=answer.tag)[0]


@pytest.mark.parametrize("value", [
    GOOD, "00-%s-%s-00" % (TRACE, PARENT),
    "cc-%s-%s-01-what-comes-later" % (TRACE, PARENT)])
def test_a_traceparent(server, value):
    _, start = start_of(server, headers={"traceparent": value})
    assert start.traceparent == value


@pytest.mark.parametrize("value", [
    "", "yes", GOOD.upper(), GOOD[:-1], GOOD + "-01", "ff" + GOOD[2:],
    "00-%s-%s-01" % ("0" * 32, PARENT), "00-%s-%s-01" % (TRACE, "0" * 16),
    GOOD + ", " + GOOD, "00 " + GOOD[3:]])
def test_something_else_of_that_name(server, value):
    _, start = start_of(server, headers={"traceparent": value})
    assert start.traceparent is None


def test_none(server):
    _, start = start_of(server)
    assert start.traceparent is None


def test_unique_id(server):
    """As the access log has it, also behind an internal redirect."""
    for script in ("defer=1", "defer=1&redirect=/probe"):
        tag, start = start_of(server, script)
        logged, = [line for line in server.access_log() if tag in line]
        assert start.unique_id and start.unique_id == logged.split()[-1]


def test_they_outlive_the_request(server):
    """The task has copies of its own."""
    answer = server.ask("/probe", "gate=trace&keep=copy&defer=1",
                        headers={"traceparent": GOOD})
    server.ledger.wait(event="start", tag=answer.tag)
    for _ in range(10):
        server.ask("/probe", headers={"traceparent": GOOD.replace("4", "5")})
    server.open_gate("trace")
    end, = server.ledger.wait(event="end", tag=answer.tag)
    assert end.traceparent == GOOD
    assert end.unique_id


def test_without_mod_unique_id(make_server):
    server = make_server()
    _, start = start_of(server)
    assert start.unique_id is None
