# SPDX-License-Identifier: Apache-2.0
"""`LogLevel crosstown:debug` follows tasks from their record to their end,
trace1 shows their start as well; every line has the request's log id."""

import re

import pytest

from client import new_tag, play
from ledger import wait_until

ANY_MPM = True

CONFIG = """
LogLevel crosstown:%s
CrosstownThreads 1 1
<Location "/probe/quiet">
    LogLevel crosstown:info
</Location>
<Location "/probe/limits">
    CrosstownNoGo 410
</Location>
<Location "/probe/off">
    Crosstown Off
</Location>
"""

TRACE = re.compile(r"\[crosstown:(debug|trace1)\].* (CT0190\d): (.*)")


def traced(server, last):
    """What is said, once that has been: [(level, id, words)]"""
    def lines():
        found = [TRACE.search(line) for line in server.error_log.lines()]
        return [match.groups() for match in found if match]

    wait_until(lambda: any(last in words for _, _, words in lines()),
               lambda: "%r; there is %r" % (last, lines()))
    return lines()


def log_id(words):
    return re.search(r"\(log id (\S+)\)$", words).group(1)


def story(server, ident, last):
    """What one grep shows, without numbers and levels."""
    lines = traced(server, last)
    return [words.split(" (log")[0] for _, _, words in lines
            if log_id(words) == ident]


def id_of(server, text):
    """The log id of the one request that has such a line."""
    ident, = {log_id(words) for _, _, words in traced(server, text)
              if text in words}
    assert ident != "-"
    return ident


def test_debug(make_server):
    server = make_server(CONFIG % "debug")
    answer = server.ask("/probe", play(
        "name=runs", "no_go=none", "defer=1", "name=refused", "no_go=200",
        "defer=1", "no_go=none", "name=mine", "same=1", "defer=1"))
    server.ledger.outcomes(answer.tag, 3)
    ident = id_of(server, '"runs" ran')
    said = story(server, ident, '"mine" ran')
    assert said[:7] == [
        "GET /probe records tasks", 'task "runs" is recorded',
        'task "refused" is recorded', 'task "mine" is recorded',
        'task "refused" refused by CrosstownNoGo: status 200',
        'task "runs" is queued',
        'task "mine" is called on the request\'s thread']
    assert sorted(said[7:]) == ['task "mine" ran', 'task "runs" ran']
    assert {level for level, _, _ in traced(server, "ran")} == {"debug"}


@pytest.mark.parametrize("path,script,why", [
    ("/probe/off", "name=x&defer=1", "Crosstown Off"),
    ("/probe/limits", "name=x&defer=1&status=410",
     "CrosstownNoGo: status 410"),
    ("/probe", "name=unwanted&defer=1", "a crosstown_admit hook")])
def test_why_it_is_refused(make_server, path, script, why):
    server = make_server(CONFIG % "debug")
    server.ask(path, script)
    assert traced(server, " refused by " + why)


ENDS = [
    ("name=x&defer=1", "ran"),
    ("name=x&fail=20014&defer=1", "ran and failed"),
    ("name=x&defer=1&status=404", "refused by CrosstownNoGo: status 404"),
    ("name=x&defer=1&cancel=x", "cancelled"),
    ("name=x&gate=%(gate)s&defer=3",
     "rejected: the queue is full (CrosstownQueue 2)"),
    ("name=limited&gate=%(gate)s&defer=3",
     'rejected: CrosstownLimit "limited" queue=2 is reached'),
    ("name=x&defer=1&end_log=first", "stopped: its request was not logged"),
]


@pytest.mark.parametrize("script,end", ENDS)
def test_one_grep_by_log_id(make_server, script, end):
    """From record to end, whatever the end is."""
    server = make_server(CONFIG % "debug" + """
CrosstownQueue 2
CrosstownLimit limited queue=2
""")
    server.error_log.allow(r"CT0130[1-8]:")
    gate = new_tag()
    answer = server.ask("/probe", script % {"gate": gate})
    name = "limited" if "limited" in end else "x"
    ident = id_of(server, 'task "%s" %s' % (name, end))
    said = story(server, ident, end)
    assert said[0] == "GET /probe records tasks"
    assert 'task "%s" is recorded' % name in said
    assert 'task "%s" %s' % (name, end) in said
    server.open_gate(gate)
    records = [words for words in said if words.endswith("is recorded")]
    server.ledger.outcomes(answer.tag, len(records))
    server.error_log.allow(r"CT0130[1-8]:")


def test_stopped_with_its_child(make_server):
    """The fifth end, on the drain's thread."""
    server = make_server(CONFIG % "debug" + "CrosstownDrain 0\n")
    answer = server.ask("/probe", "name=stuck&gate=never&keep=copy&defer=3")
    server.ledger.wait(event="start", tag=answer.tag)
    ident = id_of(server, '"stuck" is recorded')
    server.error_log.allow(r"CT01401:")
    server.stop()
    said = story(server, ident, '"stuck" stopped')
    assert said.count('task "stuck" stopped with its child') == 3


def test_trace1(make_server):
    """Starts, too."""
    server = make_server(CONFIG % "trace1")
    answer = server.ask("/probe", play("name=one", "defer=1", "name=bad",
                                       "fail=2", "defer=1"))
    server.ledger.outcomes(answer.tag, 2)
    server.error_log.expect(r'CT01301: task "bad" failed')
    ident = id_of(server, '"bad" ran and failed')
    said = story(server, ident, '"bad" ran and failed')
    assert said[-4:] == ['task "one" starts', 'task "one" ran',
                         'task "bad" starts', 'task "bad" ran and failed']


def test_a_place_that_alone_asks(make_server):
    """Its host does not: what happens in the request is told all the same."""
    server = make_server("""
<Location "/probe/loud">
    LogLevel crosstown:debug
</Location>
""")
    server.ask("/probe", "name=quiet&defer=1&status=404")
    server.ask("/probe/loud", "name=loud&same=1&defer=1")
    traced(server, 'task "loud" ran')
    server.ask("/probe", "name=quiet&defer=1&status=404")
    server.ask("/probe/loud", "name=late&defer=1&status=404")
    lines = traced(server, 'task "late" refused')
    assert not any("quiet" in words for _, _, words in lines)


def test_a_place_that_does_not_ask(make_server):
    """The level is that of the request's place."""
    server = make_server(CONFIG % "debug")
    server.ask("/probe/quiet", "name=quiet&defer=1&status=404")
    server.ask("/probe", "name=loud&defer=1&status=404")
    lines = traced(server, 'task "loud" refused')
    assert not any("quiet" in words for _, _, words in lines)


def test_nobody_asks(make_server):
    """At the level that is usual there is not one line for a task."""
    server = make_server()
    answer = server.ask("/probe", "defer=1&no_go=200&defer=1")
    server.ledger.outcomes(answer.tag, 2)
    assert not server.error_log.find(r"CT01[1-9]\d\d:")
