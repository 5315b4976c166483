# SPDX-License-Identifier: Apache-2.0
"""Each fault point fails at its first passing, its second, ... until nothing
fails any more in what is played; once, and from there on for good. Whatever
fails, each recorded task meets one end, it is told once, the books close, and
afterwards an ordinary request has its tasks run.

A point that is passed more often than STEPS times is sampled from there on.
"""

import pytest

from closing import LONG
from faults import (ANSWERS, CONFIG, ENDS, EVER, HELD_BACK, LINES, Round,
                    check_ordinary, fresh_child, one_child, play,
                    set_fault, skip_without_faults)
from server import Server

STEPS = 30 if LONG else 8
WIDER = 1.2 if LONG else 2

# Threads stay for a while: only a child without any passes these points.
ONCE_A_CHILD = ("thread", "scratch")


@pytest.fixture(scope="module")
def faulty(mpm, build):
    skip_without_faults(build)
    server = Server(mpm, build, CONFIG, allowed=[HELD_BACK],
                    **one_child(mpm))
    try:
        yield server.start()
        server.stop()
    finally:
        server.clean_up()


def passings():
    """1, 2, 3, ... and then with wider and wider steps."""
    nth = 1
    while nth < 100000:
        yield nth
        nth = nth + 1 if nth < STEPS else int(nth * WIDER)


def play_round(server, point, nth, times):
    """How often it has failed."""
    if point in ONCE_A_CHILD:
        fresh_child(server)
    round_ = Round(server)
    set_fault(server, point, nth, times)
    play(server)
    want, lines = round_.close()
    failed = set_fault(server, point, 0)
    ends = {key for key in want if want[key]} - {"recorded"}
    assert "ran" in ends or times == EVER
    assert ends <= (ENDS[point] if failed else {"ran"})
    answers = {line.answer for line in lines
               if line.event in ("record", "submit")}
    assert answers <= ANSWERS.get(point, {"SUCCESS", "EAGAIN"})
    check_ordinary(server)
    return failed


@pytest.mark.parametrize("times", [1, EVER], ids=["once", "for_good"])
@pytest.mark.parametrize("point", sorted(ENDS))
def test_each_passing(faulty, point, times):
    for line in LINES[point]:
        faulty.error_log.allow(line)
    for nth in passings():
        failed = play_round(faulty, point, nth, times)
        if not failed:
            break
        assert failed <= times
    assert not failed, "there is no end to it"
    assert nth > 1, "it never fails"
    faulty.error_log.check()
