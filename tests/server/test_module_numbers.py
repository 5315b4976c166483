# SPDX-License-Identifier: Apache-2.0
"""The tables that other modules bring, wherever mod_crosstown shows numbers."""

import html
import re

import metrics
import prometheus
import status

ANY_MPM = True

CONFIG = metrics.CONFIG + """
ProbeNumbers right
<Location "/server-status">
    SetHandler server-status
</Location>
"""
OPTIONS = {"modules": ("status",)}

ODD = '<a>"\n\\xff'


def test_json(server):
    assert metrics.read(server)["modules"] == {
        "post": [{"address": ODD, "waiting": 1234, "oldest_waiting": 1500000,
                  "stored": 1536, "lost": 0, "last_words": '"<no>"'},
                 {"address": "b", "waiting": 6, "oldest_waiting": 90000000,
                  "stored": None, "lost": 2, "last_words": None}],
        "lamp": {"lit_for": 0, "why": None},
        "hidden": {"lit_for": 20, "why": None},
        "later": None}


def test_prometheus(server):
    told = prometheus.read(server)
    assert told.kinds["crosstown_post_waiting"] == "gauge"
    assert told.kinds["crosstown_post_lost_total"] == "counter"
    found = {key: value for key, value in told.values.items()
             if re.match("crosstown_(post|lamp|hidden|later)", key[0])}
    assert found == {
        ("crosstown_post_waiting", (ODD,)): 1234,
        ("crosstown_post_waiting", ("b",)): 6,
        ("crosstown_post_oldest_waiting_seconds", (ODD,)): 1.5,
        ("crosstown_post_oldest_waiting_seconds", ("b",)): 90,
        ("crosstown_post_stored_bytes", (ODD,)): 1536,
        ("crosstown_post_lost_total", (ODD,)): 0,
        ("crosstown_post_lost_total", ("b",)): 2,
        ("crosstown_lamp_lit_for_seconds", ()): 0,
        ("crosstown_hidden_lit_for_seconds", ()): 0.00002}


def test_page(server):
    page = status.read(server)
    assert page.rows("of-post") == [
        {"address": '<a>"\\x0a\\xff', "letters <waiting>": "1234",
         "the oldest": "1.5 s", "size": "1.5 KB", "lost": "0",
         "said last": '"<no>"'},
        {"address": "b", "letters <waiting>": "6", "the oldest": "90 s",
         "size": "\u2013", "lost": "2", "said last": "\u2013"}]
    assert page.captions["of-post"] == "Post & parcels"
    assert "A note <here>." in page.text
    assert page.rows("of-lamp") == [{"what": "lit for", "now": "0 \u00b5s"},
                                    {"what": "why", "now": "\u2013"}]
    assert "of-hidden" not in page.tables
    marked = server.ask("/crosstown-status").body.decode()
    assert '<td data-l="lost" class="trouble">2</td>' in marked
    assert '<td data-l="lost" class="none">0</td>' in marked


def test_mod_status(server):
    auto = server.ask("/server-status?auto").body.decode("ascii")
    assert re.findall("^Crosstown((?:Post|Lamp|Hidden|Later).*)$", auto,
                      re.MULTILINE) == [
        "PostWaiting: 1240", "PostOldestWaiting: 90", "PostStored: 1536",
        "PostLost: 2", "LampLitFor: 0", "HiddenLitFor: 0.00002"]
    page = server.ask("/server-status").body.decode("ascii")
    text = html.unescape(re.sub("<[^>]*>", "", page))
    assert "Post & parcels" in text
    assert '<a>"\\n\\xff: letters <waiting> 1234, the oldest 1.500 s, size ' \
        '1.5 KB, lost 0, said last "<no>"' in text
    assert "b: letters <waiting> 6, the oldest 90.000 s, size -, lost 2, " \
        "said last -" in text
    assert "lit for 0.000 s" in text and text.count("lit for") == 1


def test_what_breaks_the_rules_is_left_out(make_server):
    """And the others are shown: one metric twice would cost the whole page."""
    server = make_server(CONFIG.replace("right", "wrong"), **OPTIONS)
    assert list(metrics.read(server)["modules"]) == ["post", "lamp", "hidden",
                                                     "later"]
    said = [line.partition("CT01505: ")[2] for line
            in server.error_log.expect("CT01505:", 7)]
    assert [re.search('"(.*)"', line)[1] for line in said] == [
        "post", "tasks", "9", "two words", "bare", "column", "rows"]
    assert "another module has a table of this key" in said[0]
    assert "is mod_crosstown's own" in said[1]
    assert "it has no columns" in said[4]
    assert "it has several rows and no label" in said[6]
