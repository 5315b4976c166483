# SPDX-License-Identifier: Apache-2.0
"""amqp:// targets on a real rabbitmq-server: messages for workers that others
have, and what becomes of those that it refuses."""

import json

import pytest

import kept
import workers
from amqp_server import BACK, broker, numbers, proxy, server, shared
from ledger import wait_until
from named import ask
from rabbit import tokens

__all__ = ["broker", "proxy", "server", "shared"]


def test_a_message(server, broker):
    ask(server, 'jobs;to=1;text="a b"')
    message, = broker.wait_for(1)
    assert json.loads(message.body) == {"to": 1, "text": "a b"}
    assert message.properties["type"] == "jobs"
    assert len(message.properties["message_id"]) == 32
    assert message.properties["content_type"] == "application/json"
    assert message.properties["delivery_mode"] == 2
    assert message.delivery_info["routing_key"] == "jobs"


def test_a_c_module_sends_bytes(server, broker):
    """And is told at once if they do not fit."""
    server.ask(script="tag=any+bytes&named=jobs")
    message, = broker.wait_for(1)
    assert message.body in ("any bytes", b"any bytes")
    server.ask(script="tag=no+json&named=echo")
    line, = server.ledger.wait(event="named", tag="no json")
    assert line.answer == "EINVAL", line
    server.error_log.expect(r'CT02109: task "echo" is refused, its payload '
                            r'does not fit: format=celery takes JSON: '
                            r'column 1')


def test_what_the_status_refuses_is_not_sent(server, broker):
    ask(server, "jobs;to=1", status=404)
    ask(server, "jobs;to=2")
    assert tokens(broker.wait_for(1)) == [2]


@pytest.mark.parametrize("made", workers.celeries(),
                         ids=lambda made: made.name)
def test_a_celery_worker_runs_it(server, broker, build, made):
    """Its queue is its own: what a killed one has not acknowledged yet comes
    back."""
    if made.missing(build):
        pytest.skip(made.missing(build) + " is not installed")
    worker = workers.Celery(made.name, 0, made.release)
    worker.url = lambda port: broker.url + "//"
    worker.queue = lambda: made.name
    broker.declare(made.name)
    ask(server, '%s;to=42;text="e \\"b\\""' % made.name, made.name)
    try:
        ran = worker.start(broker.port, build).wait_for(2)
    finally:
        worker.stop()
    assert sorted(json.dumps(call[1:]) for call in ran) == [
        r'[[[], {"to": 42, "text": "e \"b\""}]]', "[[[], {}]]"]
    assert len({call[0] for call in ran}) == 2


def test_many_at_once(server, broker):
    for number in range(0, 100, 10):
        ask(server, *("jobs;to=%d" % (number + i) for i in range(10)))
    assert tokens(broker.wait_for(100)) == list(range(100))


def test_a_queue_that_is_not_there(server, broker):
    """The others of its address go on."""
    ask(server, "returned;to=1", "jobs;to=2")
    assert tokens(broker.wait_for(1)) == [2]
    server.error_log.expect(
        r'CT02413: a job of task "returned" is refused by amqp://.*'
        r'312 NO_ROUTE; declare the queue')
    server.error_log.expect(r'CT01301: task "returned" failed .*NO_ROUTE')


def test_an_exchange_that_is_not_there(server, broker):
    """The same; the connection stays, and so do other exchanges."""
    broker.client.queue_bind("jobs", "amq.direct", "jobs")
    for number in range(2):
        ask(server, "lost;to=1", "jobs;to=2", "direct;to=3", "lost;to=4")
        assert tokens(broker.wait_for(2)) == [2, 3]
        server.error_log.expect(r'CT01301: task "lost" failed .*NOT_FOUND - '
                                r"no exchange 'nowhere'.*look at exchange=", 2)
    server.error_log.allow("CT02413:")      # not more often than once a minute
    assert numbers(server, broker)["away"] == 0


def test_a_queue_that_is_full(server, broker):
    broker.declare("full", arguments={"x-max-length": 1,
                                      "x-overflow": "reject-publish"})
    ask(server, "full;to=1")
    wait_until(lambda: broker.count("full") == 1, "the first one")
    ask(server, "full;to=2", "jobs;to=3")
    assert tokens(broker.wait_for(1)) == [3]
    server.error_log.expect(r'CT01301: task "full" failed .*a queue is full')
    server.error_log.allow("CT02413:")
    assert tokens(broker.wait_for(1, "full")) == [1]


def test_wrong_password(server, broker):
    """One line names the remedy; the password is nowhere."""
    ask(server, "locked;to=1")
    server.error_log.expect("CT02412: amqp://shop@127.*ACCESS_REFUSED.*"
                            "look at user and password=")
    assert kept.count(server) == 1
    broker.ctl("add_user", "shop", "secret")
    broker.ctl("set_permissions", "shop", "", ".*", "")
    kept.wait_for_count(server, 0)
    assert tokens(broker.wait_for(1)) == [1]
    server.error_log.expect(BACK)
    assert "secret" not in (server.root / "error_log").read_text()


def test_a_vhost_that_is_not_there(server, broker):
    """Jobs wait; one that has expired is over."""
    ask(server, "nowhere;to=1")
    server.error_log.expect("CT02412: amqp://.*/nowhere .*NOT_ALLOWED.*"
                            "look at the /vhost")
    wait_until(lambda: server.error_log.find(
        r'task "nowhere" failed.*expired \(expires=\)'), "its end")
    server.error_log.expect(r'task "nowhere" failed.*expired')


def test_by_tls(server, broker):
    """To whom the certificate is for, if it is believed."""
    ask(server, "secure;to=1")
    assert tokens(broker.wait_for(1)) == [1]
    ask(server, "other;to=2")
    server.error_log.expect(r"CT02412: amqps://127\.0\.0\.1.* takes no jobs: "
                            r"its certificate is not for 127\.0\.0\.1")
    ask(server, "strange;to=3")
    server.error_log.expect(r"CT02412: amqps://localhost.* takes no jobs: "
                            r"nobody in ca=/etc/ssl")
    for name in ("other", "strange"):
        server.error_log.expect(r'task "%s" failed.*expired' % name)
    assert broker.take("jobs") is None
