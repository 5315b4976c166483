# SPDX-License-Identifier: Apache-2.0
"""amqp:// targets while the rabbitmq-server is away, or does not answer or
confirm, and while the httpd stops: what waits goes, and nothing is lost."""

import signal

import kept
from amqp_server import AWAY, BACK, broker, numbers, proxy, server, shared
from ledger import wait_until
from named import ask
from rabbit import PATIENCE, tokens

__all__ = ["broker", "proxy", "server", "shared"]


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
                   PATIENCE)
    finally:
        broker.thaw()
    wait_until(lambda: numbers(server, broker)["waiting"] == 0, "all of them",
               PATIENCE)
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
               PATIENCE)
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
