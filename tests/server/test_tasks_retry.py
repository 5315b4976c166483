# SPDX-License-Identifier: Apache-2.0
"""retries=, backoff=, max-delay=, delay= and expires= with receivers and
programs that fail: what is tried again and when, and what is not."""

import email.utils
import re
import signal
import time
import urllib.parse

import pytest

import metrics
import named
from ledger import wait_until
from server import Server, running

# Notes each attempt, then fails as the field `do` says, until the attempt of
# the field `until`.
PROGRAM = r"""#!/usr/bin/python3
import os, signal, sys
env = os.environ
with open(sys.argv[1], "a") as file:
    file.write("%s %s\n" % (env["CROSSTOWN_ATTEMPT"], env["CROSSTOWN_ID"]))
if env["CROSSTOWN_ATTEMPT"] != env["CROSSTOWN_FIELD_UNTIL"]:
    do = env["CROSSTOWN_FIELD_DO"]
    if do == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    sys.exit(int(do))
"""

# Each attempt that fails has a line, or a line says later how many have none.
ATTEMPTS = r"CT01309|CT01310"

NAMES = ("again few asks slow gone missing away once hasty early late "
         "outlived held program")


def config_for(mpm, build, receiver):
    return "\n".join([named.load(build), named.cgi_lines(mpm), """
LogLevel crosstown_tasks:debug
CrosstownThreads 1 8
CrosstownTask again %(url)s/again retries=9 backoff=fixed:20ms
CrosstownTask few %(url)s/503 retries=2 backoff=fixed:20ms
CrosstownTask asks %(url)s/asks retries=1 backoff=fixed:1d
CrosstownTask slow %(url)s/503 retries=9 backoff=fixed:1h
CrosstownTask gone %(url)s/410 retries=9 backoff=fixed:20ms
CrosstownTask missing %(url)s/404 retries=9 backoff=fixed:20ms
CrosstownTask away %(url)s/302 retries=9 backoff=fixed:20ms
CrosstownTask once %(url)s/503
CrosstownTask hasty %(url)s/hasty retries=1 backoff=fixed:1ms max-delay=20ms
CrosstownTask early %(url)s/204 delay=30d
CrosstownTask late %(url)s/204 delay=700ms expires=10min unique=id
CrosstownTask outlived %(url)s/503 retries=100 backoff=fixed:20ms expires=1
CrosstownTask held %(url)s/503 retries=1 backoff=fixed:1d unique=id
CrosstownTask probe_named module retries=2 backoff=fixed:20ms
CrosstownTask program "|%(root)s/cgi/program %(root)s/gates/noted" \\
    retries=3 backoff=fixed:20ms
<Location "/cgi">
    CrosstownAccept %(names)s
    CrosstownReport On
</Location>
""" % {"url": receiver.url("")[:-1] if receiver.url("").endswith("/")
       else receiver.url(""), "root": "${ROOT}", "names": NAMES},
        metrics.CONFIG])


def make(mpm, build, receiver, **more):
    server = Server(mpm, build, allowed=(ATTEMPTS,), **more)
    named.write_script(server, "app", named.SCRIPT)
    named.write_script(server, "program", PROGRAM)
    server.gates.chmod(0o777)
    server.config = config_for(mpm, build, receiver)
    return server


@pytest.fixture(scope="module")
def shared_server(mpm, build, shared_receiver):
    with running(make(mpm, build, shared_receiver)) as started:
        # What waits for days is told at the end.
        started.error_log.always.append(re.compile("CT01401"))
        yield started


def ask(server, field):
    answer = server.ask("/cgi/app?head=" + urllib.parse.quote(
        "Crosstown: " + field))
    assert answer.status == 200
    return answer.headers.get("Crosstown-Report")


def row(server, name):
    return metrics.by_name(metrics.read(server)).get(
        name, dict.fromkeys(("recorded", "ran", "failed", "retries"), 0))


def ended(server, name, before):
    """What came to a name's counters, when one more of it is over."""
    def now():
        after = row(server, name)
        return after["ran"] > before["ran"] and [after]
    after, = wait_until(now, "the end of " + name)
    return [after[key] - before[key] for key in
            ("recorded", "ran", "failed", "retries")]


def test_a_webhook_that_fails_twice(server, receiver):
    before = row(server, "again")
    receiver.planned["/again"] = [(503, {}), (500, {})]
    ask(server, "again;n=1")
    hooks = receiver.wait(3)
    assert [hook.headers["Crosstown-Attempt"] for hook in hooks] == [
        "1", "2", "3"]
    assert {hook.body for hook in hooks} == {"n=1"}
    assert len({hook.headers["webhook-id"] for hook in hooks}) == 1
    # One task, not three; tried again is not failed.
    assert ended(server, "again", before) == [1, 1, 0, 2]
    server.error_log.expect(
        r"CT01309: task \"again\" .*attempt 1 .*/again: answered 503")


