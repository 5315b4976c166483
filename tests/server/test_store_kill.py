# SPDX-License-Identifier: Apache-2.0
"""keep=disk while a server under load is killed: what was promised has run
when it has come to rest, what was refused was never written. The short form
of `make kill`."""

import pathlib
import sys

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "kill"))

from round import Round  # noqa: E402
import ways  # noqa: E402

PLAN = [(30, ways.one_child), (30, ways.graceful), (30, ways.all_children),
        (30, ways.everything), (30, ways.parent_first)]


def test_what_was_promised_has_run(mpm, build):
    one = Round(mpm, build, lambda dice: PLAN, seed=1, visitors=4)
    assert one.go() == [], one.figures.text()
    assert one.figures["lost"] == one.figures["written"] == 0
    assert one.figures["answered"] >= 30 * len(PLAN)
    assert one.figures["refused"] > 0
