# SPDX-License-Identifier: Apache-2.0
"""The status page as its readers see it: HTML taken apart, strictly, and what
the other formats should look like there."""

import html.parser
import re

VOID = {"meta", "br", "hr", "input", "wbr"}
KNOWN = VOID | {
    "html", "head", "title", "style", "body", "header", "main", "footer",
    "nav", "section", "h1", "h2", "p", "a", "time", "dl", "div", "dt", "dd",
    "table", "caption", "thead", "tbody", "tr", "th", "td", "bdi", "figure",
    "figcaption", "b", "strong", "i", "span", "svg", "g", "rect", "desc",
    "form", "button", "details", "summary"}

NARROW_SPACE = "\u202f"


def visible(text):
    """How HTML shows a string that JSON has: no control characters."""
    return re.sub("[\\x00-\\x1f\\x7f-\\x9f]", lambda match: "".join(
        "\\x%02x" % byte for byte in match[0].encode()), text)


def escaped(name):
    """How all formats write bytes, given as Python has them from a file
    name."""
    text = re.sub(r"\\(?=x[0-9a-fA-F]{2})", lambda _: r"\x5c", name)
    return re.sub("[\udc80-\udcff]",
                  lambda match: "\\x%02x" % (ord(match[0]) - 0xdc00), text)


def duration(microseconds):
    """A bound of a histogram's bucket."""
    for size, unit in ((1000000, "s"), (1000, "ms"), (1, "\u00b5s")):
        if microseconds >= size:
            return "%d %s" % (microseconds // size, unit)
    raise ValueError(microseconds)


class Page(html.parser.HTMLParser):
    """Every element is known, closed, and where it was opened."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open = []
        self.tables = {}      # id: rows of cells
        self.captions = {}    # id: text
        self.totals = {}
        self.attributes = []  # (tag, attributes)
        self.text = ""
        self.table = None
        self.term = None
        self.feed(text)
        self.close()
        assert not self.open, self.open

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        assert tag in KNOWN, tag
        self.attributes.append((tag, attributes))
        if tag not in VOID:
            self.open.append(tag)
        if tag == "table":
            self.table = attributes["id"]
            self.tables[self.table] = []
            self.captions[self.table] = ""
        elif tag == "tr":
            self.tables[self.table].append([])
        elif tag in ("td", "th"):
            self.tables[self.table][-1].append("")

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, tag

    def handle_data(self, data):
        if "caption" in self.open:
            self.captions[self.table] += data
        elif "td" in self.open or "th" in self.open:
            self.tables[self.table][-1][-1] += data
        elif "dt" in self.open:
            self.term = data
        elif "dd" in self.open:
            self.totals[self.term] = data.replace(NARROW_SPACE, "")
        if "style" not in self.open:
            self.text += data

    def elements(self, tag):
        return [attributes for known, attributes in self.attributes
                if known == tag]

    def rows(self, table):
        """Of a table: a dict of its columns for each row."""
        columns, *rows = self.tables[table]
        return [dict(zip(columns, (cell.replace(NARROW_SPACE, "")
                                   for cell in row), strict=True))
                for row in rows]


    def names(self):
        """What is said of each name, and last of all of them, in the order of
        the page; a column that is left out is zero everywhere."""
        *rows, last = self.rows("names")
        rows += self.rows("names-more") if "names-more" in self.tables else []
        return [*rows, last]


def read(server, query="", **more):
    answer = server.ask("/crosstown-status" + query, **more)
    assert answer.status == 200
    return Page(answer.body.decode("utf-8", errors="strict"))
