# SPDX-License-Identifier: Apache-2.0
"""The example in C++: its lambda runs after the response, and what the lambda
holds is destroyed exactly once, whatever became of the task."""

import pytest

from client import new_tag
from test_conf_examples import including

SENT = r"telegram: %s, status %d"
PUT_AWAY = r"telegram form of %s put away"


@pytest.fixture
def start(make_server, build):
    """start(config, ...): the example beside the probe."""
    def start(config="", **options):
        return make_server(config + including("telegram.conf", build),
                           crosstown=None, **options)
    return start


def check_put_away(server, path, times=1):
    """So often, and no more even when the server has gone."""
    server.error_log.expect(PUT_AWAY % path, times)
    server.stop()
    assert len(server.error_log.find(PUT_AWAY % path)) == times


def test_runs_after_the_response(start):
    server = start()
    gate = new_tag()
    with server.raw() as client:
        client.get("/probe/held?tag=held&hold=" + gate)
        server.ledger.wait(event="hold", tag="held")
        assert not server.error_log.find("telegram: /probe/held")
        server.open_gate(gate)
        assert client.read_head()[0] == 200
        server.error_log.expect(SENT % ("/probe/held", 200))
    check_put_away(server, "/probe/held")


def test_each_request_has_its_own(start):
    server = start()
    with server.visit() as visitor:
        for _ in range(20):
            visitor.ask("/probe/many")
    server.error_log.expect(SENT % ("/probe/many", 200), 20)
    check_put_away(server, "/probe/many", 20)


def test_no_go(start):
    server = start()
    assert server.ask("/nowhere").status == 404
    check_put_away(server, "/nowhere")
    assert not server.error_log.find("telegram: /nowhere")


def test_switched_off(start):
    server = start("<Location /off>\nCrosstown Off\n</Location>\n")
    assert server.ask("/off").status == 404
    check_put_away(server, "/off")


def test_exception_is_a_failure(start):
    """It does not get into C: the task fails, the server lives."""
    server = start()
    path = "/probe/" + "x" * 40
    assert server.ask(path).status == 200
    server.error_log.expect(r'\[crosstown:error\].*task "telegram" failed')
    assert server.ask("/probe/short").status == 200
    server.error_log.expect(SENT % ("/probe/short", 200))
    check_put_away(server, path)


def test_stopped(start):
    """It waits behind a task that does not end."""
    server = start("CrosstownThreads 1 1\nCrosstownDrain 0\n",
                   workers=1)    # one child: one queue
    busy = server.ask("/probe/busy", "gate=never&keep=copy&defer=1")
    server.ledger.wait(event="start", tag=busy.tag)
    assert server.ask("/probe/waits").status == 200
    server.error_log.allow(r"\[crosstown:(warn|error)\]")
    assert not server.error_log.find(PUT_AWAY % "/probe/waits")
    server.stop()
    assert len(server.error_log.find(PUT_AWAY % "/probe/waits")) == 1
    assert not server.error_log.find("telegram: /probe/waits")


def test_without_crosstown(make_server, build):
    """The lambda goes at once: nobody has recorded it."""
    server = make_server(
        'LoadModule telegram_module "%s/mod_telegram.so"\n'
        "LogLevel telegram:info\n" % build, crosstown=None)
    assert server.ask("/probe/alone").status == 200
    check_put_away(server, "/probe/alone")
