# SPDX-License-Identifier: Apache-2.0
"""What the tests with real engines share: one httpd and one Redis for all, and
each worker that is on this machine."""

import pathlib
import sys

import pytest

TREE = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(TREE / "tests" / "server")]

import error_log  # noqa: E402
import ledger  # noqa: E402
import redis_peer  # noqa: E402
import workers  # noqa: E402
from server import MPMS  # noqa: E402

figures = []            # for the last lines of a run


def pytest_addoption(parser):
    parser.addoption("--mpm", choices=MPMS, default="event")
    parser.addoption("--build", default=str(TREE / "build"),
                     help="where the modules are")
    parser.addoption("--kills", type=int, default=5,
                     help="how often an engine is killed under load")
    parser.addoption("--releases", default="",
                     help="of Debian, whose workers are in build/releases")
    parser.addoption("--patience", type=float, metavar="SECONDS",
                     help="how long to wait for what must happen soon")


def pytest_configure(config):
    if config.getoption("--patience"):
        ledger.DEADLINE = config.getoption("--patience")
    for name in config.getoption("--releases").split():
        workers.add_release(pathlib.Path(
            config.getoption("build")).resolve() / "releases" / name)


def pytest_terminal_summary(terminalreporter, config):
    error_log.pytest_terminal_summary(terminalreporter, config)
    for figure in figures:
        terminalreporter.write_line(figure)


@pytest.fixture(scope="session")
def tell():
    """What is to be read at the end of a run, too, where all has passed."""
    return figures.append


@pytest.fixture(scope="session")
def build(request):
    return pathlib.Path(request.config.getoption("build")).resolve()


@pytest.fixture(scope="session")
def mpm(request):
    return request.config.getoption("mpm")


@pytest.fixture(scope="module")
def engine():
    made = redis_peer.Redis()
    try:
        yield made.start("--databases", "64")
    finally:
        made.close()
