# SPDX-License-Identifier: Apache-2.0
"""What Prometheus is told passes its own checker, and what is counted never
goes back."""

import shutil
import subprocess

import pytest

import metrics
import prometheus

ANY_MPM = True

CONFIG = metrics.CONFIG + "CrosstownThreads 1 4\nCrosstownDrain 1\n"


def busy(server):
    answer = server.ask("/probe", "name=a&defer=3&name=b%22%0a&no_go=200&"
                        "defer=2")
    server.ledger.wait(5, event="done", tag=answer.tag)
    metrics.settled(server)


def test_families(server):
    busy(server)
    assert prometheus.read(server).kinds == {
        "crosstown_verdict": "gauge",
        "crosstown_children": "gauge",
        "crosstown_threads": "gauge",
        "crosstown_child_tasks_waiting_max": "gauge",
        "crosstown_child_tasks_running_max": "gauge",
        "crosstown_child_threads_max": "gauge",
        "crosstown_start_time_seconds": "gauge",
        "crosstown_build_info": "gauge",
        "crosstown_tasks_recorded_total": "counter",
        "crosstown_tasks_ended_total": "counter",
        "crosstown_child_stalled": "gauge",
        "crosstown_child_tasks_running_busiest": "gauge",
        "crosstown_child_tasks_waiting_busiest": "gauge",
        "crosstown_child_tasks_waiting_limit": "gauge",
        "crosstown_child_threads_busiest": "gauge",
        "crosstown_child_threads_limit": "gauge",
        "crosstown_tasks_oldest_seconds": "gauge",
        "crosstown_task_last_failure_seconds": "gauge",
        "crosstown_threads_refused_total": "counter",
        "crosstown_tasks_failed_total": "counter",
            "crosstown_task_retries_total": "counter",
            "crosstown_tasks_scheduled": "gauge",
        "crosstown_tasks_open": "gauge",
        "crosstown_tasks_waiting": "gauge",
        "crosstown_tasks_running": "gauge",
        "crosstown_task_wait_seconds": "histogram",
        "crosstown_task_run_seconds": "histogram"}


def test_counters_survive_a_restart(make_server):
    server = make_server(CONFIG, room=1)
    busy(server)
    before = prometheus.read(server)
    server.graceful()
    busy(server)
    after = prometheus.read(server)
    for key, value in before.values.items():
        metric = key[0]
        if (before.kinds.get(metric) == "counter"
                or metric.endswith(("_bucket", "_count", "_sum"))):
            assert after.values[key] >= value, key
    assert after.get("crosstown_tasks_ended_total", "a", "ran") == 6
    assert (after.get("crosstown_start_time_seconds")
            == before.get("crosstown_start_time_seconds"))


@pytest.mark.skipif(not shutil.which("promtool"),
                    reason="promtool (Debian: prometheus) is not installed")
def test_promtool(make_server):
    server = make_server(CONFIG)
    for _ in range(2):
        answer = server.ask("/crosstown-status?format=prometheus")
        done = subprocess.run(["promtool", "check", "metrics"],
                              input=answer.body, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=60)
        assert (done.returncode, done.stdout.decode()) == (0, "")
        busy(server)
