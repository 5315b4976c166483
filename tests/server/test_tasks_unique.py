# SPDX-License-Identifier: Apache-2.0
"""unique= and ct-unique: of a key there is one task until it is done, in all
children together, also while they restart or are killed."""

import concurrent.futures
import re
import signal
import urllib.parse

import pytest

import metrics
import named
from ledger import wait_until
from server import Server, running

# Answers with the header in its query, and ends when its gate is there.
SLOW = r"""#!/usr/bin/python3
import os, sys, time, urllib.parse
query = dict(part.split("=", 1) for part in
             os.environ["QUERY_STRING"].split("&"))
print("Status:", query["status"])
print(urllib.parse.unquote(query["head"]))
print("Content-Type: text/plain\n")
print("begun " * 2000, flush=True)
while not os.path.exists(query["gate"]):
    time.sleep(0.01)
"""


def config_for(mpm, build, receiver):
    return "\n".join([named.load(build), named.cgi_lines(mpm), """
LogLevel crosstown_tasks:debug
CrosstownTask sync %(hold)s timeout=600 unique=id
CrosstownTask other %(hold)s timeout=600 unique=id
CrosstownTask plain %(hold)s timeout=600
<Location "/cgi">
    CrosstownAccept sync other plain
    CrosstownReport On
</Location>
<Location "/server-status">
    SetHandler server-status
</Location>
Listen 127.0.0.1:${PORT2}
<VirtualHost 127.0.0.1:${PORT2}>
    ServerName other
    CrosstownTask sync %(hold)s timeout=600 unique=id
    ScriptAlias "/cgi/" "${ROOT}/cgi/"
</VirtualHost>
""" % {"hold": receiver.url("/hold")}, metrics.CONFIG])


def prepare(server):
    named.write_script(server, "app", named.SCRIPT)
    named.write_script(server, "slow", SLOW)
    return server


@pytest.fixture(scope="module")
def shared_server(mpm, build, shared_receiver):
    server = prepare(Server(mpm, build,
                            config_for(mpm, build, shared_receiver),
                            modules=("status",), children=2))
    with running(server) as started:
        yield started


@pytest.fixture
def own_server(make_server, mpm, build, receiver):
    """One that may be restarted and killed."""
    def make(**options):
        return prepare(make_server(
            config_for(mpm, build, receiver), start=False,
            modules=("status",), **options)).start()
    return make


def ask(server, field, **more):
    """What became of its tasks, as the report has it."""
    answer = server.ask("/cgi/app?head=" + urllib.parse.quote(
        "Crosstown: " + field), **more)
    assert answer.status == 200
    return re.findall(r"=(\w+|\".*?\")", answer.headers["Crosstown-Report"])


def numbers(server):
    text = server.ask("/server-status?auto").body.decode()
    return {key: int(value) for key, value in
            re.findall(r"CrosstownUnique(\w+): (\d+)", text)}


def let_go(server, receiver):
    """All that is held ends; then no key is held any more."""
    receiver.gate.set()
    metrics.settled(server)
    wait_until(lambda: numbers(server)["Held"] == 0, "the keys")


def test_one_of_a_key_until_it_is_done(server, receiver):
    before = numbers(server)
    assert ask(server, "sync;id=7;n=1") == ["recorded"]
    assert receiver.wait()[0].body == "id=7&n=1"
    assert ask(server, "sync;id=7;n=2, sync;id=8;n=3") == [
        "duplicate", "recorded"]
    assert receiver.wait()[0].body == "id=8&n=3"
    server.error_log.expect('CT02107: task "sync" is dropped: one of the same key')
    now = numbers(server)
    assert now["Held"] == 2
    assert now["Duplicates"] == before["Duplicates"] + 1
    let_go(server, receiver)
    assert ask(server, "sync;id=7;n=4") == ["recorded"]
    assert receiver.wait()[0].body == "id=7&n=4"
    let_go(server, receiver)


def test_what_has_no_key_has_no_limit(server, receiver):
    for field in ("sync", "sync;id=\"\"", "sync;i=7", "sync;id=:AAA=:",
                  "plain;id=7"):
        assert ask(server, "%s, %s" % (field, field)) == ["recorded"] * 2
        assert len(receiver.wait(2)) == 2
    let_go(server, receiver)


