# SPDX-License-Identifier: Apache-2.0
"""keep=disk: what was answered with a status that lets a task run is on the
disk before the answer, runs, and then is gone; whatever is killed."""

import urllib.parse

import pytest

import crashes
import kept
import metrics
import named

OPTIONS = {"allowed": kept.ALLOWED}


def config_for(mpm, build, receiver, more=""):
    return "\n".join([kept.load(build), named.cgi_lines(mpm), """
LoadModule letter_module "%s/mod_letter.so"
CrosstownStore "${ROOT}/store/tasks.db" wait=20
CrosstownTask letter module keep=disk
CrosstownTask hook %s keep=disk
CrosstownTask hold %s keep=disk timeout=600
CrosstownTask bad %s keep=disk retries=0
CrosstownTask stubborn %s keep=disk retries=2 backoff=fixed:100ms
CrosstownTask later %s keep=disk delay=2
CrosstownTask single %s keep=disk unique=to timeout=600
%s
<Location "/letter">
    SetHandler letter
</Location>
<Location "/cgi">
    CrosstownAccept hook hold bad stubborn later single
    CrosstownReport On
</Location>
%s
""" % (build, receiver.url("/hook"), receiver.url("/hold"),
       receiver.url("/500"), receiver.url("/503"), receiver.url("/later"),
       receiver.url("/hold/single"),
       "" if "probe_named" in more else
       "CrosstownTask probe_named module keep=disk", metrics.CONFIG), more])


@pytest.fixture
def make_kept(make_server, mpm, build, receiver):
    def make(more="", **options):
        server = make_server(config_for(mpm, build, receiver, more),
                             start=False, **{**OPTIONS, **options})
        kept.make_directory(server)
        named.write_script(server, "app", named.SCRIPT)
        return server.start()
    return make


def ask(server, *lines, **more):
    return server.ask("/cgi/app?head=" + urllib.parse.quote(
        "|".join(lines)), **more)


def numbers(server, name):
    """What the status page says of it, once nothing is open."""
    row = metrics.by_name(metrics.settled(server))[name]
    return {key: row[key] for key in (
        "recorded", "ran", "failed", "retries", "stopped", "kept")}


def test_a_module_asks_and_a_module_does_it(make_kept):
    server = make_kept()
    assert server.ask("/letter", "to=anna").status == 200
    server.error_log.expect(r"letter [0-9a-f]{32} to .*to=anna")
    kept.wait_for_count(server, 0)


def test_a_script_asks_by_header(make_kept, receiver):
    server = make_kept()
    answer = ask(server, "Status: 202", "Crosstown: hook;to=42, hook;to=43")
    assert answer.status == 202
    hooks = receiver.wait(2)
    assert sorted(hook.body for hook in hooks) == ["to=42", "to=43"]
    assert len({hook.headers["webhook-id"] for hook in hooks}) == 2
    kept.wait_for_count(server, 0)


def test_it_is_there_before_the_answer(make_kept, receiver):
    server = make_kept()
    assert ask(server, "Status: 202", "Crosstown: hold;to=42").status == 202
    (state, name, status, uri, method, body), = kept.query(
        server, "SELECT state, name, status, uri, method,"
                " CAST(payload AS TEXT) FROM task")
    assert (state, name, status, uri, method, body) == (
        1, "hold", 202, "/cgi/app", "GET", "to=42")
    receiver.gate.set()
    kept.wait_for_count(server, 0)


def test_what_the_status_refuses_is_never_written(make_kept, receiver):
    server = make_kept()
    for status in (404, 500):
        answer = ask(server, "Status: %d" % status, "Crosstown: hook;to=42")
        assert answer.status == status
        assert answer.headers["Crosstown-Report"] == (
            'hook="refused by the status %d"' % status)
    assert ask(server, "Status: 202", "Crosstown: hook;to=43").status == 202
    assert [hook.body for hook in receiver.wait()] == ["to=43"]
    kept.wait_for_count(server, 0)


def test_what_fails_is_dead(make_kept, receiver):
    server = make_kept()
    ask(server, "Status: 202", "Crosstown: bad;to=42")
    receiver.wait()
    kept.wait_for_count(server, 1, "state = 2 AND attempt = 1")
    (state, error), = kept.query(server, "SELECT state, error FROM tasks")
    assert state == "dead" and "500" in error
    server.error_log.expect("task \"bad\".*500")


def test_tried_again_from_the_disk(make_kept, receiver):
    server = make_kept()
    ask(server, "Status: 202", "Crosstown: stubborn;to=42")
    hooks = receiver.wait(3)
    assert len({hook.headers["webhook-id"] for hook in hooks}) == 1
    kept.wait_for_count(server, 1, "state = 2 AND attempt = 3")
    (error,), = kept.query(server, "SELECT error FROM tasks")
    assert "after 3 attempts" in error
    server.error_log.expect(r"CT01309: task \"stubborn\" .* failed at attempt "
                            r"[12] and is tried again in 0\..*503")
    server.error_log.expect(r"CT01302:.*failed at attempt 3: .*503")
    server.error_log.allow(r"CT01309:|CT01310:")     # one a second
    # One task has one end.
    assert numbers(server, "stubborn") == {
        "recorded": 3, "ran": 1, "failed": 1, "retries": 2, "stopped": 0,
        "kept": 2}


def test_delayed(make_kept, receiver):
    server = make_kept(room=1)
    assert ask(server, "Status: 404", "Crosstown: later;to=no").status == 404
    ask(server, "Status: 202", "Crosstown: later;to=42")
    assert kept.count(server, "state = 0 AND owner IS NULL") == 1
    server.graceful()
    hook, = receiver.wait()
    assert hook.body == "to=42"
    kept.wait_for_count(server, 0)


