# SPDX-License-Identifier: Apache-2.0
"""redis:// targets: jobs for workers that others have, and what becomes of
them while the Redis is away, refuses, or does not answer."""

import json
import pathlib
import subprocess

import pytest

import crashes
import kept
import metrics
import named
import redis_peer
import status
from ledger import wait_until
from named import ask
from server import Server, running

# What a sender says when its Redis goes and comes back.
AWAY, BACK = r"CT02411: .*takes no jobs", r"CT02410: .*takes jobs again"

CONFIG = """
LoadModule letter_module "{build}/mod_letter.so"
CrosstownStore "${{ROOT}}/store/tasks.db" wait=20
CrosstownQueue 200
CrosstownTask jobs {url} timeout=1
CrosstownTask disk {url} queue=jobs keep=disk timeout=1
CrosstownTask mail {url} format=rq class=jobs.mail queue=high
CrosstownTask wrong {url} format=rq class=jobs.mail queue=stream prefix=none
CrosstownTask proxied redis://127.0.0.1:{proxy} queue=jobs keep=disk timeout=1
CrosstownTask locked {url}/1 queue=jobs keep=disk timeout=1 \
    password=file:${{ROOT}}/password
CrosstownTask short {url}/2 queue=jobs expires=1500ms timeout=500ms
CrosstownTask probe_named module
<Location "/cgi">
    CrosstownAccept jobs disk mail wrong proxied locked short
</Location>
"""


@pytest.fixture(scope="module")
def engine():
    made = redis_peer.Redis()
    yield made
    made.close()


@pytest.fixture(scope="module")
def proxy(engine):
    made = redis_peer.Proxy(engine.port)
    yield made
    made.close()


@pytest.fixture(scope="module")
def shared(mpm, build, engine, proxy):
    """Started before its Redis is."""
    text = "\n".join([redis_peer.load(build), named.cgi_lines(mpm),
                      metrics.CONFIG,
                      CONFIG.format(build=build, url=engine.url,
                                    proxy=proxy.port)])
    server = Server(mpm, build, text, allowed=kept.ALLOWED)

    def prepare():
        kept.make_directory(server)
        redis_peer.write_app(server)
        named.write_password(server)

    with running(server, prepare) as started:
        yield started


@pytest.fixture
def server(shared, engine, proxy):
    proxy.swallows = False
    engine.reset()
    if shared.mpm == "prefork":     # each child says so, if it has something
        shared.error_log.allow(r"CT0241[12]:")
    yield shared
    shared.error_log.check()


def numbers(server, engine):
    """Of the row of its first database."""
    row, = [row for row in metrics.read(server)["modules"]["redis"]
            if row["address"] == engine.url + "/0"]
    return row


def tokens(entries):
    return sorted(json.loads(entry[b"payload"])["to"] for entry in entries)


def test_down_at_the_start(shared, engine):
    """Both kinds wait, and go when it is there."""
    server = shared
    if engine.process is not None:      # an MPM before this one had it
        engine.kill()
    ask(server, "jobs;to=1", "disk;to=2")
    server.error_log.expect(AWAY)
    assert kept.count(server) == 1
    engine.start()
    assert tokens(engine.wait_for(2)) == [1, 2]
    server.error_log.expect(BACK)
    kept.wait_for_count(server, 0)
    server.error_log.check()


def test_a_stream(server, engine):
    ask(server, 'jobs;to=1;text="a b"')
    entry, = engine.wait_for(1)
    assert entry[b"name"] == b"jobs" and len(entry[b"id"]) == 32
    assert json.loads(entry[b"payload"]) == {"to": 1, "text": "a b"}
    assert engine.client.ttl(b"crosstown:once:" + entry[b"id"]) > 3000


def test_no_thread_is_deaf_to_a_fault_of_its_own(server, engine):
    ask(server, "jobs;to=1")
    engine.wait_for(1)
    crashes.wait_until_all_hear(server)


def test_a_c_module_sends_bytes(server, engine):
    """And is told at once if they do not fit."""
    server.ask(script="tag=any+bytes&named=jobs")
    entry, = engine.wait_for(1)
    assert entry[b"payload"] == b"any bytes"
    server.ask(script="tag=no+json&named=mail")
    line, = server.ledger.wait(event="named", tag="no json")
    assert line.answer == "EINVAL", line
    server.error_log.expect(r'CT02109: task "mail" is refused, its payload '
                            r'does not fit: format=rq takes JSON: column 1')


def test_what_the_status_refuses_is_not_sent(server, engine):
    ask(server, "jobs;to=1", status=404)
    ask(server, "jobs;to=2")
    assert tokens(engine.wait_for(1)) == [2]


def test_a_real_worker_runs_it(server, engine):
    pathlib.Path(engine.root, "ran").unlink(missing_ok=True)
    ask(server, 'mail;to=42;text="e \\"b\\""')
    wait_until(lambda: engine.client.llen("rq:queue:high") == 1, "the job")
    (engine.root / "jobs.py").write_text(
        "import json\n"
        "def mail(*args, **named):\n"
        "    with open('ran', 'a') as file:\n"
        "        print(json.dumps([args, named]), file=file)\n")
    worker = subprocess.run(
        ["rq", "worker", "--burst", "--url", engine.url, "--serializer",
         "rq.serializers.JSONSerializer", "high"], cwd=engine.root,
        text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        timeout=120, env={"PATH": "/usr/bin:/bin", "PYTHONPATH":
                          str(engine.root), "PYTHONDONTWRITEBYTECODE": "1",
                          "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"})
    ran = pathlib.Path(engine.root, "ran")
    assert ran.exists(), worker.stdout
    assert [json.loads(line) for line in ran.read_text().splitlines()] == [
        [[], {"to": 42, "text": 'e "b"'}]], worker.stdout


