# SPDX-License-Identifier: Apache-2.0
"""amqp:// targets on a real rabbitmq-server: messages for workers that others
have, and what becomes of them while the broker is away, refuses, or does not
answer."""

import json
import shutil
import signal

import pytest

pytest.importorskip("amqp", reason="python3-amqp is not installed")
if not shutil.which("rabbitmq-server", path="/usr/sbin"):
    pytest.skip("rabbitmq-server is not installed", allow_module_level=True)

import kept             # noqa: E402
import metrics          # noqa: E402
import named            # noqa: E402
import rabbit           # noqa: E402
import redis_peer       # noqa: E402
import workers          # noqa: E402
from ledger import wait_until   # noqa: E402
from named import ask           # noqa: E402
from rabbit import tokens       # noqa: E402
from server import Server, running  # noqa: E402

# What a sender says when its broker goes and comes back.
AWAY, BACK = r"CT02411: .*takes no jobs", r"CT02410: .*takes jobs again"

CONFIG = """
LoadModule letter_module "{build}/mod_letter.so"
CrosstownStore "${{ROOT}}/store/tasks.db" wait=60
CrosstownQueue 200
# A job waits for as long as the broker takes to start.
CrosstownSlowTask 0
CrosstownTask jobs {url} timeout=1
CrosstownTask disk {url} queue=jobs keep=disk timeout=1
CrosstownTask returned {url} queue=nobody timeout=1
CrosstownTask lost {url} queue=jobs exchange=nowhere timeout=1
CrosstownTask direct {url} queue=jobs exchange=amq.direct timeout=1
CrosstownTask full {url} timeout=1
CrosstownTask echo {url} format=celery class=shop.echo timeout=1
CrosstownTask proxied amqp://127.0.0.1:{proxy} queue=jobs keep=disk timeout=1
CrosstownTask locked amqp://shop@127.0.0.1:{port} queue=jobs keep=disk \\
    timeout=1 password=file:${{ROOT}}/password
CrosstownTask nowhere {url}/nowhere expires=3s timeout=1
CrosstownTask secure amqps://localhost:{tls} queue=jobs timeout=5 \\
    ca=${{ROOT}}/ca.pem
CrosstownTask other amqps://127.0.0.1:{tls} queue=jobs timeout=5 \\
    ca=${{ROOT}}/ca.pem expires=1s
CrosstownTask strange amqps://localhost:{tls} queue=jobs timeout=5 expires=1s
CrosstownTask probe_named module
<Location "/cgi">
    CrosstownAccept jobs disk returned lost direct full echo proxied locked \\
        nowhere secure other strange {celeries}
</Location>
"""
CELERY = "CrosstownTask %s %s format=celery class=shop.echo queue=%s timeout=1"


@pytest.fixture(scope="module")
def broker():
    made = rabbit.Rabbit("jobs", "celery")
    yield made
    made.close()


@pytest.fixture(scope="module")
def proxy(broker):
    made = redis_peer.Proxy(broker.port)
    yield made
    made.close()


@pytest.fixture(scope="module")
def shared(mpm, build, broker, proxy):
    """Started before its broker is."""
    names = [made.name for made in workers.celeries()]
    text = "\n".join([rabbit.load(build), named.cgi_lines(mpm),
                      metrics.CONFIG, CONFIG.format(
                          build=build, url=broker.url, port=broker.port,
                          proxy=proxy.port, tls=broker.tls_port,
                          celeries=" ".join(names)),
                      *(CELERY % (name, broker.url, name) for name in names)])
    server = Server(mpm, build, text, allowed=kept.ALLOWED, room=1)

    def prepare():
        kept.make_directory(server)
        named.write_script(server, "app", named.SCRIPT)
        named.write_password(server)
        shutil.copy(broker.certificate, server.root / "ca.pem")

    with running(server, prepare) as started:
        yield started


@pytest.fixture
def server(shared, broker, proxy):
    proxy.swallows = False
    broker.reset()
    yield shared
    shared.error_log.check()


def numbers(server, broker):
    row, = [row for row in metrics.read(server)["modules"]["amqp"]
            if row["address"] == broker.url + "/"]
    return row


def test_down_at_the_start(shared, broker):
    """Both kinds wait, and go when it is there."""
    server = shared
    ask(server, "jobs;to=1", "disk;to=2")
    server.error_log.expect(AWAY)
    assert kept.count(server) == 1
    broker.start()
    assert tokens(broker.wait_for(2)) == [1, 2]
    server.error_log.expect(BACK)
    kept.wait_for_count(server, 0)
    server.error_log.check()


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
                            r'does not fit: format=celery takes JSON: column 1')


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


def test_killed_and_back(server, broker):
    """The connection is gone, and that is seen before the next job is
    sent."""
    ask(server, "jobs;to=1")
    assert tokens(broker.wait_for(1)) == [1]
    broker.kill()
    ask(server, "jobs;to=2", "disk;to=3")
    server.error_log.expect(AWAY)
    broker.start()
    found = []

    def are_there():    # and what it does not know any more was taken away
        found.extend(broker.wait_for(1))
        return set(tokens(found)) >= {2, 3}
    wait_until(are_there, lambda: "both; there are %r" % tokens(found))
    assert [token for token in tokens(found) if token != 1] == [2, 3]
    server.error_log.expect(BACK)
    kept.wait_for_count(server, 0)


