# SPDX-License-Identifier: Apache-2.0
"""A graceful stop with a long drain, and then a harder one: the last order
counts. What still waits is told before the parent's SIGKILL."""

import signal
import socket

import pytest

from ledger import wait_until
from test_stop import outcomes

# The parent asks again after 3, 5 and 7 seconds; the drain has 8.
IMPATIENT = r"AH00045:"


def stop_gracefully(make_server, config=""):
    """The first of four tasks does not end, so the child does not leave."""
    server = make_server("CrosstownThreads 1 1\nCrosstownDrain 60\n" + config,
                         workers=2)
    server.error_log.allow(r"\[crosstown:(warn|error)\]")
    server.error_log.allow(IMPATIENT)
    answer = server.ask("/probe", "gate=never&keep=copy&defer=4")
    server.ledger.wait(event="start", tag=answer.tag)
    server.tell(signal.SIGWINCH)
    server.error_log.expect(r"shutting down gracefully")
    return server


def check_all_told(server):
    assert not server.error_log.find(r"SIGKILL|AH00046|exit signal")
    assert outcomes(server) == {"STOPPED": 4}
    assert len(server.ledger.lines(event="over")) == 3


def accepts(server):
    try:
        socket.create_connection(("127.0.0.1", server.port), 60).close()
    except ConnectionRefusedError:
        return False
    except ConnectionResetError:    # while it closes the socket
        pass
    return True


def test_a_stop_is_ordered(make_server):
    server = stop_gracefully(make_server)
    wait_until(lambda: not accepts(server), "requests to end")
    server.stop(signal.SIGTERM)
    check_all_told(server)


def test_the_parent_has_waited_long_enough(make_server):
    server = stop_gracefully(make_server, "GracefulShutdownTimeout 1\n")
    server.wait_for_exit()
    server.stop()
    check_all_told(server)


@pytest.mark.parametrize("how", ["never", "wait"])
def test_a_request_waits_for_a_deferred(make_server, how):
    """That nobody fires. It holds the child up while that leaves gracefully,
    and no longer than until the harder stop."""
    server = make_server("CrosstownDrain 60\n", workers=2)
    server.error_log.allow(r"crosstown:error.*the child stops: nobody waits")
    with server.raw() as client:
        client.get("/probe-later?how=%s&ms=60000&tag=waits" % how)
        server.ledger.wait(event="waits", tag="waits")
        server.tell(signal.SIGWINCH)
        server.error_log.expect(r"shutting down gracefully")
        server.stop(signal.SIGTERM)
    assert not server.error_log.find(r"SIGKILL|AH00046|exit signal")
