# SPDX-License-Identifier: Apache-2.0
"""What the kernel says of a server's connections."""

import time

CLOSE_WAIT = "08"


def is_closing(port):
    """Has a client closed a connection that the server still has?"""
    local = ":%04X " % port
    with open("/proc/net/tcp", encoding="ascii") as lines:
        rows = [line.split() for line in lines if local in line]
    return any(row[1].endswith(local[:-1]) and row[3] == CLOSE_WAIT
               for row in rows)


def let_closings_finish(port, seconds=1):
    """At a hard stop event closes sockets that a thread of its own may be
    closing; now and then that ends in a bad descriptor or a crash, with or
    without modules. Who does not test that waits a moment."""
    until = time.monotonic() + seconds
    while is_closing(port) and time.monotonic() < until:
        time.sleep(0.005)