@pytest.mark.parametrize("status", [408, 425, 429, 500, 501, 502, 503, 504])
def test_statuses_that_may_pass(server, receiver, status):
    receiver.planned["/again"] = [(status, {})]
    ask(server, "again")
    assert len(receiver.wait(2)) == 2


@pytest.mark.parametrize("name", ["gone", "missing", "away"])
def test_statuses_that_are_final(server, receiver, name):
    before = row(server, name)
    ask(server, name)
    line, = server.error_log.expect('CT01301: task "%s" failed after 200 .*: '
                                    r'answered \d+$' % name)
    assert ended(server, name, before) == [1, 1, 1, 0]
    assert len(receiver.hooks) == 1


def test_a_final_one_behind_others(server, receiver):
    receiver.planned["/again"] = [(503, {}), (400, {})]
    ask(server, "again")
    server.error_log.expect('CT01301: task "again" failed at attempt 2 .*: '
                            "after 2 attempts: .*: answered 400")
    assert len(receiver.hooks) == 2


def test_so_often_and_no_more(server, receiver):
    before = row(server, "few")
    ask(server, "few")
    server.error_log.expect('CT01301: task "few" failed at attempt 3 .*: '
                            "after 3 attempts: http:.*/503: answered 503")
    assert ended(server, "few", before) == [1, 1, 1, 2]
    assert len(receiver.hooks) == 3
    before = row(server, "once")
    ask(server, "once")
    server.error_log.expect('CT01301: task "once" failed after 200 .*'
                            "/503: answered 503$")
    assert ended(server, "once", before) == [1, 1, 1, 0]


def test_nobody_there_is_tried_again(make_server, mpm, build):
    receiver = named.Receiver()
    port = receiver.port
    receiver.close()
    server = make_server("\n".join([named.load(build), named.cgi_lines(mpm), """
CrosstownTask hook http://127.0.0.1:%d/ retries=100 backoff=fixed:20ms
<Location "/cgi">
    CrosstownAccept hook
</Location>
""" % port]), start=False, allowed=(ATTEMPTS,))
    named.write_script(server, "app", named.SCRIPT)
    server.start()
    ask(server, "hook;n=1")
    server.error_log.expect(r'CT01309: task "hook" .*attempt 1 .*onnect')
    receiver = named.Receiver(port=port)
    try:
        assert receiver.wait()[0].body == "n=1"
    finally:
        receiver.close()


def test_the_answer_says_when(server, receiver):
    """Its word counts for more than the schedule, which is a day here."""
    receiver.planned["/asks"] = [(503, {"Retry-After": "1"})]
    asked = time.time()
    ask(server, "asks;n=1")
    assert len(receiver.wait(2)) == 2
    assert time.time() >= asked + 0.9
    line, = server.error_log.expect('CT01309: task "asks" .*Retry-After')
    receiver.planned["/asks"] = [(429, {
        "Retry-After": email.utils.formatdate(time.time() + 2, usegmt=True)})]
    ask(server, "asks;n=2")
    assert len(receiver.wait(2)) == 2


def test_but_not_for_longer_than_max_delay(server, receiver):
    receiver.planned["/hasty"] = [(503, {"Retry-After": "86400"})]
    ask(server, "hasty")
    assert len(receiver.wait(2)) == 2
    # Nor does it make one attempt more than retries= has.
    receiver.planned["/hasty"] = [(503, {"Retry-After": "1"})] * 3
    ask(server, "hasty")
    server.error_log.expect('CT01301: task "hasty" .*: after 2 attempts: ')
    assert len(receiver.hooks) == 2


def attempts(server):
    path = server.gates / "noted"
    lines = path.read_text().splitlines() if path.exists() else []
    assert len({line.split()[1] for line in lines}) <= 1
    return [int(line.split()[0]) for line in lines]


@pytest.mark.parametrize("do", ["75", "kill"])
def test_a_program_that_asks_for_it(server, do):
    (server.gates / "noted").unlink(missing_ok=True)
    before = row(server, "program")
    ask(server, "program;until=3;do=%s" % do)
    assert ended(server, "program", before) == [1, 1, 0, 2]
    assert attempts(server) == [1, 2, 3]


def test_a_program_that_gives_up(server):
    (server.gates / "noted").unlink(missing_ok=True)
    before = row(server, "program")
    ask(server, "program;until=3;do=1")
    server.error_log.expect('CT01301: task "program" .*: exit code 1$')
    assert ended(server, "program", before) == [1, 1, 1, 0]
    assert attempts(server) == [1]
    ask(server, "program;until=9;do=75")
    server.error_log.expect('CT01301: task "program" .*: after 4 attempts: '
                            r".*exit code 75 \(not now\)")


