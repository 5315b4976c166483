# SPDX-License-Identifier: Apache-2.0
"""The drawings of the last minutes. They need two of the parent's samples,
which come every ten seconds."""

import re

import pytest

import metrics
import status
from client import new_tag
from closing import LONG

ANY_MPM = True

CONFIG = metrics.CONFIG + "CrosstownThreads 1 2\n"

pytestmark = pytest.mark.skipif(
    not LONG, reason="takes half a minute (CROSSTOWN_LONG=1)")

# The time is from left to right, 1800 units for 5 minutes.
SECOND = 1800 / 300


def drawn(page, number):
    """The bars of a drawing, {class: (x, y, width, height)} of each, and its
    gaps."""
    bars, gaps = [], []
    drawings = -1
    for tag, attributes in page.attributes:
        drawings += tag == "svg"
        if drawings != number or tag not in ("g", "rect"):
            continue
        if tag == "g":
            bars.append({})
            continue
        place = tuple(int(attributes[key])
                      for key in ("x", "y", "width", "height"))
        if attributes["class"] == "gap":
            gaps.append(place)
        else:
            bars[-1][attributes["class"]] = place
    return bars, gaps


def test_drawings(make_server):
    server = make_server(CONFIG)
    metrics.wait_for(server, lambda now: now["samples"], "a sample", 40)
    gate = new_tag()
    held = server.ask("/probe", "name=a&defer=25&fail=20014&defer=5&fail=0&"
                      "name=b&no_go=200&defer=10&"
                      "name=c&no_go=none&gate=%s&defer=6" % gate)
    server.ledger.wait(32, event="start", tag=held.tag)
    now = metrics.wait_for(server, lambda now: len(now["samples"]) >= 2,
                         "two samples", 40)
    page = status.read(server)
    server.open_gate(gate)
    first, second = now["samples"][:2]
    pace = 10e6 / (second["when"] - first["when"])
    assert (second["ran"], second["failed"], second["no_go"]) == (30, 5, 10)

    assert len(page.elements("svg")) == 2
    assert ("at most: running 2, waiting 4." in page.text)
    assert "at most: ran %d, failed %d, did not run %d." % (
        25 * pace, 5 * pace, 10 * pace) in page.text
    assert re.search(r"[0-9:]{8} to [0-9:]{8}: ran %d, failed %d, did not run "
                     "%d" % (25 * pace, 5 * pace, 10 * pace), page.text)
    assert re.search(r"[0-9:]{8} to [0-9:]{8}: running 2, waiting 4",
                     page.text)
    for number in (0, 1):
        (bar, *_), gaps = drawn(page, number)
        left, top, width, height = bar["at"]
        assert (top, height) == (0, 1000)
        assert abs(width - 10 * SECOND / pace) < 3
        # Nothing is known of the time before, nor of what is to come.
        assert gaps[0][:3] == (0, 0, left)
        assert gaps[-1][0] + gaps[-1][2] == 1800
        parts = [bar[key] for key in ("lower", "failed", "upper")
                 if key in bar]
        ground = 1000
        for part in parts:
            assert part[1] + part[3] == ground
            assert (part[0], part[2]) == (left, width)
            ground = part[1]
        assert ground <= 3
    (ended, *_), _ = drawn(page, 0)
    assert abs(ended["lower"][3] - 625) < 40    # 25 of 40, rounded down
    assert abs(ended["failed"][3] - 125) < 40
    (present, *_), _ = drawn(page, 1)
    assert abs(present["lower"][3] - 333) < 3   # 2 of 6
    axis = re.findall(r"\b[0-9]{2}:[0-9]{2}(?=[0-9]{2}:|\n)", page.text)
    assert len(axis) >= 2
    server.error_log.allow('"a" failed')
