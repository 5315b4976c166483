# SPDX-License-Identifier: Apache-2.0
"""How it goes now, as every format says it alike."""

import re

import metrics
import prometheus
import status

# To be asked for it, with modules=("status",).
CONFIG = """
<Location "/server-status">
    SetHandler server-status
</Location>
"""
WORDS = {"ok", "late", "stuck", "rejecting", "losing", "away"}


def check(server, word, name):
    """Every format says this, of this name. @return what JSON says of it"""
    told = metrics.read(server)["verdict"]
    assert (told["state"], told["name"]) == (word, name)
    assert bool(told["since"]) == (word != "ok")
    numbers = prometheus.read(server)
    assert {state: numbers.get("crosstown_verdict", state)
            for state in WORDS} == {state: int(state == word)
                                    for state in WORDS}
    first = "%s%s%s: " % (word, " for [^,:]*" if told["since"] else "",
                          (", but " if word == "ok" else ", ")
                          + re.escape(name) if name else "")
    assert re.search(r"\b" + first, status.read(server).text)
    auto = server.ask("/server-status?auto").body.decode()
    assert "\nCrosstownVerdict: %s\n" % word in auto
    page = server.ask("/server-status").body.decode()
    assert re.search(first, re.sub("</?b>", "", page))
    return told
