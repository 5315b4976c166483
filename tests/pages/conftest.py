# SPDX-License-Identifier: Apache-2.0
"""Pages are read as they stand in the tree."""

import pathlib
import sys

import pytest

TREE = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(TREE / "tests" / "server")]

from error_log import pytest_terminal_summary  # noqa: E402

__all__ = ["pytest_terminal_summary"]


def pytest_addoption(parser):
    parser.addoption("--build", default=str(TREE / "build"),
                     help="where the module is")


@pytest.fixture(scope="session")
def build(request):
    return request.config.getoption("--build")
