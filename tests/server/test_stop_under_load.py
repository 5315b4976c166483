# SPDX-License-Identifier: Apache-2.0
"""A hard stop while requests and their tasks are under way: the child leaves
by itself, nobody crashes, and no task is told twice or forgotten."""

import collections
import http.client
import threading

import pytest

from client import TIMEOUT
from error_log import KILLED
from ledger import wait_until

# It is prefork that stops inside a signal handler, and whose request memory
# has no lock.
ROUNDS = {"prefork": 8, "worker": 1, "event": 1}


class Caller(threading.Thread):
    """Requests, one after the other, until the server is gone. `logged` are
    those that were certainly logged: another one followed on the same
    connection."""

    def __init__(self, server, script):
        super().__init__(daemon=True)
        self.server = server
        self.script = script
        self.logged = []
        self.enough = threading.Event()

    def run(self):
        while not self.enough.is_set():
            try:
                with self.server.visit() as visitor:
                    self.stay(visitor)
            except (OSError, http.client.HTTPException):
                pass    # httpd may hang up at any time

    def stay(self, visitor):
        before = None
        while not self.enough.is_set():
            tag = visitor.ask("/probe", self.script).tag
            if before:
                self.logged.append(before)
            before = tag


def stop_under_load(make_server, config, script):
    """Stop in the middle of it."""
    server = make_server(config, workers=8)
    server.error_log.allow(r"\[crosstown:(warn|error)\]")
    caller = Caller(server, script)
    caller.start()
    try:
        wait_until(lambda: len(caller.logged) >= 20, "twenty answers")
        server.stop()
    finally:
        caller.enough.set()
    caller.join(TIMEOUT)
    assert not server.error_log.find(KILLED)
    return server, caller.logged


def ends_by_tag(server):
    found = collections.defaultdict(list)
    for line in server.ledger.lines(event="over"):
        found[line.tag].append(line.index)
    return found


@pytest.mark.case(3, shows="prefork")
def test_nothing_is_forgotten(make_server, mpm):
    """Two of twenty tasks are slow, so that there is a queue, and none for
    the last ones: they are told, too."""
    for _ in range(ROUNDS[mpm]):
        server, logged = stop_under_load(
            make_server, "CrosstownThreads 1 4\nCrosstownQueue 200\n",
            "keep=copy&defer=18&sleep_ms=5&defer=2")
        ends = ends_by_tag(server)
        for tag in logged:
            assert sorted(ends.pop(tag, [])) == list(range(20))
        for told in ends.values():
            assert len(set(told)) == len(told) <= 20


@pytest.mark.case(4, shows="prefork")
def test_tasks_that_make_memory_pools(make_server, mpm):
    """A short queue: there is no point in a long drain."""
    for _ in range(ROUNDS[mpm] // 2 + 1):
        server, logged = stop_under_load(
            make_server, "CrosstownThreads 1 4\nCrosstownQueue 200\n",
            "keep=carry&pools=200&defer=60")
        ends = ends_by_tag(server)
        for tag in logged:
            assert sorted(ends[tag]) == list(range(60))
