# SPDX-License-Identifier: Apache-2.0
"""keep=disk beyond a server: what is in the file when it has stopped, what
the next one makes of it, and two of them on one file."""

import contextlib
import sqlite3

import pytest

import kept
import metrics
from ledger import wait_until
from server import Server, running

CONFIG = """
CrosstownStore "%(store)s" wait=20
CrosstownThreads 1 %(threads)d
CrosstownDrain 1
CrosstownTask %(hook)s %(url)s/hook keep=disk backoff=fixed:100ms
CrosstownTask %(hold)s %(url)s/hold keep=disk timeout=600
CrosstownTask single %(url)s/500 keep=disk retries=0 unique=to
<Location "/always">
    CrosstownAccept %(hook)s %(hold)s single
</Location>
<Location "/always/hook">
    Header always set Crosstown "%(hook)s;to=42"
</Location>
<Location "/always/hold">
    Header always set Crosstown "%(hold)s;to=42"
</Location>
<Location "/always/single">
    Header always set Crosstown "single;to=42"
</Location>
"""


def make(mpm, build, receiver, store="${ROOT}/store/tasks.db", threads=1,
         hook="hook", hold="hold", **more):
    server = Server(mpm, build, "\n".join([
        kept.load(build), metrics.CONFIG, CONFIG % {
            "store": store, "threads": threads, "url": receiver.url(""),
            "hook": hook, "hold": hold}]), modules=("headers",),
        allowed=kept.ALLOWED, **more)
    kept.make_directory(server)
    for name in ("hook", "hold", "single"):
        (server.htdocs / "always" / name).mkdir(parents=True)
        (server.htdocs / "always" / name / "x").write_text("x")
    return server


@pytest.fixture
def server(mpm, build, receiver):
    with running(make(mpm, build, receiver)) as started:
        yield started


def ask(server, name):
    assert server.ask("/always/%s/x" % name).status == 200


def test_the_hour_survives(server, receiver):
    """A time that the target has named, and the attempt."""
    receiver.planned["/hook"] = [(503, {"Retry-After": "3"})]
    ask(server, "hook")
    receiver.wait()
    kept.wait_for_count(server, 1, "state = 0 AND attempt = 1")
    before = kept.query(server, "SELECT not_before, token FROM task")
    server.error_log.expect("CT01309:")
    kept.kill_all(server)
    server.start()
    hook, = receiver.wait()
    assert hook.headers["webhook-id"] == before[0][1]
    assert hook.headers["Crosstown-Attempt"] == "2"
    kept.wait_for_count(server, 0)
    assert before[0][0] <= int(hook.headers["webhook-timestamp"]) * 1000 + 999


def test_a_stop_gives_back_at_once(server, receiver):
    """What waits; what runs is its owner's until that is gone."""
    with server.visit() as visitor:      # one child
        for _ in range(3):
            assert visitor.ask("/always/hold/x").status == 200
    wait_until(lambda: receiver.hooks, "the first one to run")
    server.error_log.allow("CT01401:")
    server.stop()
    assert kept.query(server, "SELECT state, attempt, count(*) FROM task"
                      " GROUP BY state, attempt ORDER BY state") == [
        (0, 0, 2), (1, 0, 1)]
    receiver.reset()
    receiver.gate.set()
    server.error_log.allow("CT02318:")
    server.start()
    receiver.wait(3)
    kept.wait_for_count(server, 0)


def test_taken_by_who_has_a_thread(mpm, server, receiver):
    """What is due waits in the store as long as no thread is free."""
    if mpm == "prefork":
        pytest.skip("each of its children has one")
    with server.visit() as visitor:
        for _ in range(3):
            assert visitor.ask("/always/hold/x").status == 200
    wait_until(lambda: receiver.hooks, "the first one to run")
    server.error_log.allow("CT01401:")
    server.stop()
    kept.query(server, "UPDATE task SET state = 0, owner = NULL")
    receiver.reset()
    server.start()
    receiver.wait()
    kept.wait_for_count(server, 1, "state = 1")
    assert kept.count(server, "state = 0") == 2
    receiver.gate.set()
    receiver.wait(2)
    kept.wait_for_count(server, 0)


def test_a_stop_waits_for_the_store(server, receiver):
    """It cannot be told of what waits while somebody else writes; that is no
    main thread of prefork that hangs, with a client that stays connected."""
    with server.visit() as visitor:
        for _ in range(2):
            assert visitor.ask("/always/hold/x").status == 200
        wait_until(lambda: receiver.hooks, "the first one to run")
        server.error_log.allow("CT01401:")
        with contextlib.closing(sqlite3.connect(
                kept.path_of(server), isolation_level=None)) as shell:
            shell.execute("BEGIN IMMEDIATE")
            server.stop()


def test_a_dead_one_keeps_its_key(server, receiver):
    ask(server, "single")
    receiver.wait()
    kept.wait_for_count(server, 1, "state = 2")
    server.error_log.expect("CT01301:")
    ask(server, "single")
    assert kept.count(server) == 1
    kept.query(server, "DELETE FROM task")
    ask(server, "single")
    receiver.wait()
    kept.wait_for_count(server, 1, "state = 2")
    server.error_log.expect("CT01301:")


def test_many_children(mpm, build, receiver):
    """As many as prefork has: each has a connection, a thread, an owner."""
    if mpm != "prefork":
        pytest.skip("others have threads")
    with running(make(mpm, build, receiver, children=8)) as server:
        wait_until(lambda: kept.query(
            server, "SELECT count(*) FROM owner")[0][0] >= 64,
            "64 owners")
        for _ in range(100):
            ask(server, "hook")
        receiver.wait(100)
        kept.wait_for_count(server, 0)
        for _ in range(20):
            ask(server, "hold")
        kept.kill_all(server)
        server.error_log.allow("CT02318:")
        receiver.reset()
        receiver.gate.set()
        server.start()
        receiver.wait(20)
        kept.wait_for_count(server, 0)


def test_two_servers_on_one_file(mpm, build, receiver):
    """Not as it is meant; but nothing is lost: what the other one does not
    know waits for the one that does."""
    first = make(mpm, build, receiver)
    second = make(mpm, build, receiver,
                  store=str(kept.path_of(first)), hook="other", hold="more")
    with running(first), running(second):
        for server in (first, second):
            server.error_log.allow("CT01309:|CT01310:|CT02318:")
        for _ in range(5):
            ask(first, "hook")
            ask(second, "hook")
        receiver.wait(10)
        kept.wait_for_count(first, 0)
        ask(first, "hold")
        kept.kill_all(first)
        # The second one adopts it, and lets it wait.
        kept.wait_for_count(first, 1, "state = 0 AND recovered = 1"
                            " AND attempt = 0")
        receiver.reset()
        receiver.gate.set()
        second.error_log.expect(r'CT01309: task "hold".*waits on disk')
        first.start()
        kept.query(first, "UPDATE task SET not_before = 0")
        wait_until(lambda: receiver.hooks or kept.query(
            first, "UPDATE task SET not_before = 0") or False,
            "the first one to run it")
        kept.wait_for_count(first, 0)
