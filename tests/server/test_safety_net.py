# SPDX-License-Identifier: Apache-2.0
"""Another module ends the log_transaction hooks early: the tasks of that
request are not forgotten."""

import pytest

from client import play

CONFIG = ""


def ask(server, where, keep):
    return server.ask("/probe", play(
        "keep=" + keep, "text=net", "defer=3", "name=same", "same=1",
        "defer=1", "name=gone", "defer=1", "cancel=gone", "end_log=" + where))


@pytest.mark.parametrize("where", ["early", "last"])
@pytest.mark.parametrize("keep", ["raw", "copy", "carry"])
def test_ended_behind_the_first_look(server, where, keep):
    """mod_crosstown has seen that the request is over: all as usual. Not even
    one that hooks "really first" comes before it."""
    answer = ask(server, where, keep)
    assert server.ledger.outcomes(answer.tag, 5) == {
        "RAN": 4, "CANCELLED": 1}
    starts = server.ledger.lines(event="start", tag=answer.tag)
    assert {line.text for line in starts} == {"net"}
    assert all(line.sent >= line.recorded for line in starts)


@pytest.mark.parametrize("where", ["", "early", "last"])
@pytest.mark.parametrize("script", ["count=1", "defer=2"])
def test_collected_whoever_ends_it(server, where, script):
    """With tasks or without: the collect hooks are asked, once."""
    answer = server.ask("/probe", play(script, "status=404",
                                       "end_log=" + where))
    line, = server.ledger.wait(event="collect", tag=answer.tag)
    assert (line.status, line.is_root) == (404, 1)
    other = server.ask("/probe", "defer=1")
    server.ledger.outcomes(other.tag, 1)
    assert len(server.ledger.lines(event="collect", tag=answer.tag)) == 1


@pytest.mark.parametrize("where", ["", "early", "last"])
def test_what_collect_records_runs(server, where):
    answer = server.ask("/probe", play(
        "where=collect", "keep=carry", "defer=2", "name=mine", "same=1",
        "defer=1", "name=no", "no_go=200", "defer=1", "end_log=" + where))
    assert server.ledger.outcomes(answer.tag, 4) == {"RAN": 3, "NO_GO": 1}


def test_ended_by_a_script(make_server):
    """mod_lua's own way to do it."""
    server = make_server("LuaHookLog ${ROOT}/log.lua over\n", start=False,
                         modules=("lua",))
    (server.root / "log.lua").write_text(
        "function over(r) return apache2.DONE end\n")
    server.start()
    answer = server.ask("/probe", play("where=collect", "defer=2"))
    assert server.ledger.outcomes(answer.tag, 2) == {"RAN": 2}
    bare = server.ask("/probe", "")
    server.ledger.wait(event="collect", tag=bare.tag)


@pytest.mark.parametrize("keep", ["raw", "copy", "carry"])
def test_ended_before_anybody_looked(server, keep):
    """By one that is ordered before mod_crosstown by name. Nobody can say that
    the response went out: STOPPED, when the request goes."""
    answer = ask(server, "first", keep)
    assert answer.status == 200
    assert server.ledger.outcomes(answer.tag, 5) == {
        "STOPPED": 4, "CANCELLED": 1}
    overs = server.ledger.lines(event="over", tag=answer.tag)
    assert len(overs) == 5 and {line.text for line in overs} == {"net"}
    assert {line.sent for line in server.ledger.lines(
        event="done", tag=answer.tag)} == {0}
    assert not server.ledger.lines(event="start", tag=answer.tag)
    assert not server.ledger.lines(event="carry", tag=answer.tag)


def test_the_next_request_is_not_concerned(server):
    with server.visit() as visitor:
        for _ in range(10):
            lost = visitor.ask("/probe", "end_log=first&defer=2")
            net = visitor.ask("/probe", "end_log=last&status=404&defer=2")
            fine = visitor.ask("/probe", "defer=2")
            assert server.ledger.outcomes(fine.tag, 2) == {"RAN": 2}
            assert server.ledger.outcomes(net.tag, 2) == {"NO_GO": 2}
            assert server.ledger.outcomes(lost.tag, 2) == {"STOPPED": 2}
