# SPDX-License-Identifier: Apache-2.0
"""Each test has an empty root to install into."""

import pathlib
import sys

import pytest

TREE = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(TREE / "tests" / name) for name in ("server", "pages")]

from error_log import pytest_terminal_summary  # noqa: E402
from httpd import apxs  # noqa: E402
from root import Root  # noqa: E402

__all__ = ["pytest_terminal_summary"]


def pytest_addoption(parser):
    parser.addoption("--build", default=str(TREE / "build"),
                     help="where the module and the testing library are")


@pytest.fixture
def root(request, tmp_path):
    """An empty root, not installed into yet."""
    return Root(tmp_path / "root", request.config.getoption("--build"))


@pytest.fixture
def installed(root):
    root.make("install", MODSDIR=apxs("SYSCONFDIR") + "/mods-available")
    return root