# Names that begin alike, on one port.
HOSTS = """
Listen 127.0.0.1:${PORT2}
<VirtualHost *:${PORT2}>
    ServerName shop.example
    CrosstownTask later %s keep=disk delay=1
</VirtualHost>
<VirtualHost *:${PORT2}>
    ServerName shop.example.org
    CrosstownTask later %s keep=disk delay=1
</VirtualHost>
"""


def test_a_virtual_host_does_its_own(make_kept, receiver):
    server = make_kept(HOSTS % (receiver.url("/one"), receiver.url("/other")),
                       room=1)
    for name in ("shop.example.org", "shop.example"):
        ask(server, "Status: 202", "Crosstown: later;to=" + name,
            port=server.ports[1], headers={"Host": name})
    server.graceful()
    assert {(hook.path, hook.body) for hook in receiver.wait(2)} == {
        ("/one", "to=shop.example"), ("/other", "to=shop.example.org")}
    kept.wait_for_count(server, 0)


def test_one_of_a_key(make_kept, receiver):
    server = make_kept()
    for number in (1, 2, 1, 1):
        ask(server, "Status: 202", "Crosstown: single;to=%d" % number)
    assert kept.count(server) == 2
    receiver.gate.set()
    kept.wait_for_count(server, 0)
    assert sorted(hook.body for hook in receiver.hooks) == ["to=1", "to=2"]
    ask(server, "Status: 202", "Crosstown: single;to=1")
    kept.wait_for_count(server, 0)
    assert len(receiver.hooks) == 3


def test_no_thread_is_deaf_to_a_fault_of_its_own(make_kept):
    server = make_kept()
    assert server.ask("/letter", "to=anna").status == 200
    kept.wait_for_count(server, 0)
    crashes.wait_until_all_hear(server)


def test_a_graceful_restart_hands_over(make_kept, receiver):
    server = make_kept("CrosstownThreads 1 1\n", room=1)
    for number in range(4):
        ask(server, "Status: 202", "Crosstown: hold;to=%d" % number)
    server.graceful()
    receiver.gate.set()
    kept.wait_for_count(server, 0)
    count = numbers(server, "hold")
    assert count["ran"] == 4 and count["stopped"] == 0
    assert count["recorded"] == 4 + count["kept"]
    assert {hook.body for hook in receiver.hooks} == {
        "to=%d" % number for number in range(4)}


@pytest.mark.parametrize("tag, words", [("again", "not yet"),
                                        ("late", "no answer")])
def test_tried_again_with_the_same_id(make_kept, tag, words):
    """Whether its function says so or, of one that is held, another thread."""
    server = make_kept("CrosstownTask probe_named module keep=disk "
                       "backoff=fixed:20ms\n")
    server.ask("/probe", "named=probe_named", tag=tag)
    runs = server.ledger.wait(3, event="named_run", tag=tag)
    assert [run.count for run in runs] == [1, 2, 3]
    assert len({run.id for run in runs}) == 1
    assert {run.uri for run in runs} == {"/probe"}
    kept.wait_for_count(server, 0)
    done, = server.ledger.wait(event="done", task="probe_named")
    assert (done.outcome, done.result) == ("RAN", "SUCCESS")
    assert numbers(server, "probe_named") == {
        "recorded": 3, "ran": 1, "failed": 0, "retries": 2, "stopped": 0,
        "kept": 2}
    # One a second has a line, be it that of the second: the first says so
    # once the disk has it again.
    server.error_log.expect("probe_named.*at attempt [12] .*" + words)
    server.error_log.allow(r"CT01309:|CT01310:")


def ask_somehow(server, path):
    """Its child may die meanwhile."""
    try:
        return server.ask(path).status == 200
    except OSError:
        return False


def test_poison_ends_and_takes_nobody_along(make_kept):
    server = make_kept()
    server.error_log.allow(r"CT01504:|AH0005[12]:|CT02318:")
    ask_somehow(server, "/probe?tag=crash&named=probe_named")
    for number in range(20):
        while not ask_somehow(
                server, "/probe?tag=good%d&named=probe_named" % number):
            pass
    kept.wait_for_count(server, 1, "state = 2")
    (error, body), = kept.query(
        server, "SELECT error, CAST(payload AS TEXT) FROM task"
                " WHERE state = 2")
    assert (error, body) == ("crashed its child 3 times", "crash")
    server.error_log.expect("CT02319:")
    assert len(server.ledger.lines(event="named_run", tag="crash")) == 4
    for number in range(20):
        server.ledger.wait(event="named_run", tag="good%d" % number)
    kept.wait_for_count(server, 1)


def test_a_name_that_is_gone_waits(make_kept, receiver):
    server = make_kept()
    ask(server, "Status: 202", "Crosstown: hold;to=42")
    kept.kill_all(server)
    config = server.config
    server.config = config.replace("CrosstownTask hold", "CrosstownTask other")
    server.error_log.allow(r"CT02002:|CT02318:")
    server.start()
    server.error_log.expect("CT01309: task \"hold\".*waits on disk")
    kept.wait_for_count(server, 1, "state = 0 AND attempt = 0")
    server.stop()
    receiver.reset()
    receiver.gate.set()
    server.config = config
    server.start()
    kept.query(server, "UPDATE task SET not_before = 0")
    assert receiver.wait()[0].body == "to=42"
    kept.wait_for_count(server, 0)
