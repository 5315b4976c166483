# SPDX-License-Identifier: Apache-2.0
"""CrosstownControl: names are paused, and numbers changed, in all children."""

import signal

import pytest

import control
import metrics
import prometheus
import status
from client import new_tag, play

# Several children, and no thread but one in each.
CONFIG = control.CONFIG + "CrosstownThreads 1 1\nCrosstownDrain 120\n"
OPTIONS = {"workers": 2, "children": 4}


def names(server):
    return {row["name"]: row for row in metrics.read(server)["control"]
            ["names"]}


def known(server, *called):
    """The names are known once a task of each was recorded."""
    for name in called:
        answer = server.ask("/probe", "name=%s&defer=1" % name)
        server.ledger.outcomes(answer.tag, 1)


def test_a_paused_name_waits(server):
    """In every child; tasks of other names pass it by, also those behind it
    in the same request; and go on when it is resumed."""
    known(server, "mail")
    assert control.say(server, do="pause", name="mail") == '"mail" is paused'
    server.error_log.expect(r"CT01803: CrosstownControl: \"mail\" is paused, "
                            "by order of a client without a user name")
    asked = [server.ask("/probe", play("name=mail", "defer=1", "name=other",
                                       "defer=1")) for _ in range(20)]
    for answer in asked:
        assert server.ledger.outcomes(answer.tag, 1) == {"RAN": 1}
    now = metrics.wait_for(server, lambda now: now["total"]["waiting"] == 20
                           and now["total"]["running"] == 0, "to wait")
    assert metrics.by_name(now)["mail"]["waiting"] == 20
    assert now["control"]["threads"] is None
    assert now["control"]["names"] == [{"name": "mail", "paused": True,
                                        "concurrency": None}]
    assert prometheus.read(server).values[
        "crosstown_name_paused", ("mail",)] == 1
    row = {row["name"]: row for row in
           status.read(server).rows("control")}["mail"]
    assert row["state"] == "paused"
    assert control.say(server, do="resume", name="mail") == (
        '"mail" is resumed')
    for answer in asked:
        assert server.ledger.outcomes(answer.tag, 2) == {"RAN": 2}
    assert names(server) == {}


def test_a_stop_does_not_wait(make_server):
    """For a minute or two of CrosstownDrain; a graceful restart neither, and
    the name is paused in the next generation."""
    server = make_server(CONFIG, room=1)
    server.error_log.allow(r"\[crosstown:warn\].*CT01401")
    known(server, "mail")
    control.say(server, do="pause", name="mail")
    first = server.ask("/probe", "name=mail&keep=copy&defer=1")
    metrics.wait_for(server, lambda now: now["total"]["waiting"] == 1
                     and now["total"]["running"] == 0, "to wait")
    server.graceful()
    assert server.ledger.outcomes(first.tag, 1) == {"STOPPED": 1}
    server.error_log.expect(r"CT01802: CrosstownControl: \"mail\" is still "
                            "paused")
    second = server.ask("/probe", "name=mail&keep=copy&defer=1")
    metrics.wait_for(server, lambda now: now["total"]["waiting"] == 1,
                     "to wait")
    server.stop(signal.SIGTERM)
    assert server.ledger.outcomes(second.tag, 1) == {"STOPPED": 1}


def test_other_numbers(server):
    """Of a name that has no CrosstownLimit. A new child knows them, too."""
    known(server, "mail")
    assert control.say(server, do="concurrency", name="mail", value="3") == (
        '"mail": 3 may run at once until the next restart')
    assert names(server)["mail"]["concurrency"] == 3
    assert prometheus.read(server).values[
        "crosstown_name_concurrency_said", ("mail",)] == 3
    control.say(server, do="concurrency", name="mail", value="0")
    assert names(server) == {}


