# SPDX-License-Identifier: Apache-2.0
"""Streams that wait for what never comes do not hold a stop up either: here
mod_http2's own threads wait, and are joined at the end of the child."""

import signal

import pytest

from error_log import KILLED
from h2_client import H2Visitor

CONFIG = "Protocols h2c http/1.1\nH2Direct On\nCrosstownDrain 1\n"
ENDS = (r"crosstown:error.*the child stops: nobody waits"
        r"|crosstown:info.*the client has gone")


@pytest.mark.parametrize("how", ["never", "wait"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGWINCH],
                         ids=["hard", "graceful"])
def test_stop(make_server, mpm, how, number):
    if mpm == "prefork":
        pytest.skip("a stop with open streams crashes or hangs there by "
                    "itself, also without mod_crosstown")
    server = make_server(CONFIG, modules=("http2",))
    server.error_log.allow(ENDS)
    with H2Visitor(server.port) as visitor:
        streams = [visitor.streams[visitor.send(
            "/probe-later", "how=%s&ms=600000" % how)] for _ in range(3)]
        # Behind them, so they have begun.
        assert visitor.ask("/probe").status == 200
        server.tell(number)
        visitor.pump_until(lambda: visitor.closed or all(
            stream.ended for stream in streams), may_close=True)
    assert server.wait_for_exit() == 0
    assert {stream.status for stream in streams} <= {503, None}
    assert not server.error_log.find(KILLED)
