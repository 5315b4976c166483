# SPDX-License-Identifier: Apache-2.0
"""No hard case is without a test, and none without one that has been seen to
fail (`make check-naive`)."""

import ast
import pathlib

import pytest

from cases import CASES
from server import MPMS


@pytest.fixture(scope="module", name="marks")
def all_marks():
    return list(read_marks())


def read_marks():
    """(file, arguments, keywords) of every pytest.mark.case() there is."""
    for path in sorted(pathlib.Path(__file__).parent.glob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if (isinstance(node, ast.Call)
                    and ast.unparse(node.func) == "pytest.mark.case"):
                yield (path.name, [ast.literal_eval(arg) for arg in node.args],
                       {word.arg: ast.literal_eval(word.value)
                        for word in node.keywords})


def test_every_case_has_its_tests(marks):
    numbers = set()
    for name, arguments, _ in marks:
        assert len(arguments) == 1 and arguments[0] in CASES, name
        numbers.add(arguments[0])
    assert numbers == set(range(1, 27))


def test_every_case_is_shown_by_a_test(marks):
    shown = {arguments[0] for _, arguments, words in marks
             if words.get("shows")}
    assert shown == set(CASES)


def test_marks_are_well_formed(marks):
    for name, _, words in marks:
        assert set(words) <= {"shows", "naive"}, name
        assert words.get("shows") in (None, *MPMS), name
        assert "shows" in words or "naive" not in words, name
