# SPDX-License-Identifier: Apache-2.0
"""What a line of the access log says of a request's tasks: the items of
%{...}^CT, and the notes with the same numbers."""

import pytest

from client import new_tag, play
from ledger import wait_until

ANY_MPM = True

WORDS = ("recorded", "admitted", "refused", "cancelled", "reason")

CONFIG = """
LogFormat "%%<q|%s|%s" told
CustomLog "${ROOT}/access_log" told
SendBufferSize 65536
<Location "/probe/off">
    Crosstown Off
</Location>
<Location "/probe/skip">
    CrosstownOnAbort skip
</Location>
<Location "/probe/local">
    ErrorDocument 404 /probe/error
</Location>
""" % (" ".join("%%{%s}^CT" % word for word in WORDS),
       " ".join("%%{crosstown-%s}n" % word for word in WORDS))


def told(server, tag):
    """(what the items say, what the notes say)"""
    line, = wait_until(
        lambda: [line for line in server.access_log() if tag in line],
        "the access log's line of " + tag)
    return tuple(part.split() for part in line.split("|")[1:])


def as_notes(items):
    """There is no note of nothing refused and nothing cancelled."""
    return items[:2] + ["-" if item == "0" else item for item in items[2:]]


CASES = [
    ("/probe", "size=10", "- - - - -"),
    ("/probe", "defer=3", "3 3 0 0 -"),
    ("/probe", "defer=12", "12 12 0 0 -"),
    ("/probe", "status=404&defer=2", "2 0 2 0 status"),
    ("/probe/off", "defer=1", "1 0 1 0 off"),
    ("/probe/off", "no_go=404&status=404&defer=1", "1 0 1 0 off"),
    ("/probe", "name=a&defer=2&cancel=a&name=b&defer=1", "3 1 0 2 -"),
    ("/probe", "defer=2&cancel_all=1", "2 0 0 2 -"),
    ("/probe", "no_go=none&defer=1&no_go=200&defer=1", "2 1 1 0 status"),
    ("/probe/local", "status=404&defer=1", "1 0 1 0 status"),
    ("/probe", play("defer=1", "redirect=/probe/off?defer=1&status=404"),
     "2 0 2 0 off,status"),
    ("/probe", "wrong=no_function", "- - - - -"),
    # What comes later is not told, and changes nothing of what was.
    ("/probe", "where=collect&defer=2", "- - - - -"),
    ("/probe", "name=unwanted&defer=1", "1 1 0 0 -"),
]


@pytest.mark.parametrize("path,script,expected", CASES)
def test_numbers_and_reason(server, path, script, expected):
    server.error_log.allow(r"crosstown_defer: no function")
    answer = server.ask(path, script)
    items, notes = told(server, answer.tag)
    assert items == expected.split()
    assert notes == as_notes(items)


def test_nothing_is_decided_by_being_asked(server):
    """Logged or not, tasks end as they would."""
    answer = server.ask("/probe", "no_go=none&defer=2&no_go=200&defer=1")
    assert server.ledger.outcomes(answer.tag, 3) == {"RAN": 2, "NO_GO": 1}


def test_a_client_that_has_gone(server):
    tag = new_tag()
    with server.raw(receive_buffer=65536) as client:
        client.get("/probe/skip?size=10485760&tag=%s&defer=2" % tag)
        client.read_head()
        client.reset()
    items, notes = told(server, tag)
    assert items == ["2", "0", "2", "0", "aborted"]
    assert notes == as_notes(items)
    assert server.ledger.outcomes(tag, 2) == {"NO_GO": 2}


def test_the_requests_duration_is_not_that_of_its_tasks(make_server):
    """%D and the like end with the response."""
    server = make_server('LogFormat "%<q %D" times\n'
                         'CustomLog "${ROOT}/access_log" times\n')
    answer = server.ask("/probe", "sleep_ms=2000&defer=1")
    server.ledger.wait(event="start", tag=answer.tag)
    line, = wait_until(server.access_log, "the access log's line")
    assert int(line.split()[-1]) < 1900000
    assert not server.ledger.lines(event="end", tag=answer.tag)
