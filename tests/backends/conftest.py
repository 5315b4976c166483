# SPDX-License-Identifier: Apache-2.0
"""Each back end that is on this machine, on each MPM that it works with, has a
server for all the cases. At the end a table says which went how."""

import collections
import os
import pathlib
import re
import signal
import subprocess
import sys
import time

import pytest

TREE = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(TREE / "tests" / "server")]

import error_log  # noqa: E402
import ledger  # noqa: E402
import metrics  # noqa: E402
import named  # noqa: E402
from back_ends import BACK_ENDS  # noqa: E402
from ledger import wait_until  # noqa: E402
from places import make_server  # noqa: E402
from server import MPMS  # noqa: E402

# Objects that stay: a server is kept for the tests of the same one.
PAIRS = [(back_end, mpm) for back_end in BACK_ENDS for mpm in back_end.mpms]

results = collections.defaultdict(dict)    # case: back end: letters


def pytest_addoption(parser):
    parser.addoption("--mpm", action="append", choices=MPMS,
                     help="test this MPM only (may be given several times)")
    parser.addoption("--build", default=str(TREE / "build"),
                     help="where the modules are")
    parser.addoption("--patience", type=float, metavar="SECONDS",
                     help="how long to wait for what must happen soon")


def pytest_configure(config):
    if config.getoption("--patience"):
        ledger.DEADLINE = config.getoption("--patience")


def pytest_generate_tests(metafunc):
    if "mounted" in metafunc.fixturenames:
        mpms = metafunc.config.getoption("mpm") or MPMS
        metafunc.parametrize("mounted", [
            pytest.param(pair, id="%s-%s" % (pair[0].name, pair[1]))
            for pair in PAIRS if pair[1] in mpms],
            scope="session", indirect=True)


@pytest.fixture(scope="session")
def build(request):
    return pathlib.Path(request.config.getoption("build")).resolve()


@pytest.fixture(scope="session")
def shared_receiver():
    """Whom webhooks tell."""
    made = named.Receiver()
    yield made
    made.close()


@pytest.fixture
def receiver(shared_receiver):
    early, shared_receiver.hooks = shared_receiver.hooks, []
    assert not early, "of an earlier test"
    return shared_receiver


class Mounted:
    """A server and the back end in it; what was asked for, and what came."""

    def __init__(self, back_end, mpm, server):
        self.back_end, self.mpm, self.server = back_end, mpm, server
        self.asked = 0          # requests
        self.ran = 0            # tasks that have to have run
        self.told = []          # when it had refused something
        self.kept = 0           # bytes that the program has written

    def check_ledger(self, receiver):
        """What came late, or twice, would be found here; and no log could
        write the header."""
        total = metrics.settled(self.server)["total"]
        assert total["ran"] == self.ran
        assert total["recorded"] == total["ran"] + total["no_go"]
        assert total["failed"] == 0
        assert not receiver.hooks
        path = self.server.root / "headers"
        wait_until(lambda: path.read_text().count("\n") >= self.asked,
                   "the access log's last lines")
        assert not [line for line in path.read_text().splitlines()
                    if not line.startswith("- - ")]

    def wait_until_idle(self):
        """A hard stop ends what a process of prefork does inside a signal
        handler, and mod_http2 crashes in it while it closes a connection."""
        def idle():
            text = self.server.ask("/server-status?auto=").body.decode()
            board = re.search(r"^Scoreboard: (\S+)", text, re.M)[1]
            return len(re.findall(r"[^_.]", board)) == 1
        wait_until(idle, "all but the one who answers to be idle")

    def pace(self, lines):
        """The module holds back what it refuses more than 20 times a second,
        and a child may have all of it: no more than 16 of these."""
        if lines:
            self.told = [*self.told[-7:], time.monotonic()]
            if len(self.told) == 8:
                time.sleep(max(0, self.told[0] + 1 - self.told[-1]))


@pytest.fixture(scope="session")
def mounted(request, build, shared_receiver):
    back_end, mpm = request.param
    missing = back_end.missing()
    if missing:
        pytest.skip("%s is not on this machine: %s" % (
            missing, back_end.package))
    server = make_server(mpm, build, back_end, shared_receiver)
    process = None
    try:
        process, port = back_end.start(server)
        server.config = server.config.replace("@BACKEND@", str(port))
        made = Mounted(back_end, mpm, server.start())
        yield made
        row = results["the ledger is exact"]
        if not request.session.testsfailed:
            row[back_end.name] = "FAILED"
            made.check_ledger(shared_receiver)
            row[back_end.name] = "ok"
        made.wait_until_idle()
        server.stop()
    finally:
        if process:
            end(process)
        server.clean_up()
        shared_receiver.hooks.clear()


def end(process):
    """It and what it has started."""
    process.terminate()
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        pass
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


@pytest.fixture
def server(mounted):
    yield mounted.server
    mounted.server.error_log.check()


def pytest_runtest_makereport(item, call):
    """What the table is made of: one letter for each MPM and protocol."""
    if "mounted" not in item.fixturenames or (
            call.when == "teardown" and not call.excinfo):
        return
    back_end = item.callspec.params["mounted"][0].name
    case = item.callspec.params.get("case")
    row = results[case.name if case else item.originalname]
    failed = call.excinfo and not call.excinfo.errisinstance(
        pytest.skip.Exception)
    if failed:
        row[back_end] = "FAILED"
    elif call.excinfo:
        row.setdefault(back_end, "-")
    elif call.when == "call":
        row.setdefault(back_end, "ok")


def pytest_terminal_summary(terminalreporter, config):
    error_log.pytest_terminal_summary(terminalreporter, config)
    columns = [back_end.name for back_end in BACK_ENDS
               if any(back_end.name in row for row in results.values())]
    if not columns:
        return
    width = max(map(len, results))
    terminalreporter.section("ok: with every MPM and protocol it has; "
                             "-: not on this machine, or not its case")
    terminalreporter.write_line(" " * width + "".join(
        " %s" % name for name in columns))
    for case, row in results.items():
        terminalreporter.write_line(case.ljust(width) + "".join(
            " " + row.get(name, "-").center(len(name)) for name in columns))
