# SPDX-License-Identifier: Apache-2.0
"""The first line of the page: how it goes now, the same in every format.
Which samples mean what is asked in tests/unit/test_trend.c."""

import metrics
import status
import verdict
from client import new_tag

ANY_MPM = True

CONFIG = metrics.CONFIG + verdict.CONFIG + """
CrosstownThreads 1 1
CrosstownQueue 2
"""
OPTIONS = {"modules": ("status",), "children": 1,
           "allowed": (r"CT0130[45]:",)}


def check(server, word, name):
    """The page says also what to look at."""
    told = verdict.check(server, word, name)
    assert told["words"] + "." in status.read(server).text
    return told


def test_well_and_then_rejecting(make_server):
    server = make_server(CONFIG, **OPTIONS)
    told = check(server, "ok", None)
    assert told["since"] is None and "no task" in told["words"]
    sample = metrics.wait_for(server, lambda now: now["samples"], "a sample",
                              deadline=60)["samples"][-1]
    gate = new_tag()
    server.ask("/probe", "name=mail&gate=%s&defer=9" % gate)
    metrics.wait_for(server, lambda now: now["total"]["rejected"],
                     "a rejection")
    told = check(server, "rejecting", "mail")
    assert told["since"] >= sample["when"]
    assert "CT01304" in told["words"]
    server.open_gate(gate)
    metrics.settled(server)
