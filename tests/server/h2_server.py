# SPDX-License-Identifier: Apache-2.0
"""What the tests of HTTP/2 share: a server that speaks it in cleartext and
over TLS, and what its tasks met."""

import time

import pytest

from cases import HTTPD_ITSELF
from h2_client import H2Visitor
from httpd import httpd_version
from ledger import wait_until

# For every test that resets a stream and says anything after that, be it a
# ping. Without any module of ours 94 of 100 connections of 20 such streams came
# to this end, on event, worker and prefork alike; with 2.4.71 none.
after_resets = pytest.mark.skipif(
    httpd_version() == "2.4.68", reason=HTTPD_ITSELF +
    "2.4.68 reads what follows a reset in memory that is free, and says "
    "COMPRESSION_ERROR (AH03456: invalid header), or crashes")

CONFIG = """
Protocols h2c http/1.1
H2Direct On
SSLSessionCache "shmcb:${ROOT}/sessions(65536)"
Listen 127.0.0.1:${PORT2}
<VirtualHost 127.0.0.1:${PORT2}>
    Protocols h2 http/1.1
    SSLEngine On
    SSLCertificateFile "%s"
</VirtualHost>
"""
OPTIONS = {"modules": ("socache_shmcb", "ssl", "http2", "headers", "alias")}


def prepare(server, request):
    server.config = server.config.replace(
        "%s", str(request.getfixturevalue("certificate")))


@pytest.fixture(params=["h2c", "h2"])
def connect(request, mpm, server, trusting_tls):
    """connect(...): an H2Visitor, in cleartext or over TLS."""
    if request.param == "h2c":
        return lambda **more: H2Visitor(server.port, **more)
    if mpm == "prefork":
        pytest.skip("under prefork mod_http2 offers nothing over TLS")
    return lambda **more: H2Visitor(server.ports[1], tls=trusting_tls, **more)


def wait_for(server, tag, count, visitor=None, event="done"):
    """Wait for so many of these events. The visitor says something now and
    then: httpd tidies up at a frame, and the first may have come too soon."""
    last = [0.0]

    def told():
        if visitor and time.monotonic() - last[0] > 0.2:
            last[0] = time.monotonic()
            visitor.ping()
        return len(server.ledger.lines(event=event, tag=tag)) >= count

    wait_until(told, lambda: "%d x %s of %s's tasks: %r" % (
        count, event, tag, server.ledger.lines(tag=tag)))


def ends(server, stream, count, visitor=None):
    """Wait for the ends of a stream's tasks: {(outcome, aborted)}."""
    tag = stream if isinstance(stream, str) else stream.tag
    wait_for(server, tag, count, visitor)
    done = server.ledger.lines(event="done", tag=tag)
    over = server.ledger.wait(count, event="over", tag=tag)
    assert len(done) == len(over) == count
    return {(line.outcome, line.aborted) for line in done}


def stays_unstarted(server, streams, seconds=0.5):
    """No task of theirs starts: the client has not let the end through. So
    only for streams whose end cannot be on its way."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for stream in streams:
            assert not server.ledger.lines(event="start", tag=stream.tag)
        time.sleep(0.02)


ANSWERED = {("RAN", 0)}
ABORTED = {("RAN", 1)}
