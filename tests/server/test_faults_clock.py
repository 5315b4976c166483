# SPDX-License-Identifier: Apache-2.0
"""A clock that is an hour back while the child stops, for one look or for
good, makes the drain shorter or longer, never endless: the parent need not
kill, and what is queued is told."""

import pytest

from closing import LONG, check, last_tally
from faults import EVER, one_child, set_fault, skip_without_faults

LOOKS = ([(nth, times) for nth in range(1, 6) for times in (1, EVER)]
         if LONG else [(1, 1), (2, EVER), (4, EVER)])


@pytest.mark.parametrize("nth, times", LOOKS)
def test_a_stop(make_server, mpm, build, nth, times):
    skip_without_faults(build)
    server = make_server("CrosstownThreads 1 1\nCrosstownDrain 1\n",
                         **one_child(mpm))
    server.error_log.allow(r"\[crosstown:warn\].* the child stops: ")
    stuck = server.ask("/probe", "gate=never&keep=copy&defer=4")
    server.ledger.wait(event="start", tag=stuck.tag)
    set_fault(server, "clock", nth, times)
    server.stop()
    count = check(server, last_tally(server), left_behind=1)
    assert count["stopped"] == 4
