# SPDX-License-Identifier: Apache-2.0
"""The hard cases: where httpd, APR and HTTP/2 are not what they seem.

A test that covers one is marked @pytest.mark.case(NUMBER). With --naive DIR
(`make check-naive`) those tests run with the naive reference module of DIR and
must fail: a test that passes with anything proves nothing. `shows` names the
MPM on which this one fails there; without it, it stays out. `naive` names
further ways to be naive (see tests/bench/mod_naive.h), where the plain
reference would hide the case. Tests marked @pytest.mark.plain must pass there:
the reference is naive, not broken.
"""

import os
import re

import pytest

from server import Server

# The reason why a test is skipped begins with it, where the httpd that is there
# cannot do what the test asks of it: that needs no proof, then.
HTTPD_ITSELF = "httpd itself: "

CASES = {
    1: "HTTP/2: an answer that arrived is not taken for aborted",
    2: "prefork, hard stop: queued tasks of lazily made threads run",
    3: "prefork, hard stop under load: no SIGKILL, no task forgotten",
    4: "prefork: tasks that make memory pools crash nobody",
    5: "hard stop, client never reads: logged while the memory goes",
    6: "a burst with one idle thread runs side by side",
    7: "the price of a hand-over does not grow with the queue",
    8: "no thread can be made: a task runs once, or is refused",
    9: "hard stop, queue longer than the drain: bounded, counted, told",
    10: "hard stop, a task that never ends: the parent need not kill",
    11: "MaxConnectionsPerChild: nobody waits for a draining child",
    12: "graceful restart: tasks of a request still in the air run",
    13: "hard stop, stalled download: the drain counts from the stop",
    14: "internal redirect to a missing page: its status counts",
    15: "error documents: the final status counts, their tasks too",
    16: "tasks of a sub-request outlive it",
    17: "tasks from both sides of an internal redirect run, in order",
    18: "a reset client counts as aborted, whatever bytes_sent says",
    19: "HTTP/2, reset streams: told at once, the connection goes on",
    20: "TLS, an answer that is held back holds its tasks back",
    21: "pipelined requests' tasks start in order",
    22: "HTTP/2, slow reader: no start before the window opens",
    23: "requests that are none: no crash",
    24: "log, leave, come back: connection and module may be gone",
    25: "httpd -X: SIGTERM runs the queue and exits with 0",
    26: "the listener hands over without waiting",
}

MARKERS = [
    "case(number, shows=None, naive=''): covers a hard case of cases.py; "
    "fails with the naive reference under this MPM",
    "plain: passes with the naive reference, too",
]

# What a line of the error log starts with.
STAMP = re.compile(r"\[\w{3} \w{3} [^]]*\] \[\S+\] \[pid [^]]*\] ")


class NaiveRun:
    """The plug-in behind --naive."""

    def __init__(self):
        self.tests = {number: [] for number in CASES}
        self.left_out = {}

    @staticmethod
    def marks(item):
        """The marks of the cases that this test shows where it runs."""
        parameters = getattr(item, "callspec", None)
        mpm = parameters.params.get("mpm") if parameters else None
        return [mark for mark in item.iter_markers("case")
                if mark.kwargs.get("shows") == mpm is not None]

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config, items):
        wanted = [item for item in items if self.marks(item)
                  or item.get_closest_marker("plain")]
        config.hook.pytest_deselected(
            items=[item for item in items if item not in wanted])
        items[:] = wanted

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item):
        ways, = {mark.kwargs.get("naive", "")
                 for mark in self.marks(item)} or {""}
        os.environ["CROSSTOWN_NAIVE"] = ways
        Server.hopeless = False

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(self, item, call):
        report = (yield).get_result()
        marks = self.marks(item)
        if report.skipped and HTTPD_ITSELF in str(report.longrepr):
            self.left_out.update((mark.args[0], report.longrepr[2])
                                 for mark in marks)
        if not marks or report.when == "setup":
            return    # no server, no proof
        if report.failed:
            report.outcome, report.wasxfail = "skipped", "as it must"
            Server.hopeless = True
            text = STAMP.sub("", str(call.excinfo.value))
            reason = " ".join([call.excinfo.typename + ":", *text.split()])
        elif report.when == "call" and not report.skipped:
            reason = None
        else:
            return
        for mark in marks:
            self.tests[mark.args[0]].append(
                (mark.kwargs["shows"], mark.kwargs.get("naive"), reason))

    def fails(self, number):
        return [test for test in self.tests[number] if test[2]]

    def pytest_sessionfinish(self, session):
        if session.exitstatus == 0 and not all(
                self.fails(number) or number in self.left_out
                for number in CASES):
            session.exitstatus = 1

    def pytest_terminal_summary(self, terminalreporter):
        terminalreporter.section("with the naive reference")
        for number, title in CASES.items():
            terminalreporter.line("case %d: %s" % (number, title))
            failed = self.fails(number)
            if not failed:
                terminalreporter.line(
                    "    DOES NOT FAIL" if self.tests[number] else
                    "    " + self.left_out.get(number, "NOT RUN"))
            for mpm, ways, reason in failed[:1]:
                terminalreporter.line("    fails as it must (%s%s): %.150s" % (
                    mpm, ", " + ways if ways else "", reason))
