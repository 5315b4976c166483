# SPDX-License-Identifier: Apache-2.0
"""A stop while requests wait for what never comes: they are released, and it
does not hang. At a graceful one they have the time of the drain first."""

import signal
import time

import pytest

import soon
from client import new_tag
from error_log import KILLED
from ledger import wait_until

ENDS = r"crosstown:error.*the child stops: nobody waits"
WAYS = ["never", "wait"]


def begin(server, how, more=""):
    """A client whose request waits by now."""
    tag = new_tag()
    client = server.raw()
    client.get("/probe-later?how=%s&ms=600000&tag=%s%s" % (how, tag, more))
    server.ledger.wait(event="waits", tag=tag)
    assert not client.arrived(0.3)
    return client, tag


def ends(client):
    """The status that the client was told; None: the connection ended."""
    try:
        return client.read_head()[0]
    except (AssertionError, ConnectionError):
        return None


def wait_for_next_generation(server):
    wait_until(lambda: len(server.error_log.find(
        "resuming normal operations")) == 2, "the restart")
    assert server.ask("/probe-later?how=work").status == 200


@pytest.mark.parametrize("how", WAYS)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP],
                         ids=["stop", "restart"])
@soon.soon
def test_hard(make_server, how, number):
    server = make_server("CrosstownDrain 3\n")
    server.error_log.allow(ENDS)
    client, _ = begin(server, how)
    started = time.monotonic()
    with client:
        server.tell(number)
        assert ends(client) in (503, None)
    if number == signal.SIGTERM:
        assert server.wait_for_exit() == 0
        soon.took(started)
    else:
        wait_for_next_generation(server)
    assert not server.error_log.find(KILLED)


@pytest.mark.parametrize("number", [signal.SIGWINCH, signal.SIGUSR1],
                         ids=["stop", "restart"])
@pytest.mark.parametrize("how", WAYS)
def test_graceful_and_it_never_comes(make_server, mpm, how, number):
    if mpm == "prefork" and how == "wait":
        pytest.skip("nobody tells it: only answer() looks")
    server = make_server("CrosstownDrain 1\n", room=1)
    server.error_log.allow(ENDS)
    client, _ = begin(server, how)
    started = time.monotonic()
    with client:
        server.tell(number)
        assert ends(client) == 503
    assert time.monotonic() - started > 0.9
    if number == signal.SIGWINCH:
        assert server.wait_for_exit() == 0
    else:
        wait_for_next_generation(server)


def test_graceful_and_it_comes(make_server):
    """A request in the air ends as usual."""
    server = make_server("CrosstownDrain 10\n", room=1)
    gate = new_tag()
    client, tag = begin(server, "work", "&gate=" + gate)
    with client:
        server.graceful()
        server.open_gate(gate)
        assert client.read_answer() == (200, b"xxxxx")
    assert server.ask("/probe-later?how=work").status == 200


@soon.soon
def test_the_work_hangs(make_server):
    """It is left behind when the drain's time is over, as any task."""
    server = make_server("CrosstownDrain 1\nCrosstownThreads 1 1\n")
    server.error_log.allow(ENDS + r"|the child stops: 0 waiting")
    client, tag = begin(server, "work", "&gate=never")
    server.ledger.wait(event="work", tag=tag)
    with client:
        soon.stop(server)


@soon.soon
def test_single_process(make_server):
    server = make_server("CrosstownDrain 1\n", arguments=["-X"])
    server.error_log.allow(ENDS)
    client, _ = begin(server, "never")
    with client:
        soon.stop(server)

