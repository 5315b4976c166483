# SPDX-License-Identifier: Apache-2.0
"""The pages of the documentation, as a Markdown reader takes them apart."""

import pathlib
import re
import subprocess
import xml.etree.ElementTree

TREE = pathlib.Path(__file__).resolve().parents[2]
PAGES = sorted([TREE / "README.md", *TREE.glob("*/README.md"),
                *TREE.glob("*/*/README.md")])

SPDX = "<!-- SPDX-License-Identifier: Apache-2.0 -->\n"

# First words behind a fence, and what is done with such a block.
KINDS = {
    "c file=": "written, compiled and run by tests/install/test_guide.py",
    "c fragment": "compiled inside a function: fragment.h",
    "sh run": "run by tests/install/test_guide.py",
    "sh make": "each of its targets is there",
    "sh server": "run beside a server",
    "sh store": "run by tests/server/test_store_numbers.py",
    "apache": "httpd -t",
    "apache guide": "httpd -t, by tests/install/test_guide.py",
    "yaml": "asked for as Prometheus would",
    "text": "nothing: a drawing, or what a program has printed",
}

# What belongs into code, or was to become something else.
STRAY = re.compile(
    r"[`<]|\*\*|\]\(|\||\bCrosstown[A-Z]\w*|\b(?:LoadModule|SetHandler)\b"
    r"|\bcrosstown_\w+")


def names(elements):
    """XML of cmark: tags without their name space."""
    for element in elements:
        element.tag = element.tag.rsplit("}", 1)[-1]
        yield element


class Page:
    def __init__(self, text, name="a page"):
        self.name = name
        self.lines = text.split("\n")
        self.tree = xml.etree.ElementTree.fromstring(subprocess.run(
            ["cmark-gfm", "--unsafe", "-e", "table", "-t", "xml",
             "--sourcepos"], input=text, text=True, check=True,
            stdout=subprocess.PIPE).stdout)
        self.elements = list(names(self.tree.iter()))

    def all(self, *tags):
        return [element for element in self.elements if element.tag in tags]

    def place(self, element):
        """First and last line, from 1 on. Only blocks have one."""
        first, last = element.get("sourcepos").split("-")
        return int(first.split(":")[0]), int(last.split(":")[0])

    def blocks(self, kind):
        """(line, words behind the fence, text) of those of one kind."""
        return [(self.place(block)[0], block.get("info"), block.text)
                for block in self.all("code_block")
                if kind_of(block.get("info")) == kind]

    def code(self):
        """What stands between backticks in the text."""
        return [element.text for element in self.all("code")]

    def slugs(self):
        """What a link may name behind #, as GitHub makes it."""
        found = []
        for heading in self.all("heading"):
            text = "".join(part.text for part in names(heading.iter())
                           if part.tag in ("text", "code")).lower()
            found.append(re.sub(r"[^\w\- ]", "", text).replace(" ", "-"))
        return found

    # -- what may be wrong with it ---------------------------------------

    def faults(self):
        return [*self._raw_html(), *self._blocks_apart(), *self._stray(),
                *self._tables_apart()]

    def _raw_html(self):
        for element in self.all("html_block", "html_inline"):
            if element.text != SPDX:
                yield "not in a block: %s" % element.text.strip()

    def _blocks_apart(self):
        for block in self.all("code_block"):
            first, last = self.place(block)
            opened = self.lines[first - 1].strip()
            if not opened.startswith("```"):
                yield "line %d: a block without a fence" % first
            elif not self.lines[last - 1].strip() == "```" or last == first:
                yield "line %d: the fence is never closed" % first
            elif kind_of(block.get("info", "")) is None:
                yield "line %d: what is done with %s?" % (first, opened)

    def _stray(self):
        for element in self.all("text"):
            if STRAY.search(element.text):
                yield "as text: %s" % element.text.strip()

    def _tables_apart(self):
        """A row with a cell too many loses it, one with too few is filled."""
        inside, columns = set(), {}
        for table in self.all("table"):
            first, last = self.place(table)
            inside.update(range(first, last + 1))
            for line in range(first, last + 1):
                columns[line] = cells(self.lines[first - 1])
        for block in self.all("code_block"):
            first, last = self.place(block)
            inside.update(range(first, last + 1))
        for number, line in enumerate(self.lines, 1):
            if line.startswith("|") and number not in inside:
                yield "line %d: a row without a table" % number
            elif number in columns and cells(line) != columns[number]:
                yield "line %d: %d cells, not %d" % (number, cells(line),
                                                     columns[number])

    def targets(self):
        """What its links and images point to."""
        return [element.get("destination")
                for element in self.all("link", "image")]


def cells(line):
    return len(re.findall(r"(?<!\\)\|", line)) - 1


def kind_of(info):
    """The longest of KINDS that these words begin with."""
    for kind in sorted(KINDS, key=len, reverse=True):
        if info == kind or (kind.endswith("=") and info
                            and info.startswith(kind)):
            return kind
    return None


def read(path):
    return Page(path.read_text(), str(path.relative_to(TREE)))


def broken_links(root):
    """In the pages below a directory: what points to nothing there. What was
    built, or fetched to build with, is not looked at."""
    pages = {path.resolve(): Page(path.read_text())
             for path in root.rglob("README.md")
             if path.relative_to(root).parts[0] != "build"}
    assert pages
    for path, page in pages.items():
        for target in page.targets():
            if re.match(r"https?://", target):
                continue
            name, _, anchor = target.partition("#")
            place = (path.parent / name).resolve() if name else path
            if not place.exists():
                yield "%s: %s is not there" % (path, target)
            elif anchor and anchor not in pages[place].slugs():
                yield "%s: no heading for %s" % (path, target)
