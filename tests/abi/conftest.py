# SPDX-License-Identifier: Apache-2.0
"""Servers with modules of different age."""

import pathlib
import sys

import pytest

TREE = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(TREE / "tests" / "server")]

from error_log import pytest_terminal_summary  # noqa: E402
from server import Server  # noqa: E402

__all__ = ["pytest_terminal_summary"]

CONFIG = """
LoadModule %(name)s_module "%(build)s/abi/mod_%(name)s.so"
<Location "/consumer">
    SetHandler %(handler)s
</Location>
"""


def pytest_addoption(parser):
    parser.addoption("--build", default=str(TREE / "build"),
                     help="where mod_crosstown.so and abi/ are")


@pytest.fixture
def serve(request):
    """serve(consumer, crosstown=directory): a started httpd."""
    build = pathlib.Path(request.config.getoption("--build")).resolve()
    made = []

    def make(consumer, crosstown=""):
        server = Server("event", build, CONFIG % {
            "name": consumer, "build": build,
            "handler": consumer.replace("_", "-")})
        server.crosstown_directory = build / crosstown
        made.append(server)
        return server.start()

    yield make
    try:
        for server in made:
            server.stop()
    finally:
        for server in made:
            server.clean_up()


def answers(server):
    """The lines of the consumer's response: what was asked, the answer."""
    answer = server.ask("/consumer")
    assert answer.status == 200
    return dict(line.split(":", 1)
                for line in answer.body.decode().splitlines())
