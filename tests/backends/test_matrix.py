# SPDX-License-Identifier: Apache-2.0
"""The table of cases, put to every back end by both protocols. In each of them
the client sees nothing of the header, and what was asked for is done once,
with exactly its payload."""

import collections
import http.client

import pytest

from client import TIMEOUT
from h2_client import H2Visitor
from ledger import wait_until
from matrix_cases import CASES

Answer = collections.namedtuple("Answer", "status headers body")


def ask_http1(port, case):
    connection = http.client.HTTPConnection("127.0.0.1", port,
                                            timeout=TIMEOUT)
    connection.request(case.method, case.path(), case.body,
                       dict(case.headers))
    response = connection.getresponse()
    answer = Answer(response.status, {
        name.lower(): value for name, value in response.getheaders()},
        response.read())
    connection.close()
    return answer


def ask_http2(port, case):
    with H2Visitor(port) as visitor:
        length = [("content-length", str(len(case.body)))
                  ] if case.body else []
        number = visitor.send(case.path(), method=case.method, headers=[
            *case.headers, *length], end=not case.body)
        if case.body:
            visitor.send_body(number, case.body)
        stream = visitor.streams[number]
        visitor.pump_until(lambda: stream.ended)
        return Answer(stream.status, {**stream.headers, **stream.trailers},
                      stream.body)


def kept(mounted, count):
    """What the program was given so many times since the last look."""
    path = mounted.server.root / "streams" / "kept"

    def found():
        text = path.read_text() if path.exists() else ""
        new = text[mounted.kept:]
        return new if new.count("\n") == 2 * count else None
    new = wait_until(found, "the program to be run")
    mounted.kept += len(new)
    lines = new.splitlines()
    return ["\n".join(lines[at:at + 2]) for at in range(0, len(lines), 2)]


@pytest.mark.parametrize("protocol", [
    pytest.param(ask_http1, id="http1"), pytest.param(ask_http2, id="http2")])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_case(mounted, server, receiver, case, protocol):
    case = case.of(mounted.back_end)
    if not case:
        pytest.skip("not with %s" % mounted.back_end.name)
    mounted.asked += 1
    mounted.pace(len(case.log))
    answer = protocol(server.port, case)
    statuses = (case.status if isinstance(case.status, tuple)
                else (case.status,))
    assert answer.status in statuses, answer
    assert "crosstown" not in answer.headers
    assert answer.headers.get("crosstown-report") == case.report
    for text in case.says:
        assert text in answer.body
    for line in case.log:
        server.error_log.expect(line)
    mounted.ran += len(case.tasks)
    if case.place == "program":
        assert kept(mounted, len(case.tasks)) == list(case.tasks)
    elif case.tasks:
        assert sorted(hook.body for hook in receiver.wait(len(case.tasks))
                      ) == sorted(case.tasks)
