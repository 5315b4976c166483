# SPDX-License-Identifier: Apache-2.0
"""The real workers run our jobs: with the right arguments, when they are due,
again if they fail, and once."""

import json
import time

import pytest

import kept
import redis_peer
import workers
from httpd import load_line
from server import Server, running

URL = "redis://127.0.0.1:%d/%d"
CONFIG = """
LoadModule ask_module "%s/mod_ask.so"
CrosstownStore "${ROOT}/store/tasks.db"
<Location "/ask">
    SetHandler ask
</Location>
"""
TASKS = """
CrosstownTask echo-{name} {url} {echo}
CrosstownTask fails-{name} {url} {fails}
CrosstownTask later-{name} {url} {echo} delay=2s
CrosstownTask kept-{name} {url} {echo} delay=2s keep=disk
CrosstownTask only-{name} {url} {echo} delay=1s keep=disk unique=to
CrosstownTask twice-{name} {proxied} {echo} timeout=1 keep=disk
<Location "/probe/header/{name}">
    CrosstownAccept echo-{name}
    Header always set Crosstown 'echo-{name};to=42;text="a b"'
</Location>
<Location "/probe/once/{name}">
    CrosstownAccept only-{name}
    Header always set Crosstown 'only-{name};to=42, only-{name};to=42'
</Location>
"""

PAYLOADS = {
    "array": ["a", 1, None, {"b": [True]}],
    "object": {"to": 42, "text": "na\u00efve \u2603 \U0001f600 \"\\/\n"},
    "text": "one text",
    "number": 1.5,
    "null": None,
    "empty array": [],
    "empty object": {},
}


def tasks_of(worker, engine, proxy):
    def url(port):
        return URL % (port, worker.db)
    return TASKS.format(name=worker.name, url=url(engine.port),
                        proxied=url(proxy.port),
                        echo=worker.route(worker.echo),
                        fails=worker.route(worker.fails))


@pytest.fixture(scope="module")
def proxy(engine):
    made = redis_peer.Proxy(engine.port)
    yield made
    made.close()


@pytest.fixture(scope="module")
def server(mpm, build, engine, proxy):
    text = "\n".join([
        redis_peer.load(build), load_line("headers"), CONFIG % build,
        *(tasks_of(worker, engine, proxy) for worker in workers.WORKERS)])
    made = Server(mpm, build, text, allowed=(*kept.ALLOWED, r"CT0241[01]:"))
    with running(made, lambda: kept.make_directory(made)) as started:
        yield started


@pytest.fixture(scope="module", params=workers.WORKERS,
                ids=lambda worker: worker.name)
def worker(request, engine, build, tell):
    made = request.param
    missing = made.missing(build)
    if missing:
        pytest.skip("%s: %s is not on this machine" % (made.name, missing))
    if made.release:
        tell("%s: %s %s" % (made.name, made.package,
                            made.release.version(made.package)))
    try:
        yield made.start(engine.port, build)
    finally:
        made.stop()


@pytest.fixture
def before(worker):
    """How often it had been called before this test."""
    assert worker.lives(), worker.log()
    return len(worker.ran())


def ask(server, task, value):
    answer = server.ask("/ask/" + task, method="POST",
                        body=json.dumps(value).encode())
    assert answer.status == 202, (task, value, answer)


def new_ones(worker, before, count):
    """The arguments of the next calls; not one of them too many."""
    calls = worker.wait_for(before + count)[before:]
    assert len(calls) == count, calls
    return calls


@pytest.mark.parametrize("kind", PAYLOADS)
def test_arguments(server, worker, before, kind):
    ask(server, "echo-" + worker.name, PAYLOADS[kind])
    (_, called), = new_ones(worker, before, 1)
    assert called == worker.called_with(PAYLOADS[kind])


def test_a_header(server, worker, before):
    server.ask("/probe/header/" + worker.name)
    (_, called), = new_ones(worker, before, 1)
    assert called == worker.called_with({"to": 42, "text": "a b"})


def test_many(server, worker, before):
    for number in range(50):
        ask(server, "echo-" + worker.name, [number])
    calls = new_ones(worker, before, 50)
    assert sorted(called for _, called in calls) == [
        worker.called_with([number]) for number in range(50)]
    assert len({job for job, _ in calls}) == 50


def test_it_tries_again(server, worker, before):
    ask(server, "fails-" + worker.name, ["x"])
    calls = new_ones(worker, before, 2)
    assert calls[0] == calls[1]


@pytest.mark.parametrize("kind", ("later", "kept"))
def test_delays(server, worker, before, kind):
    asked = time.monotonic()
    ask(server, "%s-%s" % (kind, worker.name), ["x"])
    new_ones(worker, before, 1)
    assert time.monotonic() - asked >= 2


def test_unique(server, worker, before):
    server.ask("/probe/once/" + worker.name)
    kept.wait_for_count(server, 0)
    (_, called), = new_ones(worker, before, 1)
    assert called == worker.called_with({"to": 42})


def test_swallowed_answers(server, worker, before, proxy):
    """Sent again, since nothing confirmed them; the worker gets each once."""
    proxy.swallowed.clear()
    proxy.swallows = True
    for number in range(5):
        ask(server, "twice-" + worker.name, [number])
    assert proxy.swallowed.wait(60)
    proxy.swallows = False
    kept.wait_for_count(server, 0)
    ask(server, "twice-" + worker.name, ["last"])
    calls = new_ones(worker, before, 6)
    assert len({job for job, _ in calls}) == 6
    assert worker.lives()
