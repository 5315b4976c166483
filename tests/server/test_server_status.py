# SPDX-License-Identifier: Apache-2.0
"""The section in the page of mod_status, and the lines in its ?auto."""

import collections
import html.parser
import re

import pytest

import metrics
from client import new_tag, play
from httpd import load_line
from ledger import wait_until

ANY_MPM = True

PAGE = '<Location "/server-status">\nSetHandler server-status\n</Location>\n'
CONFIG = PAGE + "CrosstownThreads 1 4\nCrosstownQueue 40\n"
OPTIONS = {"modules": ("status",), "allowed": (r"CT01305:",)}

TITLE = "Tasks after the response"
COLUMNS = ("recorded", "ran", "failed", "retries", "no_go", "cancelled",
           "rejected", "stopped", "lost", "kept", "open", "waiting", "running")
WITHOUT_AN_END_TAG = {"br", "hr", "meta", "link", "input", "img"}


class Page(html.parser.HTMLParser):
    """What is found behind the section's title: tables, as rows of cells, and
    all text. What is opened must be closed, in the whole page."""

    def __init__(self, text):
        super().__init__()
        self.open = []
        self.begun = False
        self.tables = []
        self.text = ""
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attributes):
        if tag not in WITHOUT_AN_END_TAG:
            self.open.append(tag)
        if self.begun and tag == "table":
            self.tables.append([])
        elif self.begun and tag == "tr":
            self.tables[-1].append([])
        elif self.begun and tag in ("td", "th"):
            self.tables[-1][-1].append("")

    def handle_startendtag(self, tag, attributes):
        assert tag in WITHOUT_AN_END_TAG

    def handle_endtag(self, tag):
        # mod_status closes <dl> but not each <dt>, as HTML allows.
        while self.open[-1] == "dt" != tag:
            self.open.pop()
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.begun = self.begun or data == TITLE
        if self.begun:
            self.text += data
            if {"td", "th"} & set(self.open):
                self.tables[-1][-1][-1] += data


def read_page(server, query="name=x"):
    answer = server.ask("/server-status?" + query)
    assert answer.status == 200
    text = answer.body.decode("ascii")
    assert text.count(TITLE) == 1
    return Page(text)


def read_auto(server):
    answer = server.ask("/server-status?auto")
    lines = answer.body.decode("ascii").splitlines()
    found = dict(line.split(": ") for line in lines
                 if line.startswith("Crosstown"))
    assert all(re.fullmatch(r"Crosstown[A-Za-z]+", key) for key in found)
    assert found.pop("CrosstownVerdict") in ("ok", "late", "stuck",
                                             "rejecting", "losing", "away")
    return {key[len("Crosstown"):]: float(text) if "." in text else int(text)
            for key, text in found.items()}


def settled(server, recorded=0):
    """At rest, when so many tasks have been recorded: the response of a request
    may be here before its tasks are counted."""
    last = {}

    def at_rest():
        last.update(read_auto(server))
        return last["Open"] == 0 and last["Recorded"] >= recorded

    wait_until(at_rest, lambda: "open tasks to end: %r" % last)
    return last


def play_everything(server):
    """Every end that a test can bring about without stopping a child."""
    server.error_log.allow(r'task "failing" failed|CT01304:')
    for script in ("name=fine&defer=3", "name=fine&defer=2&status=404",
                   "name=gone&defer=2&cancel=gone&name=fine&defer=1",
                   "name=failing&fail=20014&defer=2",
                   "name=many&defer=90&keep=copy"):
        server.ask("/probe", script)


def test_the_ledger_says_the_same(server):
    play_everything(server)
    told = settled(server, recorded=100)
    # The module counts first and tells then: wait for the last lines.
    server.ledger.wait(told["Recorded"], event="done")
    counts = metrics.from_ledger(server.ledger.read())
    total = sum(counts.values(), collections.Counter())
    assert total["rejected"] >= 50 and total["failed"] == 2
    for column in COLUMNS:
        key = column.title().replace("_", "")
        assert told[key] == total[column], column
    table = read_page(server).tables[0]
    rows = {row[0]: [int(cell) for cell in row[1:14]] for row in table[1:]}
    assert len(table[0]) == 19 and all(len(row) == 19 for row in table)
    assert rows.pop("all") == [total[column] for column in COLUMNS]
    assert rows == {name: [count[column] for column in COLUMNS]
                    for name, count in counts.items()}


