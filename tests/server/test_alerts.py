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

import control
import kept
import metrics
from server import Server, running

ANY_MPM = True

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
    'crosstown_limit_concurrency{%s,scope="server"}': "4x40",
    'crosstown_limit_taken{%s}': "4x20 3x20",
    'crosstown_task_wait_seconds_bucket{%s,le="0.5"}': "0+600x40",
    'crosstown_task_wait_seconds_bucket{%s,le="10"}': "0+600x40",
    'crosstown_task_wait_seconds_bucket{%s,le="+Inf"}': "0+600x40",
    'crosstown_store_unfit_seconds{%s}': "0x40",
    'crosstown_store_away_seconds{%s}': "0x40",
    'crosstown_store_full_seconds{%s}': "0x40",
    'crosstown_store_room_bytes{%s}': "900x40",
    'crosstown_store_max_bytes{%s}': "1000x40",
    'crosstown_children{%s}': "2x40",
    'crosstown_start_time_seconds{%s}': "-9000x40",
    'crosstown_child_stalled{%s}': "0x40",
    'crosstown_tasks_oldest_seconds{%s,state="waiting"}': "1x40",
    'crosstown_tasks_oldest_seconds{%s,state="running"}': "400x40",
    'crosstown_task_wait_seconds_count{%s}': "0+600x40",
    'crosstown_kept_dead{%s}': "0x40",
    'crosstown_kept_unknown{%s}': "0x10 2x3 0x27",
    'crosstown_kept_late_seconds{%s}': "0x20 400x5 0x15",
    'crosstown_redis_away{%s}': "0x10 2x3 0x27",
    'crosstown_redis_refused_total{%s}': "7+0x40",
    'crosstown_amqp_away{%s}': "0x10 2x3 0x27",
    'crosstown_amqp_refused_total{%s}': "7+0x40",
}

# Of a name that was not there before the 36th minute.
NEW = {
    'crosstown_tasks_recorded_total{%s}': "_x36 9x4",
    'crosstown_tasks_ended_total{%s,outcome="ran"}': "_x36 0x4",
    'crosstown_tasks_running{%s}': "_x36 2x4",
}
# Nothing comes back any more since the 25th.
HELD = {
    'crosstown_tasks_ended_total{%s,outcome="ran"}': "0+600x25 15000x15",
    'crosstown_tasks_failed_total{%s}': "0+6x25 150x15",
    **{'crosstown_task_wait_seconds_' + kind: "0+600x25 15000x15" for kind in (
        'bucket{%s,le="0.5"}', 'bucket{%s,le="10"}', 'bucket{%s,le="+Inf"}',
        'count{%s}')},
    'crosstown_limit_taken{%s}': "4x20 3x20",
}
# Jobs that wait for their engine.
JOBS = {
    'crosstown_tasks_recorded_total{%s}': "9x40",
    'crosstown_tasks_ended_total{%s,outcome="ran"}': "4x40",
    'crosstown_tasks_running{%s}': "5x40",
}
WAITS = {'crosstown_tasks_oldest_seconds{%s,state="waiting"}':
         "1x25 60+60x15"}

