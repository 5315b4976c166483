# SPDX-License-Identifier: Apache-2.0
"""A task that fails is logged once and harms nobody."""

import errno

from client import play

CONFIG = """
CrosstownThreads 1 2
LogFormat "%L %q" ids
CustomLog "${ROOT}/access_log" ids
"""


def test_one_line_in_the_error_log(server):
    """With task, status, method and URI; the tasks behind it run."""
    answer = server.ask("/probe/failing", play(
        "defer=1", "name=broken", "fail=%d" % errno.ENOENT, "defer=1",
        "fail=0", "name=fine", "defer=3"))
    line, = server.error_log.expect(r"\[crosstown:error\].*broken")
    for word in ("200", "GET", "/probe/failing", "No such file"):
        assert word in line
    assert server.ledger.outcomes(answer.tag, 5) == {"RAN": 5}
    for event in ("over", "done"):
        results = [(row.task, row.result) for row in server.ledger.lines(
            event=event, tag=answer.tag)]
        assert sorted(results) == [
            ("broken", str(errno.ENOENT)), ("fine", "SUCCESS"),
            ("fine", "SUCCESS"), ("fine", "SUCCESS"), ("probe", "SUCCESS")]


def test_the_line_has_the_requests_log_id(server):
    """The request has one as soon as it was in the error log itself."""
    answer = server.ask("/probe", play(
        "no_go=sixxx", "name=odd", "defer=1", "no_go=none", "name=broken",
        "fail=%d" % errno.EIO, "defer=1"))
    server.error_log.expect(r"\[crosstown:error\].*sixxx")
    line, = server.error_log.expect(r"\[crosstown:error\].*broken")
    start, = server.ledger.wait(event="start", tag=answer.tag)
    logged, = [row for row in server.access_log() if answer.tag in row]
    assert start.log_id == logged.split()[0]
    assert start.log_id in line


def test_on_the_requests_thread(server):
    answer = server.ask("/probe", play("same=1", "name=broken", "fail=2",
                                       "defer=2", "fail=0", "defer=1"))
    server.error_log.expect(r"\[crosstown:error\].*broken", 2)
    assert server.ledger.outcomes(answer.tag, 3) == {"RAN": 3}


def test_a_submitted_one(server):
    answer = server.ask("/probe", play("name=alone", "fail=2", "submit=1"))
    server.error_log.expect(r"\[crosstown:error\].*alone")
    over, = server.ledger.wait(event="over", tag=answer.tag)
    assert (over.outcome, over.result) == ("RAN", "2")
