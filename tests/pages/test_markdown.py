# SPDX-License-Identifier: Apache-2.0
"""Every page is, when a Markdown reader has it, what its author meant: no
block falls apart, no table loses a cell, no link leads nowhere."""

import re

import pytest

import pages
from pages import PAGES, TREE, Page

each_page = pytest.mark.parametrize(
    "path", PAGES, ids=lambda path: str(path.relative_to(TREE)))

FILE = re.compile(r"(?<![\w/.$-])[\w-]+(?:/[\w-]+)*"
                  r"/[\w-]+\.(?:c|cpp|conf|h|md|mk|py|sh|yml|svg|png)\b")


@each_page
def test_nothing_falls_apart(path):
    assert path.read_text().startswith(pages.SPDX)
    assert list(pages.read(path).faults()) == []


@each_page
def test_its_files_are_there(path):
    for name in FILE.findall(path.read_text()):
        assert (path.parent / name).exists() or (TREE / name).exists(), name


SOURCES = "".join(path.read_text() for pattern in (
    "include/*.h", "lib/*/*.[ch]", "conf-examples/*.c",
    "conf-examples/tasks/crosstown.*") for path in
    TREE.glob(pattern))

COLUMN = re.compile(r'\{ "(\w+)",[^{}]*?CROSSTOWN_(NUMBER|DURATION|BYTES),'
                    r"\s*([01]),\s*[01] \}", re.DOTALL)
# The modules that share a table's columns.
KINDS = re.findall(r"ct_destination_kind = \{\s*&\w+, \"(\w+)\"", SOURCES)
UNITS = {"NUMBER": "", "DURATION": "_seconds", "BYTES": "_bytes"}


def module_metrics():
    """Those that are made of a table's key and a column's, see
    crosstown_numbers.h."""
    for path in TREE.glob("lib/*/*.c"):
        text = path.read_text()
        tables = re.findall(r'crosstown_numbers_add\([^"]*"(\w+)"', text)
        if "ct_destination_kind.name" in text:
            tables += KINDS
        for table in tables:
            for column, unit, counter in COLUMN.findall(text):
                yield "crosstown_%s_%s%s%s" % (
                    table, column, UNITS[unit], "_total" * int(counter))


METRICS = "\n".join(module_metrics())


@each_page
def test_its_names_are_there(path):
    for words in pages.read(path).code():
        for name in re.findall(r"(?:ct|crosstown)_\w+\w", words):
            assert re.search(r"\b%s(?:\b|_)" % name, SOURCES + METRICS), name


def test_links():
    assert list(pages.broken_links(TREE)) == []


FALLEN_APART = {
    "first line not indented":
        '<Location "/x">\n        SetHandler y\n    </Location>\n',
    "a blank line in an indented list": "- one\n\n        two\n",
    "no fence": "so:\n\n    LoadModule a b\n",
    "never closed": "```text\nLoadModule a b\n\n# Next\n",
    "nothing is done with it": "```perl\nprint\n```\n",
    "outside of a block": "LoadModule a b\n",
    "the wrong quote": "`Crosstown On\n",
    "a cell too many": "| a | b |\n|---|---|\n| 1 | 2 | 3 |\n",
    "no rule below the heading": "| a | b |\n| 1 | 2 |\n",
    "a row apart": "| a |\n|---|\n| 1 |\n\n| 2 |\n",
}


@pytest.mark.parametrize("text", FALLEN_APART.values(), ids=FALLEN_APART)
def test_what_falls_apart_is_found(text):
    assert list(Page("# Before\n\n" + text).faults())


def test_what_does_not_is_not():
    assert not list(Page("""# Before

A `Crosstown On` in the text, *not* more, and

- a block in a list:

  ```apache
  <Location "/x">
      Crosstown On
  </Location>
  ```

| a | `b\\|c` |
|---|---|
| 1 | |
""").faults())


def test_links_that_lead_nowhere_are_found(tmp_path):
    (tmp_path / "README.md").write_text(
        "# One, `two`\n\n[a](#one-two) [b](#two) [c](README.md) [d](none.md)\n"
        "[e](README.md#one-two) [f](README.md#three) ![g](none.svg)\n")
    found = list(pages.broken_links(tmp_path))
    assert len(found) == 4
    for target, fault in zip(("#two", "none.md", "#three", "none.svg"), found,
                             strict=True):
        assert target in fault
