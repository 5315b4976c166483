# SPDX-License-Identifier: Apache-2.0
"""Threads or memory cannot be had for a while, under load: nobody crashes,
nothing is told twice, the books close, and afterwards all is as before. Then
the same once more, and a stop in the middle of it."""

import http.client
import signal

import pytest

from closing import LONG, Crowd, check, last_tally
from faults import (CONFIG, EVER, HELD_BACK, LINES, Round, check_ordinary,
                    one_child, set_fault, skip_without_faults)

STOPPED_SHORT = r"\[crosstown:warn\].* the child stops: "

HARD, GRACEFUL = signal.SIGTERM, signal.SIGWINCH
PAIRS = [("thread", HARD), ("batch", GRACEFUL), ("carry", HARD),
         ("scratch", GRACEFUL)]
if LONG:
    PAIRS += [("thread", GRACEFUL), ("batch", HARD), ("carry", GRACEFUL),
              ("scratch", HARD)]

# Tried again after a second; tasks run on the request's thread meanwhile.
WITHOUT_A_THREAD = ("thread", "scratch")


def ask_for_all_kinds(server, dice):
    """Each request passes all of the points."""
    answer = server.ask("/probe", "keep=carry&defer=%d&keep=copy&submits=1"
                        "&defer=1&submits=0&submit=1" % dice.randint(1, 6))
    assert answer.status == 200


@pytest.mark.parametrize("point, how", PAIRS)
def test_all_of_them_fail(make_server, mpm, build, point, how):
    skip_without_faults(build)
    server = make_server(CONFIG, **one_child(mpm))
    for line in (HELD_BACK, STOPPED_SHORT, *LINES[point]):
        server.error_log.allow(line)
    round_ = Round(server)
    set_fault(server, point, 1, EVER)
    with Crowd(server, ask=ask_for_all_kinds) as crowd:
        crowd.wait(40)
    failed = set_fault(server, point, 0)
    want, _ = round_.close()
    assert want["stopped"] == 0
    if point in WITHOUT_A_THREAD:
        assert failed >= 1
    else:
        assert failed > 10 and want["rejected"] > 10
    check_ordinary(server)

    set_fault(server, point, 1, EVER)
    with Crowd(server, ask=ask_for_all_kinds,
               forgiving=http.client.HTTPException) as crowd:
        crowd.wait(20)
        crowd.leave_before(mpm, how)
        server.stop(how)
    check(server, last_tally(server))