def test_a_module_that_fails_late(server):
    """What crosstown_finish() says counts as what the function returns."""
    before = row(server, "probe_named")
    server.ask("/probe", "named=probe_named", tag="late")
    runs = server.ledger.wait(3, event="named_run", tag="late")
    assert [run.count for run in runs] == [1, 2, 3]
    assert len({run.id for run in runs}) == 1
    server.error_log.expect('CT01309: task "probe_named" .*: no answer')
    assert ended(server, "probe_named", before) == [1, 1, 0, 2]


def test_not_when_it_has_expired(server, receiver):
    """Where the next attempt would come too late; or where it does, because
    there was no processor for it in time: that one is not made."""
    before = row(server, "outlived")
    asked = time.time()
    ask(server, "outlived")
    line, = server.error_log.expect(
        r'CT01301: task "outlived" .*: expired \(expires=\)')
    recorded, ran, failed, retries = ended(server, "outlived", before)
    assert (recorded, ran, failed) == (1, 1, 1)
    made = re.search(r"after (\d+) attempts?(: .*answered 503)?$", line)
    count = int(made[1]) if made else 0
    assert count == len(receiver.hooks)
    assert retries == (count - 1 if made and made[2] else count)
    assert count > 1 or time.time() > asked + 1


def test_a_delay(server, receiver):
    before = time.time()
    scheduled = metrics.read(server)["scheduled"]
    assert ask(server, "late;id=7;n=1") == "late=recorded"
    metrics.wait_for(server, lambda now: receiver.hooks
                     or now["scheduled"] > scheduled, "it to wait")
    # Held while it waits: what comes meanwhile is that one's business.
    second = ask(server, "late;id=7;n=2")
    assert second in ("late=duplicate", "late=recorded")
    hooks = receiver.wait(1 if second == "late=duplicate" else 2)
    assert hooks[0].body == "id=7&n=1"
    assert time.time() >= before + 0.6


@pytest.mark.parametrize("delay", ["0", "1ms", '"0"', '"20ms"'])
def test_the_header_says_another_one(server, receiver, delay):
    if delay == "1ms":
        delay = '"1ms"'
    assert ask(server, "early;ct-delay=%s" % delay) == "early=recorded"
    assert len(receiver.wait()) == 1


@pytest.mark.parametrize("delay", ["soon", "1.5", "-1", '"31d"', '"2x"'])
def test_delays_that_do_not_parse(server, receiver, delay):
    said = ask(server, "early;ct-delay=0, late;ct-delay=%s" % delay)
    assert said.startswith('crosstown="ct-delay of \\"late\\": write a time')
    server.error_log.expect('CT02101: .*ct-delay of "late"')
    assert not receiver.hooks


def test_a_delay_beyond_its_end(server):
    said = ask(server, "late;ct-delay=600")
    assert said == 'late="it would expire before its delay is over"'
    server.error_log.expect('CT02102: task "late" .*would expire')


def test_its_key_is_held_between_attempts(server, receiver):
    before = row(server, "held")["retries"]
    assert ask(server, "held;id=1;n=1") == "held=recorded"
    wait_until(lambda: row(server, "held")["retries"] == before + 1,
               "it to have failed")
    assert ask(server, "held;id=1;n=2") == "held=duplicate"
    assert ask(server, "held;id=2;n=3") == "held=recorded"
    assert [hook.body for hook in receiver.wait(2)] == [
        "id=1&n=1", "id=2&n=3"]


@pytest.mark.parametrize("how", [signal.SIGUSR1, signal.SIGTERM,
                                 signal.SIGWINCH],
                         ids=["restart", "stop", "graceful-stop"])
def test_at_a_restart_and_a_stop_all_are_told(mpm, build, receiver, how):
    """Those that wait end as STOPPED, the rest as ever: none is forgotten."""
    server = make(mpm, build, receiver, children=2)
    server.error_log.always.append(re.compile("CT01401|CT01301"))
    with running(server):
        for number in range(4):
            ask(server, "slow, again, held;id=%d, early, few" % number)
        wait_until(lambda: len([hook for hook in receiver.hooks
                                if hook.path == "/503"]) >= 20, "attempts")
        if how == signal.SIGUSR1:
            server.graceful()
            now = metrics.settled(server)["total"]
            assert now["recorded"] == 20
            assert now["stopped"] >= 12
            assert now["recorded"] == now["ran"] + now["stopped"]
            # A new one of the same key may come.
            receiver.reset()
            assert ask(server, "held;id=0;n=2") == "held=recorded"
            assert receiver.wait()[0].body == "id=0&n=2"
        else:
            server.stop(how)
