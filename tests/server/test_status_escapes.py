# SPDX-License-Identifier: Apache-2.0
"""Names and URIs may have any byte in them; no format breaks, and what differs
looks different."""

import urllib.parse

import metrics
import prometheus
import status
from client import new_tag

CONFIG = metrics.CONFIG + "CrosstownThreads 1 32\n"

NAMES = (
    "<script>alert(1)</script>", "</table><b", "a&amp;b", "quo\"te", "it's",
    "back\\slash", "ends with \\", "new\nline", "tab\tand\r", "\x7f\x01",
    "\u00fcml\u00e4ut", "\u20ac", "\U0001f307", "\u202eright to left",
    "\u2028", "{name=\"x\"} 1", "%s%n%d", "\u0085",
    "\udcff", "\\xff", "\\\\xff", "\\x5cxff", "\\xf", "\\x\udcff",
    "\udcc0\udc80", "\udced\udca0\udc80", "\udcf4\udc90\udc80\udc80",
    "\udce2\udc82", "\udce2\udc82\\x41")


def quoted(text):
    return urllib.parse.quote(text, safe="", errors="surrogateescape")


def words(names):
    return "&".join("name=%s&defer=1" % quoted(name) for name in names)


def test_names(make_server):
    server = make_server(CONFIG)
    answer = server.ask("/probe", words(NAMES))
    server.ledger.wait(len(NAMES), event="done", tag=answer.tag)
    now = metrics.settled(server)
    wanted = {status.escaped(name) for name in NAMES}
    assert len(wanted) == len(NAMES)
    assert set(metrics.by_name(now)) == wanted
    *rows, _ = status.read(server).names()
    assert {row["name"] for row in rows} == {status.visible(name)
                                             for name in wanted}
    scrape = prometheus.read(server)
    assert set(scrape.names("crosstown_tasks_open")) == wanted


def test_uris(make_server, mpm):
    """What runs, by the path of the request: Apache has decoded it."""
    server = make_server(CONFIG, workers=1 if mpm == "prefork" else 8)
    gate = new_tag()
    paths = ["/probe/" + name for name in
             ("<b>&\"'", "\udcff\udc80", "new\nline", "\\x41", "\u20ac")]
    for path in paths:
        answer = server.ask(quoted(path).replace("%2F", "/"),
                            "gate=%s&defer=1" % gate)
        server.ledger.wait(event="start", tag=answer.tag)
    wanted = [status.escaped(path) for path in paths]
    assert [task["uri"] for task in metrics.read(server)["tasks"]] == wanted
    rows = status.read(server).rows("tasks")
    assert [row["URI"] for row in rows] == list(map(status.visible, wanted))
    server.open_gate(gate)
    metrics.settled(server)
