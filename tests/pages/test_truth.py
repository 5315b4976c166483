# SPDX-License-Identifier: Apache-2.0
"""What the pages say of the tree is so: version, defaults, rooms, folders,
targets."""

import re
import subprocess

import pages
from pages import TREE

FRONT = TREE / "README.md"


def rows(name, heading):
    """The cells of a table's rows, found by the head of its first column."""
    found = re.search(r"^\| %s \|.*\n\|[-|]+\n((?:\|.*\n)+)" % heading,
                      (TREE / name).read_text(), re.M)
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
            for line in found[1].splitlines()]


def code(text):
    return re.findall(r"`([^`]+)`", text)


def make(*words):
    return subprocess.run(["make", "-s", "-C", str(TREE), *words], check=True,
                          text=True, stdout=subprocess.PIPE).stdout


def folders(path):
    return {entry.name + "/" for entry in path.iterdir()
            if entry.is_dir() and not entry.name.startswith(("_", "."))}


def test_front_page_is_short():
    assert 120 <= len(FRONT.read_text().splitlines()) <= 180


def test_version():
    header = (TREE / "include" / "mod_crosstown.h").read_text()
    version = ".".join(re.search(r"CROSSTOWN_VERSION_%s (\d+)" % part,
                                 header)[1] for part in ("MAJOR", "MINOR"))
    assert "Version %s ·" % version in FRONT.read_text()


def test_front_page_has_the_defaults():
    defaults = {code(name)[0].split()[0]: default for name, default, *_
                in rows("conf-examples/README.md", "Directive")}
    some = rows("README.md", "Directive")
    assert len(some) >= 4
    for name, default, _ in some:
        assert default == defaults[code(name)[0].split()[0]], name


def test_rooms_from_high_to_low():
    named = [code(row[0])[0] for row in rows("lib/README.md", "room")]
    rooms = [room + "/" for room in make("print-ROOMS").split()]
    assert named == ["mod_crosstown.c", *reversed(rooms)]
    beside = {words for words in pages.read(TREE / "lib/README.md").code()
              if re.fullmatch(r"[a-z0-9]+/", words)} - set(named)
    assert folders(TREE / "lib") == set(rooms) | beside - {"include/"}


def test_headers():
    assert {code(row[0])[0] for row in rows("include/README.md", "header")} \
        == {path.name for path in (TREE / "include").glob("*.h")}


def test_folders_of_tests():
    named = {code(row[0])[0] for row in rows("tests/README.md", "folder")}
    assert named == folders(TREE / "tests")


def test_help_has_every_target_in_a_group():
    texts = [path.read_text() for path in (
        TREE / "Makefile", TREE / "lib/install/install.mk",
        *TREE.glob("tests/*/targets.mk"))]
    targets = re.findall(r"^([a-z-]+):.*## ", "\n".join(texts), re.M)
    said = make("help")
    assert sorted(targets) == sorted(re.findall(r"^  ([a-z-]+) ", said, re.M))
    assert re.findall(r"^\w+$", said, re.M) == ["use", "check", "measure",
                                                "ship"]
    assert all(len(line) < 80 for line in said.splitlines())


def test_targets():
    """Every check that there is, and none that is not."""
    named = {name for row in rows("tests/README.md", "target")
             for name in code(row[0])}
    there = set(re.findall(r"^  ([a-z-]+) ", make("help"), re.M))
    assert named <= there
    assert {name for name in there if name.startswith("check")} <= named | {
        "check-faults", "check-naive"}
