# SPDX-License-Identifier: Apache-2.0
"""The first line of the page: how it goes now, the same in every format.
Which samples mean what is asked in tests/unit/test_trend.c."""

import re

import metrics
import prometheus
import status
from client import new_tag

ANY_MPM = True

CONFIG = metrics.CONFIG + """
CrosstownThreads 1 1
CrosstownQueue 2
<Location "/server-status">
    SetHandler server-status
</Location>
"""
OPTIONS = {"modules": ("status",), "children": 1,
           "allowed": (r"CT0130[45]:",)}
WORDS = {"ok", "late", "stuck", "rejecting", "losing", "away"}


def check(server, word, name):
    """Every format says so."""
    told = metrics.read(server)["verdict"]
    assert (told["state"], told["name"]) == (word, name)
    numbers = prometheus.read(server)
    assert {state: numbers.get("crosstown_verdict", state)
            for state in WORDS} == {state: int(state == word)
                                    for state in WORDS}
    text = status.read(server).text
    assert re.search(r"\b%s%s%s: %s\." % (
        word, " for [^,]*" if told["since"] else "",
        ", " + name if name else "", re.escape(told["words"])), text)
    auto = server.ask("/server-status?auto").body.decode()
    assert "\nCrosstownVerdict: %s\n" % word in auto
    page = server.ask("/server-status").body.decode()
    assert "<b>%s</b>%s: " % (word, ", " + name if name else "") in page
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