def test_the_key_is_the_tasks_own(server, receiver):
    assert ask(server, "sync;id=7") == ["recorded"]
    assert ask(server, "other;id=7") == ["recorded"]
    # Of a virtual host that has a task of this name for itself.
    assert ask(server, "sync;id=7", port=server.ports[1]) == ["recorded"]
    assert len(receiver.wait(3)) == 3
    let_go(server, receiver)


def test_a_key_in_the_header(server, receiver):
    assert ask(server, "plain;ct-unique=a") == ["recorded"]
    assert receiver.wait()[0].body == ""
    assert ask(server, 'plain;n=1;ct-unique="a"') == ["duplicate"]
    assert ask(server, "sync;id=1;ct-unique=a") == ["recorded"]
    receiver.wait()
    assert ask(server, "sync;id=2;ct-unique=a") == ["duplicate"]
    assert ask(server, "sync;id=1") == ["recorded"]
    assert receiver.wait()[0].body == "id=1"
    let_go(server, receiver)


def test_a_response_that_fails_keeps_nobody_away(server, receiver):
    """Whose tasks will run is known at the end: until then no key is held."""
    with concurrent.futures.ThreadPoolExecutor() as threads:
        gate = server.gates / "failed"
        failing = threads.submit(
            server.ask, "/cgi/slow?status=500&gate=%s&head=%s" % (
                gate, urllib.parse.quote("Crosstown: sync;id=9;n=1")))
        running = threads.submit(
            server.ask, "/cgi/slow?status=200&gate=%s&head=%s" % (
                gate, urllib.parse.quote("Crosstown: sync;id=9;n=2")))
        wait_until(lambda: metrics.read(server)["total"]["open"] >= 2,
                   "both to ask")
        assert ask(server, "sync;id=9;n=3") == ["recorded"]
        assert receiver.wait()[0].body == "id=9&n=3"
        server.open_gate("failed")
        assert failing.result().status == 500
        assert running.result().status == 200
    # It was asked for when nobody held the key; now it has nothing to do.
    server.error_log.expect('CT02108: task "sync" will do nothing')
    let_go(server, receiver)
    assert not receiver.hooks


def test_under_load_one_is_there_at_a_time(server, receiver):
    total = metrics.settled(server)["total"]
    before = numbers(server)
    with concurrent.futures.ThreadPoolExecutor(8) as threads:
        said = list(threads.map(
            lambda n: ask(server, "sync;id=%d" % (n % 3))[0], range(90)))
        wait_until(lambda: len(receiver.hooks) >= 3, "the first of each key")
    assert sorted(hook.body for hook in receiver.hooks) == [
        "id=0", "id=1", "id=2"]
    let_go(server, receiver)
    assert len(receiver.hooks) == 3
    now = metrics.settled(server)["total"]
    recorded = said.count("recorded")
    assert said.count("duplicate") + recorded == 90
    assert now["recorded"] - total["recorded"] == recorded
    assert now["ran"] - total["ran"] == recorded
    assert now["failed"] == total["failed"]
    # Those that were recorded and turned out to be late are counted, too.
    assert numbers(server)["Duplicates"] - before["Duplicates"] == 87


def test_a_killed_child_holds_nothing(own_server, receiver):
    server = own_server(children=2)
    assert ask(server, "sync;id=7") == ["recorded"]
    receiver.wait()
    assert ask(server, "sync;id=7") == ["duplicate"]
    server.kill_children({task["pid"] for task in
                          metrics.read(server)["tasks"]})
    wait_until(lambda: numbers(server)["Held"] == 0, "the key")
    assert ask(server, "sync;id=7") == ["recorded"]
    assert len(receiver.wait()) == 1
    let_go(server, receiver)


def test_a_restart_keeps_what_is_held(own_server, receiver):
    server = own_server(room=1)
    assert ask(server, "sync;id=7") == ["recorded"]
    receiver.wait()
    server.graceful()
    assert ask(server, "sync;id=7") == ["duplicate"]
    let_go(server, receiver)
    assert ask(server, "sync;id=7") == ["recorded"]
    assert len(receiver.wait()) == 1
    let_go(server, receiver)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGWINCH],
                         ids=["stop", "graceful-stop"])
def test_a_stop_with_keys_held(own_server, receiver, how):
    server = own_server()
    for number in range(3):
        assert ask(server, "sync;id=%d" % number) == ["recorded"]
    receiver.wait(3)
    server.error_log.allow("CT01201|CT01202|CT01301|CT01302")
    server.tell(how)
    receiver.gate.set()
    server.stop(how)
