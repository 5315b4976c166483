# SPDX-License-Identifier: Apache-2.0
"""A failure that reaches the end of the chain: 500, and its words go to the
error log, never to the client. One that reaches nobody is logged as well."""

CONFIG = ""
WORDS = "the probe has had enough"


def test_500(server):
    answer = server.ask("/probe-later?how=work&fail=70014")
    assert answer.status == 500
    assert WORDS.encode() not in answer.body
    server.error_log.expect(r"crosstown:error.*no answer: %s \(70014\)"
                            % WORDS)


def test_a_timeout_of_the_work_itself(server):
    """APR_TIMEUP, by whomever."""
    assert server.ask("/probe-later?how=work&fail=70007").status == 504
    server.error_log.expect(r"crosstown:error.*%s" % WORDS)


def test_no_reply_at_the_end(server):
    assert server.ask("/probe-later?how=nothing").status == 500
    server.error_log.expect(r"crosstown:error.*not with a reply")


def test_nobody_handles_it(server):
    answer = server.ask("/probe-later?how=forget&fail=20014")
    assert answer.status == 200
    server.error_log.expect(
        r"crosstown:error.*a failure that nobody handled: %s \(20014\)"
        % WORDS)


def test_others_are_not_touched(server):
    with server.visit() as visitor:
        for _ in range(5):
            assert visitor.ask("/probe-later?how=work&fail=1").status == 500
            assert visitor.ask("/probe-later?how=work").status == 200
    server.error_log.expect(r"crosstown:error.*%s" % WORDS, 5)