# What is different where, and which alerts fire then and of which name. That
# of thumb is added to what mail does.
STORIES = {
    "all is well": ({}, {}, {}),
    "a name begins with rejections": ({}, {
        **NEW, 'crosstown_tasks_ended_total{%s,outcome="rejected"}':
        "_x36 3x4"}, {"CrosstownTasksRejected": "thumb"}),
    "a name begins with a child that crashes": ({}, {
        **NEW, 'crosstown_tasks_ended_total{%s,outcome="lost"}':
        "_x36 3x4"}, {"CrosstownTasksLost": "thumb"}),
    "a server begins with rejections": ({
        'crosstown_start_time_seconds{%s}': "_x36 2160x4",
        'crosstown_children{%s}': "_x36 2x4",
        'crosstown_tasks_recorded_total{%s}': "_x36 9x4",
        'crosstown_tasks_ended_total{%s,outcome="rejected"}': "_x36 7x4",
        'crosstown_tasks_ended_total{%s,outcome="lost"}': "_x36 0x4",
        'crosstown_tasks_ended_total{%s,outcome="stopped"}': "_x36 0x4"},
        {}, {"CrosstownTasksRejected": "mail"}),
    "Prometheus begins behind old rejections": ({
        'crosstown_start_time_seconds{%s}': "_x36 -9000x4",
        'crosstown_children{%s}': "_x36 2x4",
        'crosstown_tasks_recorded_total{%s}': "_x36 9x4",
        'crosstown_tasks_ended_total{%s,outcome="rejected"}': "_x36 7x4",
        'crosstown_tasks_ended_total{%s,outcome="lost"}': "_x36 7x4",
        'crosstown_tasks_ended_total{%s,outcome="stopped"}': "_x36 7x4"},
        {}, {}),
    "a new name runs for some minutes": ({}, NEW, {}),
    "all threads are held": ({**HELD, **WAITS,
                              'crosstown_child_stalled{%s}': "0x26 2x14"},
                             {}, {"CrosstownStalled": ""}),
    "one child of two is held": ({'crosstown_child_stalled{%s}':
                                  "0x30 1x10"}, {}, {"CrosstownStalled": ""}),
    "nothing is called at all": ({**HELD, **WAITS}, {},
                                 {"CrosstownStalled": ""}),
    "the only name is paused": ({**HELD, **WAITS,
                                 'crosstown_name_paused{%s}': "_x25 1x15"},
                                {}, {}),
    "a name is held by its own limit": ({}, {
        'crosstown_limit_concurrency{%s,scope="child"}': "2x40",
        'crosstown_tasks_running{%s}': "4x40",
        'crosstown_tasks_waiting{%s}': "20x40"},
        {"CrosstownLimitReached": "thumb"}),
    "a broker is away": ({'crosstown_amqp_away{%s}': "0x30 1x10"}, {},
                         {"CrosstownEngineAway": ""}),
    "jobs wait for a Redis": ({'crosstown_redis_away{%s}': "0x20 1x20"}, JOBS,
                              {"CrosstownEngineAway": ""}),
    "a broker that jobs wait for is back": ({'crosstown_amqp_away{%s}':
                                             "0x20 1x15 0x3"}, JOBS, {}),
    "nobody says why jobs wait": ({}, JOBS, {"CrosstownTasksStuck": "thumb"}),
    "a broker refuses": ({'crosstown_amqp_refused_total{%s}': "7x30 8x10"},
                         {}, {"CrosstownEngineRefuses": ""}),
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
    "CrosstownLimitReached": ('crosstown_limit_taken{%s}', "4x40"),
    "CrosstownStoreRefuses": ('crosstown_store_full_seconds{%s}',
                              "0x37 30x3"),
    "CrosstownStoreFills": ('crosstown_store_room_bytes{%s}', "900-25x40"),
    "CrosstownKeptTasksDead": ('crosstown_kept_dead{%s}', "0x30 2x10"),
    "CrosstownKeptTasksUnknown": ('crosstown_kept_unknown{%s}', "0x30 2x10"),
    "CrosstownKeptTasksLate": ('crosstown_kept_late_seconds{%s}', "0+30x40"),
    "CrosstownStalled": ('crosstown_child_stalled{%s}', "0x30 1x10"),
    "CrosstownTasksStuck": (
        'crosstown_tasks_ended_total{%s,outcome="ran"}', "0+600x20 12000x20"),
    "CrosstownEngineAway": ('crosstown_redis_away{%s}', "0x30 1x10"),
    "CrosstownEngineRefuses": ('crosstown_redis_refused_total{%s}',
                               "7x30 8x10"),
}


# Nobody asks for these.
ENGINES = """
LoadModule crosstown_redis_module "%(build)s/mod_crosstown_redis.so"
LoadModule crosstown_amqp_module "%(build)s/mod_crosstown_amqp.so"
CrosstownTask job redis://127.0.0.1/0
CrosstownTask message amqp://127.0.0.1/shop
"""


