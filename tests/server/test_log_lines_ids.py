# SPDX-License-Identifier: Apache-2.0
"""Every line that the module can write has a number of its own, and
conf-examples/README.md says what it means."""

import pathlib
import re

TREE = pathlib.Path(__file__).resolve().parents[2]
SOURCES = [TREE / "mod_crosstown.c", *sorted((TREE / "lib").glob("*/*.c"))]
PAGE = TREE / "conf-examples" / "README.md"
COMMENT = re.compile(r"/\*.*?\*/", re.S)
CALL = re.compile(r"\bap_log_[a-z]*error\((.*?)\);", re.S)
LEVEL = re.compile(r"APLOG_MARK, APLOG_(\w+)")
NUMBER = re.compile(r"CTLOGNO\((\d+)\)")


def texts():
    return [(path.name, COMMENT.sub("", path.read_text())) for path in SOURCES]


def calls():
    return [(name, call) for name, text in texts()
            for call in CALL.findall(text)]


def numbers():
    """Also of what is written past the log, where that may hang."""
    return [number for _, text in texts() for number in NUMBER.findall(text)]


def test_every_line_has_a_number():
    found = calls()
    assert len(found) > 25
    without = [(name, call.split('"')[1]) for name, call in found
               if len(NUMBER.findall(call)) != 1]
    assert not without


def test_no_number_stands_for_two_lines():
    found = numbers()
    assert sorted(set(found)) == sorted(found)
    assert all(re.fullmatch(r"0[12]\d\d\d", number) for number in found)


def test_page_has_all_of_them():
    rows = re.findall(r"^\| CT(\d+) \| (\w+) \| .+ \|$",
                      PAGE.read_text(), re.M)
    assert [number for number, _ in rows] == sorted(numbers())
    level_of = {number: LEVEL.search(call).group(1).lower()
                for _, call in calls() if LEVEL.search(call)
                for number in NUMBER.findall(call)}
    for number, level in rows:
        assert level.startswith(level_of.get(number, "warning"))