def test_an_idle_connection_that_was_closed(server, broker):
    """Nobody needs to be told."""
    ask(server, "jobs;to=1")
    assert tokens(broker.wait_for(1)) == [1]
    broker.ctl("close_all_connections", "a test")
    broker.forget_client()
    ask(server, "jobs;to=2")
    assert tokens(broker.wait_for(1)) == [2]


def test_frozen(server, broker):
    """What is not confirmed is not sent again while its connection lives."""
    ask(server, "jobs;to=0")
    broker.wait_for(1)
    before = numbers(server, broker)
    broker.freeze()
    try:
        ask(server, "jobs;to=1", "disk;to=2")
        server.error_log.expect(AWAY + r".*(not confirmed|no answer)")
        wait_until(lambda: numbers(server, broker)["away"] > 0, "away")
        now = numbers(server, broker)
        assert now["waiting"] == 2 and now["oldest"] > 0
        assert now["confirmed"] == before["confirmed"]
    finally:
        broker.thaw()
    assert tokens(broker.wait_for(2)) == [1, 2]
    server.error_log.expect(BACK)
    kept.wait_for_count(server, 0)
    wait_until(lambda: numbers(server, broker)["waiting"] == 0, "all of them")
    now = numbers(server, broker)
    assert now["away"] == 0 and now["connected"] > 0 and now["oldest"] is None
    assert now["confirmed"] == before["confirmed"] + 2
    assert broker.take("jobs") is None


def test_frozen_for_longer_than_its_heartbeats(server, broker):
    """Nothing is lost."""
    ask(server, "jobs;to=0")
    broker.wait_for(1)
    before = numbers(server, broker)
    broker.freeze()
    try:
        ask(server, "jobs;to=1", "disk;to=2")
        server.error_log.expect(AWAY)
        wait_until(lambda: numbers(server, broker)["unknown"]
                   > before["unknown"], "the end of the connection",
                   rabbit.PATIENCE)
    finally:
        broker.thaw()
    wait_until(lambda: numbers(server, broker)["waiting"] == 0, "all of them",
               rabbit.PATIENCE)
    kept.wait_for_count(server, 0)
    assert set(tokens(broker.wait_for(2))) == {1, 2}
    server.error_log.expect(BACK)
    assert numbers(server, broker)["repeated"] > before["repeated"]


def test_an_alarm(server, broker):
    """It takes messages in, says so, and confirms them when it is over:
    each one once."""
    ask(server, "jobs;to=0")
    broker.wait_for(1)
    before = numbers(server, broker)
    broker.ctl("set_vm_memory_high_watermark", "absolute", "1")
    try:
        ask(server, "jobs;to=1", "disk;to=2")
        server.error_log.expect(AWAY + ".*because of an alarm")
        ask(server, "jobs;to=3")
        wait_until(lambda: numbers(server, broker)["waiting"] == 3, "three")
        server.error_log.allow(AWAY)        # said by each child
    finally:
        broker.ctl("set_vm_memory_high_watermark", "0.4")
    wait_until(lambda: numbers(server, broker)["waiting"] == 0, "all of them",
               rabbit.PATIENCE)
    kept.wait_for_count(server, 0)
    assert tokens(broker.wait_for(3)) == [1, 2, 3]
    server.error_log.expect(BACK)
    assert numbers(server, broker)["repeated"] == before["repeated"]


def test_confirms_are_swallowed(server, broker, proxy):
    """By somebody who cuts the connection: sent again, nothing is lost."""
    ask(server, "proxied;to=0")
    broker.wait_for(1)
    kept.wait_for_count(server, 0)
    proxy.swallows = True
    proxy.swallowed.clear()
    ask(server, *("proxied;to=%d" % number for number in range(1, 10)))
    assert proxy.swallowed.wait(60)
    assert kept.count(server) > 0
    proxy.swallows = False
    kept.wait_for_count(server, 0)
    assert sorted(set(tokens(broker.wait_for(9)))) == list(range(1, 10))
    server.error_log.expect(AWAY)
    server.error_log.expect(BACK)


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


def test_a_stop_flushes(server, broker):
    """What the children that leave have been asked for goes."""
    for number in range(0, 50, 10):
        ask(server, *("jobs;to=%d" % (number + i) for i in range(10)))
    server.graceful()
    assert tokens(broker.wait_for(50)) == list(range(50))


def test_a_restart_while_it_is_frozen(server, broker):
    """What is on disk goes when it is back, by another child."""
    ask(server, "disk;to=0")
    assert tokens(broker.wait_for(1)) == [0]
    broker.freeze()
    try:
        ask(server, "disk;to=1", "disk;to=2")
        server.error_log.expect(AWAY)
        server.restart(signal.SIGHUP)
        assert kept.count(server) == 2
    finally:
        broker.thaw()
    kept.wait_for_count(server, 0)
    assert set(tokens(broker.wait_for(2))) == {1, 2}
    server.error_log.allow(AWAY)
    server.error_log.allow(BACK)
    server.error_log.allow("CT01401:")