def test_who_may(server):
    """Only who is no page of another server."""
    known(server, "mail")
    for headers, status_code in (
            ({"Origin": "http://evil.example"}, 403),
            ({"Origin": "null"}, 403),
            ({"Sec-Fetch-Site": "cross-site"}, 403),
            ({"Sec-Fetch-Site": "none"}, 403),
            ({"Origin": "http://evil.example", "Host": "evil.example"}, 403),
            ({"Origin": "http://localhost:81", "Host": "localhost"}, 403),
            ({"Origin": "http://localhost", "Host": "localhost",
              "Sec-Fetch-Site": "same-site"}, 403),
            ({"Origin": "http://localhost", "Host": "localhost",
              "Sec-Fetch-Site": "same-origin"}, 200),
            ({"Origin": "http://[::1]:80", "Host": "[::1]:80"}, 200),
            ({"Origin": "http://127.0.0.1", "Host": "127.0.0.1"}, 200)):
        answer = control.post(server, headers, do="resume", name="mail")
        assert answer.status == status_code, (headers, answer.body)
    server.error_log.expect("CT01804: CrosstownControl: refused: ", 7)
    page = server.ask(control.PAGE)
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
    answer = control.post(server, do="resume", name="mail", back="page")
    assert (answer.status, answer.headers["Location"]) == (303, control.PAGE)


@pytest.mark.parametrize("fields, words", [
    ({}, "do: "), ({"do": "stop"}, "do: "), ({"do": "pause"}, 'name: ""'),
    ({"do": "pause", "name": "mial"}, 'name: "mial"'),
    ({"do": "concurrency", "name": "mail"}, "value: "),
    ({"do": "concurrency", "name": "mail", "value": "-1"}, "value: "),
    ({"do": "concurrency", "name": "mail", "value": "5000"}, "value: ")])
def test_what_is_wrong(server, fields, words):
    known(server, "mail")
    answer = control.post(server, **fields)
    assert answer.status == 400
    assert answer.body.decode().startswith(words)


def test_off_by_default(make_server):
    """A POST is refused as it always was; and a page that shows it is On must
    be a section's."""
    server = make_server(metrics.CONFIG)
    known(server, "mail")
    answer = control.post(server, do="pause", name="mail")
    assert answer.status == 405
    assert "POST" not in answer.headers["Allow"]
    assert metrics.read(server)["control"] is None
    server.config = "CrosstownControl On\n"
    code, said = server.configtest()
    assert code != 0 and "write it in the <Location>" in said


def test_threads(make_server, mpm):
    """More, then fewer again: those above leave when their tasks are over."""
    server = make_server(control.CONFIG + "CrosstownThreads 1 2\n",
                         workers=1 if mpm == "prefork" else 8)
    gate = new_tag()
    with server.visit() as visitor:
        held = visitor.ask("/probe", "gate=%s&defer=8" % gate)
        server.ledger.wait(2, event="start", tag=held.tag)
        assert control.post(visitor, do="threads", value="9").status == 400
        control.say(visitor, do="threads", value="8")
        server.ledger.wait(8, event="start", tag=held.tag)
        now = metrics.read(visitor)
        assert (now["control"]["threads"], now["threads"]["now"]) == (8, 8)
        control.say(visitor, do="threads", value="1")
        last = visitor.ask("/probe", "defer=4")
        server.open_gate(gate)
        assert server.ledger.outcomes(held.tag, 8) == {"RAN": 8}
        assert server.ledger.outcomes(last.tag, 4) == {"RAN": 4}
        metrics.wait_for(visitor, lambda now: now["threads"]["now"] == 1,
                         "threads to leave")


def test_drain(server):
    """What is there runs; what comes is treated as where the queue is
    full."""
    server.error_log.allow(r"\[crosstown:warn\].*CT0130[45]")
    control.say(server, do="drain")
    assert metrics.read(server)["control"]["draining"]
    assert prometheus.read(server).values["crosstown_draining", ()] == 1
    answer = server.ask("/probe", "defer=1")
    assert server.ledger.outcomes(answer.tag, 1) == {"REJECTED": 1}
    server.error_log.expect("an administrator drains the queues")
    rows = status.read(server).rows("control-all")
    assert rows[0]["state"] == "refused: drained"
    control.say(server, do="accept")
    answer = server.ask("/probe", "defer=1")
    assert server.ledger.outcomes(answer.tag, 1) == {"RAN": 1}
