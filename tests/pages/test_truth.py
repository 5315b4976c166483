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
    tables = re.findall(r"^\| %s \|.*\n\|[-|]+\n((?:\|.*\n)+)" % heading,
                        (TREE / name).read_text(), re.M)
    assert tables
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
            for table in tables for line in table.splitlines()]


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


def source(pattern):
    return "".join(path.read_text() for path in sorted(TREE.glob(pattern)))


def test_where_to_begin():
    """Each file that lib/README.md sends somebody to, and each test."""
    page = pages.read(TREE / "lib/README.md")
    for words in page.code():
        if re.fullmatch(r"[a-z_]+/\w+\.[ch]", words):
            assert any((top / words).exists() for top in (TREE, TREE / "lib"))
    for *_, tests in rows("lib/README.md", "you want"):
        for name in tests.split(", "):
            folder, _, name = ("server/" + name).rpartition("/")
            folder = folder.removeprefix("server/") or "server"
            assert any((TREE / "tests" / folder).glob(name + ".*")), name


def test_log_items():
    """Their words are those of the code and of the manual."""
    words = re.findall(r'strcmp\(word, "(\w+)"',
                       source("lib/httpd/log_items.c"))
    assert len(words) >= 5
    table = rows("conf-examples/README.md", "Item")
    assert [row[:2] for row in table] == [
        ["`%%{%s}^CT`" % word, "`crosstown-%s`" % word] for word in words]
    assert re.findall(r"%\{(\w+)\}\^CT",
                      source("lib/install/man/mod_crosstown.8")) == words


def test_alerts():
    """In the order of the file, and as many as are said."""
    rules = source("conf-examples/prometheus-alerts.yml")
    names = re.findall(r"alert: (\w+)", rules)
    assert [code(row[0])[0] for row in rows("conf-examples/README.md",
                                            "Alert")] == names
    assert "has %d alerts" % len(names) in FRONT.read_text()


def test_keys_of_a_task():
    """In one of the tables, be it of a target; and none that is not there."""
    text = source("lib/*/*.c")
    keys = set(re.findall(r'\{ "([a-z-]+)", read_\w+ \}', text))
    for known in re.findall(r"\bkeys\[\] = \{([^}]*)\}", text):
        keys |= set(re.findall(r'"([a-z-]+)"', known))
    assert len(keys) > 15
    named = {re.match(r"[a-z-]+", code(key)[0])[0]
             for page in ("tasks", "engines")
             for key, *_ in rows("conf-examples/%s/README.md" % page, "key")}
    assert named == keys


def abbreviated(cell):
    """`a_b` `_c`: a_b, and what becomes of it when its end is changed."""
    first, *others = code(cell)
    yield first
    for words in others:
        if not words.startswith("_"):
            first = words
            yield words
        else:
            for at in re.finditer("_", first):
                yield first[:at.start()] + words


def test_metrics():
    """Those of mod_crosstown itself; other modules' are found the other way
    round, by test_markdown.py."""
    metrics = set(re.findall(r'"(crosstown_[a-z_]+)"',
                             source("lib/status/*.c")))
    metrics -= {"crosstown_numbers", "crosstown_order", "crosstown_settings"}
    said = {name for row in rows("conf-examples/README.md", "metric")
            for name in abbreviated(row[0])}
    assert len(metrics) > 20
    assert metrics - said == set()
