# SPDX-License-Identifier: Apache-2.0
"""What has happened lately, beside what was counted since the start. That it
moves on with the time is asked in tests/testing/test_metrics_history.c."""

import time

import metrics
import prometheus
import status

CONFIG = metrics.CONFIG


def test_the_last_minute(make_server):
    """Soon after the start it is all there is; the page says it in red."""
    server = make_server(CONFIG)
    server.ask("/probe", "name=mail&defer=3&fail=20014&explain=the%20paper%20"
               "is%20out&defer=1")
    server.ask("/probe", "name=idle&defer=1&status=404")
    now = metrics.settled(server)
    mail = metrics.by_name(now)["mail"]
    for key in ("minute", "half_hour"):
        recent = mail[key]
        assert 0 < recent["took"] <= now["now"] - now["since"]
        for counter in ("recorded", "ran", "failed", "retries", "rejected",
                        "no_go"):
            assert recent[counter] == mail[counter], counter
        assert recent["run"]["count"] == 4
        assert recent["run"]["p99"] == mail["run"]["p99"]
        assert now["total"][key]["recorded"] == now["total"]["recorded"]
    first, second = status.read(server).rows("now")
    assert (first["name"], second["name"]) == ("mail", "idle")
    assert first["failed"] == "25 % / 25 %"
    assert second["failed"] == "\u2013 / \u2013"
    assert first["last failure"].endswith(" ago: the paper is out")
    assert second["last failure"] == "\u2013"
    marked = server.ask("/crosstown-status").body.decode()
    assert '<td data-l="failed" class="trouble">1</td>' in marked
    server.error_log.allow('"mail" failed')


def test_the_last_failure(make_server):
    """When and in which words, of each name; an attempt counts, too."""
    server = make_server(CONFIG)
    before = metrics.read(server)["now"]
    server.ask("/probe", "name=mail&fail=20014&explain=one&defer=1&"
               "name=again&explain=not%20yet&again=1&after_ms=3600000&"
               "fail=0&defer=1&name=well&again=0&defer=1")
    now = metrics.wait_for(
        server, lambda now: now["scheduled"] == 1 and now["total"]["ran"] == 2,
        "the tasks to be called")
    # Not before now["now"], which is taken before the rest is read.
    after = time.time() * 1e6
    names = metrics.by_name(now)
    assert names["well"]["last_failure"] is None
    told = prometheus.read(server)
    for name, words in (("mail", "one"), ("again", "not yet")):
        last = names[name]["last_failure"]
        assert last["words"] == words
        assert before <= last["when"] <= after
        assert round(told.get("crosstown_task_last_failure_seconds", name)
                     * 1e6) == last["when"]
    server.error_log.allow('"mail" failed|CT01309|CT01401')
