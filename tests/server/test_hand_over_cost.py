# SPDX-License-Identifier: Apache-2.0
"""What a hand-over costs does not depend on how many tasks wait already."""

import pytest

CHUNKS = 50
CHUNK = 1000


@pytest.mark.case(7, shows="event")
def test_50000_in_the_queue(make_server):
    """The best of ten chunks is one that nothing has interrupted. A queue
    that is scanned at every push makes the last ones five times dearer than
    the first, and more where a system call costs less."""
    server = make_server("CrosstownThreads 1 1\n", workers=1)
    held = server.ask(script="gate=full&submit=1")
    server.ledger.wait(event="start", tag=held.tag)
    for _ in range(CHUNKS):
        server.ask(script="flood=%d" % CHUNK, tag="flood")
    floods = server.ledger.wait(CHUNKS, event="flood", tag="flood")
    assert {line.count for line in floods} == {CHUNK}
    prices = [line.took for line in floods]
    assert min(prices[-10:]) < 2 * min(prices[:10])
    server.open_gate("full")
    last = server.ask(script="submit=1")
    server.ledger.wait(event="over", tag=last.tag)
