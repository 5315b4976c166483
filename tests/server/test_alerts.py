# SPDX-License-Identifier: Apache-2.0
"""conf-examples/prometheus-alerts.yml: every metric in it is there, and each
alert fires when it should, and not before."""

import json
import os
import pathlib
import re
import shutil
import subprocess

import pytest

import metrics

CONFIG = metrics.CONFIG

RULES = (pathlib.Path(__file__).resolve().parents[2] / "conf-examples"
         / "prometheus-alerts.yml")

# By minutes, from 0 on, for 40 of them: what one server says when all is well.
CALM = {
    'crosstown_tasks_recorded_total{%s}': "0+600x40",
    'crosstown_tasks_ended_total{%s,outcome="ran"}': "0+600x40",
    'crosstown_tasks_ended_total{%s,outcome="rejected"}': "7+0x40",
    'crosstown_tasks_ended_total{%s,outcome="stopped"}': "7+0x40",
    'crosstown_tasks_ended_total{%s,outcome="lost"}': "7+0x40",
    'crosstown_tasks_failed_total{%s}': "0+6x40",
    'crosstown_tasks_waiting{%s}': "2000-10x40",
    'crosstown_tasks_running{%s}': "2+0x40",
    'crosstown_task_wait_seconds_bucket{%s,le="0.5"}': "0+600x40",
    'crosstown_task_wait_seconds_bucket{%s,le="10"}': "0+600x40",
    'crosstown_task_wait_seconds_bucket{%s,le="+Inf"}': "0+600x40",
}

# What is different for an alert to fire.
TROUBLE = {
    "CrosstownTasksFail": ('crosstown_tasks_failed_total{%s}', "0+60x40"),
    "CrosstownTasksRejected": (
        'crosstown_tasks_ended_total{%s,outcome="rejected"}', "7x36 8x4"),
    "CrosstownTasksLost": (
        'crosstown_tasks_ended_total{%s,outcome="lost"}', "7x30 8x10"),
    "CrosstownTasksStopped": (
        'crosstown_tasks_ended_total{%s,outcome="stopped"}', "7x30 8x10"),
    "CrosstownTasksStartLate": (
        'crosstown_task_wait_seconds_bucket{%s,le="0.5"}', "0+500x40"),
    "CrosstownQueueGrows": ('crosstown_tasks_waiting{%s}', "2000+10x40"),
    "CrosstownTasksStuck": (
        'crosstown_tasks_ended_total{%s,outcome="ran"}', "0+600x20 12000x20"),
}


@pytest.fixture
def promtool(mpm):
    if mpm != "event":
        pytest.skip("the alerts do not depend on the MPM")
    tool = os.environ.get("PROMTOOL") or shutil.which("promtool")
    if not tool:
        pytest.skip("no promtool (Debian: prometheus)")

    def run(*arguments):
        done = subprocess.run([tool, *map(str, arguments)], text=True,
                              stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=60)
        return done.returncode, done.stdout
    return run


def test_every_metric_is_there(server):
    server.ask("/probe", "name=mail&defer=1")
    text = metrics.settled(server) and server.ask(
        "/crosstown-status?format=prometheus").body.decode()
    wanted = set(re.findall(r"crosstown_[a-z_]+(?:\{[^}]*\})?",
                            RULES.read_text()))
    assert len(wanted) >= 8
    for metric in wanted:
        name, _, label = metric.rstrip("}").partition("{")
        assert re.search(r"^%s\{.*%s.*\} \d+$" % (name, re.escape(label)),
                         text, re.M), metric


def test_the_rules_are_rules(promtool):
    code, text = promtool("check", "rules", RULES)
    assert code == 0, text
    assert "%d rules found" % len(TROUBLE) in text


def firing(alert=None):
    """A test for promtool: this alert fires after 38 minutes, no other one."""
    series = dict(CALM, **dict([TROUBLE[alert]] if alert else []))
    labels = 'job="httpd",instance="one",name="mail"'
    return {
        "interval": "1m",
        "input_series": [{"series": name % labels, "values": values}
                         for name, values in series.items()],
        "promql_expr_test": [{
            "expr": 'count by (alertname) (ALERTS{alertstate="firing"})',
            "eval_time": "38m",
            "exp_samples": [{"labels": '{alertname="%s"}' % alert,
                             "value": 1}] if alert else [],
        }],
    }


@pytest.mark.parametrize("alert", [None, *TROUBLE])
def test_it_fires_alone(promtool, tmp_path, alert):
    # JSON is YAML.
    path = tmp_path / "test.yml"
    path.write_text(json.dumps({
        "rule_files": [str(RULES)], "evaluation_interval": "1m",
        "tests": [firing(alert)]}))
    code, text = promtool("test", "rules", path)
    assert code == 0, text