@pytest.fixture(scope="module")
def shared_server(mpm, build):
    server = Server(mpm, build, kept.load(build) + control.CONFIG + ENGINES
                    % {"build": build}
                    + 'CrosstownStore "${ROOT}/store/tasks.db"\n'
                    "CrosstownLimit mail concurrency=9\n"
                    "CrosstownLimit thumb concurrency=9 scope=server\n",
                    allowed=kept.ALLOWED)
    with running(server, lambda: kept.make_directory(server)) as started:
        yield started


@pytest.fixture
def promtool():
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
    asked = server.ask("/probe", "name=mail&defer=1")
    server.ledger.outcomes(asked.tag, 1)
    control.say(server, do="pause", name="mail")
    kept.query(server, "INSERT INTO task (name, token, state, attempt,"
               " not_before, created, payload) VALUES ('mail', 'x', 2, 1, 1,"
               " 1, x'')")
    metrics.wait_for(server, lambda now: now["modules"]["kept"]
                     and now["modules"]["store"]["used"], "the store")
    text = metrics.settled(server) and server.ask(
        "/crosstown-status?format=prometheus").body.decode()
    wanted = set(re.findall(r"crosstown_[a-z_]+(?:\{[^}]*\})?",
                            RULES.read_text()))
    assert len(wanted) >= 8
    for metric in wanted:
        name, _, label = metric.rstrip("}").partition("{")
        assert re.search(r"^%s(?:\{.*%s.*\})? [\d.]+$"
                         % (name, re.escape(label)), text, re.M), metric


def test_the_rules_are_rules(promtool):
    code, text = promtool("check", "rules", RULES)
    assert code == 0, text
    assert "%d rules found" % len(TROUBLE) in text


# These have no name.
OF_A_SERVER = r"^crosstown_(children|child_|start_time_|store_)"
OF_AN_ENGINE = r"^crosstown_(redis|amqp)_"


def labels_of(metric, name):
    labels = 'job="httpd",instance="one"'
    engine = re.match(OF_AN_ENGINE, metric)
    if engine:
        return '%s,address="%s://127.0.0.1/0"' % (labels, engine.group(1))
    if re.match(OF_A_SERVER, metric):
        return labels
    return '%s,name="%s"' % (labels, name)


def series_of(name, numbers):
    for metric, values in numbers.items():
        yield {"series": metric % labels_of(metric, name), "values": values}


def fire(promtool, tmp_path, series, by, expected):
    """These alerts fire after 38 minutes, and no other one."""
    # JSON is YAML.
    path = tmp_path / "test.yml"
    path.write_text(json.dumps({
        "rule_files": [str(RULES)], "evaluation_interval": "1m",
        "tests": [{
            "interval": "1m",
            "input_series": series,
            "promql_expr_test": [{
                "expr": 'count by (%s) (ALERTS{alertstate="firing"})' % by,
                "eval_time": "38m",
                "exp_samples": [{"labels": labels, "value": 1}
                                for labels in expected],
            }],
        }]}))
    code, text = promtool("test", "rules", path)
    assert code == 0, text


@pytest.mark.parametrize("alert", TROUBLE)
def test_it_fires_alone(promtool, tmp_path, alert):
    fire(promtool, tmp_path,
         [*series_of("mail", dict(CALM, **dict([TROUBLE[alert]])))],
         "alertname", ['{alertname="%s"}' % alert])


@pytest.mark.parametrize("story", STORIES)
def test_stories(promtool, tmp_path, story):
    mail, thumb, alerts = STORIES[story]
    fire(promtool, tmp_path,
         [*series_of("mail", {**CALM, **mail}), *series_of("thumb", thumb)],
         "alertname, name",
         ['{alertname="%s"%s}' % (alert, ', name="%s"' % name if name else "")
          for alert, name in alerts.items()])