def test_without_tables(server):
    server.ask("/probe", "name=fine&defer=3")
    told = settled(server)
    page = read_page(server, "notable")
    assert page.tables == []
    assert "all: recorded %d, ran %d, " % (told["Recorded"],
                                           told["Ran"]) in page.text
    assert re.search(r"\bfine: recorded \d+, ran \d+, ", page.text)


def test_now_and_not_since_the_start(make_server):
    server = make_server(CONFIG, **OPTIONS)
    server.error_log.allow(r'task "failing" failed')
    server.ask("/probe", "name=fine&defer=3&name=failing&fail=20014&defer=1")
    told = settled(server)
    for when in ("Minute", "HalfHour"):
        assert told[when + "Failing"] == 0.25 and told[when + "NotRun"] == 0
        assert told[when + "Rate"] > 0 and told[when + "Run"] >= 0
        assert told[when + "Wait"] > 0
    page = read_page(server)
    rows = {row[0]: row[1:] for row in page.tables[1][1:]}
    assert list(rows) == ["failing", "fine", "all"]
    assert rows["failing"][1] == "100.0 / 100.0"
    assert rows["all"][1:3] == ["25.0 / 25.0", "0 / 0"]
    assert re.search(r"fine: ran in a minute [\d.]+ / [\d.]+, failed 0.0 % / "
                     r"0.0 %, not run 0 / 0, 99 % wait",
                     read_page(server, "notable").text)


def test_what_runs_now(server):
    gate = new_tag()
    answer = server.ask("/probe/some/where",
                        "name=held&gate=%s&defer=6" % gate)
    start, *_ = server.ledger.wait(4, event="start", tag=answer.tag)
    told = read_auto(server)
    assert (told["Open"], told["Waiting"], told["Running"]) == (6, 2, 4)
    assert told["Threads"] >= 4 <= told["MostThreads"]
    assert told["MostWaiting"] >= 2 and told["MostRunning"] == 4
    page = read_page(server)
    for pid, seconds, name, target, status, uri in page.tables[2][1:]:
        assert (int(pid), name, target, status, uri) == (
            start.pid, "held", "-", "200", "/probe/some/where")
        assert 0 <= int(seconds) < 60
    assert len(page.tables[2]) == 5
    assert len(re.findall(
        r"PID %d: for \d+ s held after 200 for /probe/some/where" % start.pid,
        read_page(server, "notable").text)) == 4
    server.open_gate(gate)
    assert server.ledger.outcomes(answer.tag, 6) == {"RAN": 6}
    settled(server)
    assert len(read_page(server).tables) == 2


ODD_NAMES = {'<b>"&': '<b>"&', "a\\b": r"a\\b", "\u00fc": r"\xc3\xbc",
             "line\nend\x07": r"line\nend\a"}


def test_odd_names(server):
    for name in ODD_NAMES:
        server.ask("/probe", play("name=" + name, "defer=1"))
    settled(server)
    table = read_page(server).tables[0]
    assert set(ODD_NAMES.values()) <= {row[0] for row in table}
    assert r"\xc3\xbc: recorded 1," in read_page(server, "notable").text


def test_without_extended_status(make_server):
    """What runs has a URI: that belongs to the extended report."""
    server = make_server(CONFIG + "ExtendedStatus Off\n", **OPTIONS)
    gate = new_tag()
    answer = server.ask("/probe", "name=held&gate=%s&defer=1" % gate)
    server.ledger.wait(event="start", tag=answer.tag)
    page = read_page(server)
    assert [row[0] for row in page.tables[0]] == ["Task", "held", "all"]
    assert len(page.tables) == 2 and "/probe" not in page.text
    assert read_auto(server)["Running"] == 1
    server.open_gate(gate)


@pytest.mark.parametrize("crosstown", ["before", "after"])
def test_in_whatever_order_they_are_loaded(make_server, crosstown):
    """mod_status first, or behind all others."""
    if crosstown == "before":
        server = make_server(load_line("status") + "\n" + PAGE)
    else:
        server = make_server(PAGE, crosstown="after", **OPTIONS)
    assert read_auto(server)["Recorded"] == 0
    read_page(server)


def test_without_mod_status(make_server):
    server = make_server(PAGE)
    answer = server.ask("/probe", "defer=2")
    assert server.ledger.outcomes(answer.tag, 2) == {"RAN": 2}
    assert server.ask("/server-status?auto").status == 404
