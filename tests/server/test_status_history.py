# SPDX-License-Identifier: Apache-2.0
"""The drawings of the last minutes. They need two of the parent's samples,
which come every ten seconds."""

import re

import pytest

import metrics
import status
from client import new_tag
from closing import LONG

CONFIG = metrics.CONFIG + "CrosstownThreads 1 2\n"

pytestmark = pytest.mark.skipif(
    not LONG, reason="takes half a minute (CROSSTOWN_LONG=1)")

# The time is from left to right, 1800 units for 5 minutes.
SECOND = 1800 / 300


def bars(path):
    """(left, right, height of the bar, its ground)"""
    found = re.findall(r"M(\d+) (\d+)v-(\d+)H(\d+)V(\d+)z", path["d"])
    assert "".join("M%s %sv-%sH%sV%sz" % bar for bar in found) == path["d"]
    return [(int(left), int(right), int(height), int(ground))
            for left, ground, height, right, _ in found]


def test_drawings(make_server):
    server = make_server(CONFIG)
    metrics.wait_for(server, lambda now: now["samples"], "a sample", 40)
    gate = new_tag()
    held = server.ask("/probe", "name=a&defer=30&name=b&no_go=200&defer=10&"
                      "name=c&no_go=none&gate=%s&defer=6" % gate)
    server.ledger.wait(32, event="start", tag=held.tag)
    now = metrics.wait_for(server, lambda now: len(now["samples"]) >= 2,
                         "two samples", 40)
    page = status.read(server)
    server.open_gate(gate)
    first, second = now["samples"][:2]
    pace = 10e6 / (second["when"] - first["when"])
    assert (second["ran"], second["no_go"]) == (30, 10)

    assert len(page.elements("svg")) == 2
    assert ("running, at most 2; waiting, at most 4." in page.text)
    assert "ran, at most %d; did not run, at most %d." % (
        30 * pace, 10 * pace) in page.text
    paths = [bars(path) for path in page.elements("path")]
    assert [len(found) for found in paths] == [1, 1, 1, 1]
    for (lower,), (upper,) in (paths[:2], paths[2:]):
        assert lower[:2] == upper[:2]
        assert abs(lower[1] - lower[0] - 10 * SECOND / pace) < 3
        assert lower[3] == 1000 and upper[3] == 1000 - lower[2]
        assert 997 <= lower[2] + upper[2] <= 1000
    assert abs(paths[0][0][2] - 750) < 40    # 30 of 40, rounded down
    assert abs(paths[2][0][2] - 333) < 3     # 2 of 6