def test_killed_and_back(server, engine):
    """The connection is gone, and that is seen before the next job is sent."""
    ask(server, "jobs;to=1")
    engine.wait_for(1)
    engine.kill()
    ask(server, "jobs;to=2", "disk;to=3")
    server.error_log.expect(AWAY)
    told = metrics.wait_for(
        server, lambda now: now["verdict"]["state"] == "away",
        "the verdict")["verdict"]
    assert told["name"] == engine.url + "/0"
    assert "cannot be reached or takes no jobs" in told["words"]
    # Whose jobs they are comes first.
    assert status.read(server).rows("now")[0]["name"] in ("jobs", "disk")
    engine.start()
    assert tokens(engine.wait_for(2)) == [2, 3]
    server.error_log.expect(BACK)
    kept.wait_for_count(server, 0)


def test_an_idle_connection_that_was_closed(server, engine):
    """Nobody needs to be told."""
    ask(server, "jobs;to=1")
    engine.wait_for(1)
    engine.client.client_kill_filter(_type="normal", skipme=True)
    ask(server, "jobs;to=2")
    assert tokens(engine.wait_for(2)) == [1, 2]


def test_frozen(server, engine):
    """What had no answer is sent again, and is there once; all of it is
    counted."""
    ask(server, "jobs;to=0")
    engine.wait_for(1)
    wait_until(lambda: numbers(server, engine)["waiting"] == 0, "its answer")
    before = numbers(server, engine)
    engine.freeze()
    ask(server, "jobs;to=1", "disk;to=2")
    server.error_log.expect(AWAY + r".*(not confirmed|no answer)")
    wait_until(lambda: numbers(server, engine)["away"] > 0, "it to be away")
    now = numbers(server, engine)
    assert now["waiting"] == 2 and now["oldest"] > 0
    assert now["confirmed"] == before["confirmed"]
    engine.thaw()
    server.error_log.expect(BACK)
    kept.wait_for_count(server, 0)
    ask(server, "jobs;to=3")
    wait_until(lambda: 3 in tokens(engine.wait_for(1)), "the last one")
    assert tokens(engine.wait_for(4)) == [0, 1, 2, 3]
    wait_until(lambda: numbers(server, engine)["waiting"] == 0, "all of them")
    now = numbers(server, engine)
    assert now["away"] == 0 and now["connected"] > 0 and now["oldest"] is None
    assert now["confirmed"] == before["confirmed"] + 3
    if server.mpm != "prefork":     # there another child may have had them
        assert now["repeated"] > before["repeated"]
        assert now["unknown"] > before["unknown"]


def test_answers_are_swallowed(server, engine, proxy):
    ask(server, "proxied;to=0")
    engine.wait_for(1)
    proxy.swallows = True
    proxy.swallowed.clear()
    ask(server, *("proxied;to=%d" % number for number in range(1, 10)))
    assert proxy.swallowed.wait(60)
    assert kept.count(server) > 0
    proxy.swallows = False
    kept.wait_for_count(server, 0)
    assert tokens(engine.wait_for(10)) == list(range(10))
    server.error_log.expect(AWAY)
    server.error_log.expect(BACK)


@pytest.mark.parametrize("trouble, words", [
    ("memory", "OOM .*raise its maxmemory"),
    ("replica", "READONLY .*name its master")])
def test_takes_no_writes(server, engine, trouble, words):
    if trouble == "memory":
        engine.client.config_set("maxmemory", 1)
    else:
        engine.client.replicaof("127.0.0.1", "1")
    ask(server, "jobs;to=1", "disk;to=2")
    server.error_log.expect("CT02411: .*" + words)
    assert kept.count(server) == 1
    engine.client.config_set("maxmemory", 0)
    engine.client.replicaof("NO", "ONE")
    assert tokens(engine.wait_for(2)) == [1, 2]
    server.error_log.expect(BACK)
    kept.wait_for_count(server, 0)


def test_wrong_password(server, engine):
    """One line names the directive; the password is nowhere."""
    engine.client.config_set("requirepass", "other")
    try:
        ask(server, "locked;to=1")
        server.error_log.expect("CT02412: redis://127.*WRONGPASS.*"
                                "look at user and password=")
    finally:
        engine.client.execute_command("AUTH", "other")
        engine.client.config_set("requirepass", "secret")
        engine.client.execute_command("AUTH", "secret")
        engine.client.config_set("requirepass", "")
    kept.wait_for_count(server, 0)
    server.error_log.expect(BACK)
    assert "secret" not in (server.root / "error_log").read_text()


def test_one_task_that_is_refused(server, engine):
    """The others of its address go on, also those of the same round trip."""
    engine.client.set("queue:stream", "no list")
    ask(server, *("%s;to=%d" % (name, number) for number in range(4)
                  for name in ("wrong", "jobs")))
    assert tokens(engine.wait_for(4)) == list(range(4))
    server.error_log.expect(r'CT02413: a job of task "wrong" is refused by '
                            r'redis://.*WRONGTYPE.*prefix= and queue=')
    server.error_log.expect(r'CT01301: task "wrong" failed .*: WRONGTYPE', 4)


def test_expired_while_it_waits(server, engine):
    engine.freeze()
    ask(server, "short;to=1")
    server.error_log.expect(AWAY)
    wait_until(lambda: server.error_log.find(
        r'task "short" failed.*expired \(expires=\)'), "its end")
    engine.thaw()
    server.error_log.expect(r'task "short" failed.*expired')
    server.error_log.expect(BACK)
