# SPDX-License-Identifier: Apache-2.0
"""What an administrator orders about tasks on the disk: dead ones are tried
again or deleted, and those of a paused name outlive a stop."""

import pytest

import control
import kept
import metrics
import status
from ledger import wait_until
from server import Server, running

CONFIG = """
CrosstownStore "${ROOT}/store/tasks.db" wait=20
CrosstownTask mail %(url)s/mail keep=disk retries=0
CrosstownTask other %(url)s/503 keep=disk retries=0
CrosstownAccept mail other
<Location "/mail">
    Header always set Crosstown "mail;to=42"
</Location>
<Location "/other">
    Header always set Crosstown "other;to=42"
</Location>
"""


def make(mpm, build, receiver):
    server = Server(mpm, build, "\n".join([
        kept.load(build), control.CONFIG, CONFIG % {
            "url": receiver.url("")}]), modules=("headers",),
        allowed=kept.ALLOWED, room=1)
    kept.make_directory(server)
    for name in ("mail", "other"):
        (server.htdocs / name).write_text("x")
    return server


@pytest.fixture(scope="module")
def shared(mpm, build, shared_receiver):
    with running(make(mpm, build, shared_receiver)) as started:
        yield started


@pytest.fixture
def server(shared, receiver):
    yield shared
    kept.query(shared, "DELETE FROM task")
    shared.error_log.check()


def ask(server, name):
    assert server.ask("/" + name).status == 200


def die(server, receiver, count):
    """So many tasks of mail fail, and one of other."""
    receiver.planned["/mail"] = [(500, {})] * count
    for _ in range(count):
        ask(server, "mail")
    ask(server, "other")
    receiver.wait(count + 1)
    kept.wait_for_count(server, count + 1, "state = 2")
    server.error_log.allow("CT0130[123]:")        # one a second


def rows(server):
    return {row["name"]: row for row in status.read(server).rows("of-kept")}


def test_retry(server, receiver):
    die(server, receiver, 2)
    assert control.say(server, do="retry", name="mail") == (
        '"mail": 2 dead tasks will be tried again')
    server.error_log.expect(
        r"CT01803: CrosstownControl: \"mail\": 2 dead tasks will be tried")
    hooks = receiver.wait(2)
    assert {hook.path for hook in hooks} == {"/mail"}
    assert {hook.headers["Crosstown-Attempt"] for hook in hooks} == {"1"}
    kept.wait_for_count(server, 1)


def test_delete(server, receiver):
    die(server, receiver, 1)
    assert control.say(server, do="delete", name="mail") == (
        '"mail": 1 dead task deleted')
    server.error_log.expect("CT01803")
    assert kept.query(server, "SELECT name FROM task") == [("other",)]
    answer = control.post(server, do="delete", name="mail")
    assert (answer.status, answer.body) == (
        400, b"name: there is no dead task of this name in CrosstownStore\n")


def test_buttons(server, receiver):
    """Where a name has dead tasks; the numbers that come back are new."""
    die(server, receiver, 1)
    assert rows(server)["mail"]["orders"].split() == [
        "Retry", "dead", "Delete", "dead"]
    page = status.read(server)
    words = [button["value"] for button in page.elements("button")]
    assert words.count("retry") == words.count("delete") == 2
    answer = control.post(server, do="delete", name="mail", back="page")
    assert answer.status == 303
    server.error_log.expect("CT01803")
    assert "mail" not in rows(server)
    names = metrics.read(server)["modules"]["kept"]
    assert [(row["name"], row["dead"]) for row in names] == [("other", 1)]


@pytest.mark.parametrize("fields, words", [
    ({"do": "retry"}, "name: write the name"),
    ({"do": "retry", "name": "mial"}, "name: there is no dead task"),
    ({"do": "delete", "name": "x" * 100}, "name: there is no dead task"),
    ({"do": "bury", "name": "mail"}, "do: write one of ")])
def test_what_is_wrong(server, fields, words):
    answer = control.post(server, **fields)
    assert answer.status == 400
    assert answer.body.decode().startswith(words)


def test_not_from_another_page(server, receiver):
    die(server, receiver, 1)
    answer = control.post(server, {"Origin": "http://evil.example"},
                          do="delete", name="mail")
    assert answer.status == 403
    server.error_log.expect("CT01804")
    assert server.ask(control.PAGE + "?do=delete&name=mail").status == 200
    assert kept.count(server, "state = 2") == 2


def test_the_store_cannot_be_written(mpm, build, receiver):
    """A server of its own: children of prefork find out by themselves that the
    store is there again."""
    with running(make(mpm, build, receiver)) as server:
        die(server, receiver, 1)
        kept.take_away(server)
        try:
            server.error_log.expect("CT02311:")
            wait_until(lambda: is_refused(server), "a child that cannot write")
        finally:
            kept.bring_back(server)
        server.error_log.allow("CT02310:")
        assert kept.count(server, "state = 2 AND name = 'mail'") == 1


def is_refused(server):
    answer = control.post(server, do="delete", name="mail")
    assert answer.status == 503
    return b"CrosstownStore cannot be written" in answer.body


def test_a_paused_task_outlives_a_stop(mpm, build, receiver):
    """It stays in its file; the next server, in which nothing is paused any
    more, runs it. A restart keeps the name paused, until it is resumed."""
    with running(make(mpm, build, receiver)) as server:
        ask(server, "mail")
        receiver.wait()
        control.say(server, do="pause", name="mail")
        ask(server, "mail")
        server.graceful()
        server.error_log.expect("CT01802: CrosstownControl: \"mail\" is still")
        assert kept.count(server) == 1 and not receiver.hooks
        control.say(server, do="resume", name="mail")
        receiver.wait()
        kept.wait_for_count(server, 0)
        control.say(server, do="pause", name="mail")
        ask(server, "mail")
        # No loss; but a busy machine may be slow to say so of the last one.
        server.error_log.allow("CT01401: .* 1 waiting")
        server.stop()
        assert kept.count(server) == 1 and not receiver.hooks
        server.start()
        receiver.wait()
        kept.wait_for_count(server, 0)
