# SPDX-License-Identifier: Apache-2.0
"""HTTP/2: a hard stop while streams are in the air. event does not look at
their connection any more, so they are never logged: their tasks are told all
the same."""

import pytest

from closing import check, last_tally
from h2_client import H2Visitor

CONFIG = "Protocols h2c http/1.1\nH2Direct On\nCrosstownDrain 2\n"


def stop_with_streams(make_server, mpm, script, window, reached):
    """Five streams, three tasks each."""
    if mpm == "prefork":
        pytest.skip("a stop with open streams crashes or hangs there by "
                    "itself, also without mod_crosstown")
    server = make_server(CONFIG, modules=("http2",))
    server.error_log.allow(r"\[crosstown:(warn|error)\]")
    with H2Visitor(server.port, window=window) as visitor:
        streams = [visitor.streams[visitor.send("/probe", script)]
                   for _ in range(5)]
        reached(server, visitor, streams)
        server.stop()
    assert not server.error_log.find(r"SIGKILL|AH00046|exit signal")
    count = check(server, last_tally(server))
    assert count["recorded"] == 15
    return server, count


@pytest.mark.usefixtures("more_than_posix")
def test_responses_that_wait_for_the_client(make_server, mpm):
    def reached(server, visitor, streams):
        visitor.pump_until(lambda: all(len(stream.body) == 100
                                       for stream in streams))

    _, count = stop_with_streams(make_server, mpm, "size=5000&defer=3", 100,
                                 reached)
    # worker still logs them, as answered or as broken off.
    assert count["stopped"] == 15 or mpm == "worker"


@pytest.mark.usefixtures("more_than_posix")
def test_responses_on_their_way(make_server, mpm):
    """Some of them may be all written."""
    def reached(server, visitor, streams):
        server.ledger.wait(15, event="record")

    server, count = stop_with_streams(make_server, mpm, "size=50000&defer=3",
                                      70000, reached)
    assert len(server.ledger.lines(event="over")) == 15
    assert count["stopped"] + count["ran"] + count["no_go"] == 15
