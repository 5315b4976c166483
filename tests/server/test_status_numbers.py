# SPDX-License-Identifier: Apache-2.0
"""What the status page says is what happened, whichever way it is asked."""

import re

import metrics
import prometheus
import status
from client import new_tag
from closing import FAILING, Crowd

# As many threads as there may be: none leaves between two looks.
CONFIG = metrics.CONFIG + "CrosstownThreads 4 4\n"

TITLES = {"recorded": "recorded", "ran": "ran", "failed": "failed",
          "retries": "retries", "no_go": "no-go", "cancelled": "cancelled",
          "rejected": "rejected",
          "stopped": "stopped", "lost": "lost", "kept": "kept",
          "open": "open",
          "waiting": "waiting", "running": "running"}
FAMILIES = {"recorded": "crosstown_tasks_recorded_total",
            "failed": "crosstown_tasks_failed_total",
            "retries": "crosstown_task_retries_total",
            "open": "crosstown_tasks_open",
            "waiting": "crosstown_tasks_waiting",
            "running": "crosstown_tasks_running"}
OUTCOMES = ("ran", "no_go", "cancelled", "rejected", "stopped", "lost",
            "kept")


def check_page(page, now):
    """HTML says the same as JSON."""
    *rows, last = page.names()
    rows = {row.pop("name"): row for row in rows}
    told_of = {status.visible(row["name"]): row for row in now["names"]}
    assert last.pop("name") == "all" and set(rows) == set(told_of)
    for row, told in [(last, now["total"]),
                      *((rows[name], told_of[name]) for name in rows)]:
        for key, title in TITLES.items():
            assert row.pop(title, "0") == str(told[key]), (key, told)
        for key in ("wait", "run"):
            assert row.pop("%s p50 / p99" % key, "\u2013") == (
                " / ".join(status.duration(told[key][share])
                           for share in ("p50", "p99"))
                if told[key]["count"] else "\u2013")
        for key, age in told["oldest"].items():
            shown = row.pop("oldest " + key, "\u2013")
            assert (shown == "\u2013") == (age is None), (key, shown, age)
        assert not row
    # What is left out is nothing, and is said to be.
    folded = [title for key, title in TITLES.items()
              if title not in page.tables["names"][0]]
    assert all("%s" % title in page.text for title in folded)
    assert not folded or "Zero for all names: " in page.text
    for key, value in page.totals.items():
        assert value == str(now["total"][key.replace("-", "_")])
    gauges = page.rows("gauges")
    scheduled = gauges.pop(1)
    assert scheduled["in all"] == str(now["scheduled"])
    for row, key in zip(gauges, ("waiting", "running", "threads"),
                        strict=True):
        limit = now["limits"].get({"waiting": "queue"}.get(key, key))
        assert row["in all"] == str(now[key]["now"])
        assert row["in the fullest child"] == "%d / %d / %s" % (
            max(row[key]["now"] for row in now["processes"]),
            now[key]["most"], limit or "\u2013")
    for row, told in zip(page.rows("processes"), now["processes"],
                         strict=True):
        assert row["process"] == str(told["pid"])
        assert row["state"] == ("stalled" if told["stalled"] else "runs")
        for key, limit in (("waiting", now["limits"]["queue"]),
                           ("running", "\u2013"),
                           ("threads", now["limits"]["threads"])):
            assert row[key] == "%d / %d / %s" % (
                told[key]["now"], told[key]["most"], limit)


def check_metrics(metrics, now):
    """Prometheus is told the same as JSON says."""
    for told in now["names"]:
        name = told["name"]
        for key, family in FAMILIES.items():
            assert metrics.get(family, name) == told[key]
        for outcome in OUTCOMES:
            assert metrics.get("crosstown_tasks_ended_total", name,
                               outcome) == told[outcome]
        for key in ("wait", "run"):
            family = "crosstown_task_%s_seconds" % key
            assert metrics.buckets(family, name) == told[key]["buckets"]
            assert round(metrics.get(family + "_sum", name) * 1e6) == (
                told[key]["sum"])
            bounds = [round(bound * 1e6) for bound, _
                      in metrics.le[family, name][:-1]]
            assert bounds == now["bounds"]
    for family in FAMILIES.values():
        assert metrics.names(family) == [row["name"] for row in now["names"]]
    for metric, value in (
            ("crosstown_children", now["children"]),
            ("crosstown_threads", now["threads"]["now"]),
            ("crosstown_tasks_scheduled", now["scheduled"]),
            ("crosstown_child_tasks_waiting_max", now["waiting"]["most"]),
            ("crosstown_child_tasks_running_max", now["running"]["most"]),
            ("crosstown_child_threads_max", now["threads"]["most"]),
            ("crosstown_child_threads_limit", now["limits"]["threads"]),
            ("crosstown_child_tasks_waiting_limit", now["limits"]["queue"]),
            *(("crosstown_child_%s_busiest" % family,
               max(row[key]["now"] for row in now["processes"]))
              for key, family in (("waiting", "tasks_waiting"),
                                  ("running", "tasks_running"),
                                  ("threads", "threads")))):
        assert metrics.get(metric) == value
    assert round(metrics.get("crosstown_start_time_seconds") * 1e6) == (
        now["since"])
    assert metrics.get("crosstown_build_info", now["version"]) == 1


def test_formats_agree_after_a_load(make_server):
    server = make_server(CONFIG)
    server.error_log.allow(FAILING)
    with Crowd(server) as crowd:
        crowd.wait(60)
    now = metrics.settled(server)
    metrics.check(server, now)
    metrics.check_sums(now)
    assert now["version"] == "1.3" and now["shared"] is True
    assert now["limits"] == {"threads": 4, "queue": 65536}
    assert {"failing", "gone", "unwanted"} <= set(metrics.by_name(now))
    check_page(status.read(server), now)
    check_metrics(prometheus.read(server), now)


def test_what_waits_and_runs_now(make_server, mpm):
    """It is there with name, URI and age, which grows."""
    server = make_server(CONFIG, workers=1 if mpm == "prefork" else 8)
    gate = new_tag()
    held = server.ask("/probe/orders/17", "name=slow&keep=copy&gate=%s&"
                      "defer=5&submit=1" % gate)
    server.ledger.wait(4, event="start", tag=held.tag)
    now = metrics.read(server)
    check_page(status.read(server), now)
    check_metrics(prometheus.read(server), now)
    assert (now["total"]["running"], now["total"]["waiting"]) == (4, 2)

    earlier = {task["started"]: task["age"] for task in now["tasks"]}
    later = metrics.read(server)
    assert len(later["tasks"]) == 4
    for task in later["tasks"]:
        assert 0 < earlier[task["started"]] < task["age"]
        assert task["age"] == later["now"] - task["started"]
    rows = status.read(server).rows("tasks")
    assert [(row["name"], row["URI"], row["status"], row["process"])
            for row in rows] == [
        ("slow", task["uri"], str(task["status"] or "\u2013"),
         str(task["pid"])) for task in now["tasks"]]
    assert "/probe/orders/17" in [row["URI"] for row in rows]
    assert all(re.fullmatch(r"[0-9.]+ (\u00b5s|ms|s)", row["for"])
               for row in rows)
    server.open_gate(gate)
    metrics.settled(server)
    assert status.read(server).tables["tasks"][1:] == [["Nothing."]]
