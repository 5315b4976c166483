# SPDX-License-Identifier: Apache-2.0
"""Is the code laid out as .clang-format says, as far as it can be?

clang-format knows no way to leave alone what this code decides by hand: the
column of a comment or of a macro's text, where a statement is broken, and
below what its further lines stand. So each statement, or list of values, is
put on one line, without comments and directives; what clang-format makes of
it must have the same indentation, braces and spaces. No line is longer than
79 columns.

usage: format.py CLANG-FORMAT FILE...
"""

import pathlib
import re
import subprocess
import sys

WIDTH = 79

STRINGS = r'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|R"\((?:.|\n)*?\)"'
NO_CODE = re.compile(STRINGS + r"|/\*.*?\*/|//[^\n]*", re.S)
LIST = re.compile(r"= \{.*")
MACRO = re.compile(r"[A-Z_]+\(")
# What clang-format 14 takes for something else: the star of an unknown type
# for a product, the type of a function or a pointer to one for a call.
MISREAD = ((r"(^| )\* (?=\w)", r"\1*"),
           (r"(?<=\w) \(\*", "(*"),
           (r"(^typedef .*?) \(", r"\1("))


def blank(match):
    """Comments become spaces, line by line; strings stay."""
    text = match.group()
    return text if text[0] in "\"'R" else re.sub(r"[^\n]", " ", text)


def left_open(text, opening, closing):
    code = NO_CODE.sub("", text)
    return sum(code.count(sign) for sign in opening) - sum(
        code.count(sign) for sign in closing)


def with_misread(text):
    for wrong, right in MISREAD:
        text = re.sub(wrong, right, text)
    return text


class Statement:
    """Its indentation, and its pieces, one of each line."""

    def __init__(self, number, line):
        self.number = number
        self.indent = line[:len(line) - len(line.lstrip())]
        self.pieces = [line.strip()]

    def add(self, line):
        last, new = self.pieces[-1], line.strip()
        if last[-1] == new[0] == '"':
            self.pieces[-1] = last[:-1] + new[1:]
        else:
            if new[0] == "}":         # a last comma breaks every line
                self.pieces[-1] = last.rstrip(",")
            self.pieces.append(new)

    def is_checked(self):
        """clang-format 14 breaks a chain of conditions wherever it stands."""
        return not self.is_directive() and self.line().count(" ? ") < 2

    def is_directive(self):
        return self.pieces[0].startswith("#")

    def is_complete(self, following):
        if self.is_directive():
            return not self.pieces[-1].endswith("\\")
        text = " ".join(self.pieces)
        values = LIST.search(text)
        if left_open(text, "([", ")]") > 0 or (
                values and left_open(values.group(), "{", "}") > 0):
            return False
        next_sign = following.lstrip()[:1]
        return (text.endswith((";", "{", "}", ":", ","))
                or (MACRO.match(text) and text.endswith(")"))
                or (text.startswith("template") and text.endswith(">"))
                or (next_sign == ":" and "?" not in text)
                or next_sign in ("{", "}", "#", ""))

    def line(self):
        return self.indent + " ".join(self.pieces)

    def is_like(self, line):
        """Blanks may differ where a line ended."""
        wanted = r"\s?".join(re.escape(with_misread(piece))
                             for piece in self.pieces)
        return re.fullmatch(re.escape(self.indent) + wanted,
                            with_misread(line)) is not None


def statements(text):
    lines = NO_CODE.sub(blank, text).split("\n")
    current = None
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        if current is None:
            current = Statement(number, line)
        else:
            current.add(line)
        following = lines[number] if number < len(lines) else ""
        if current.is_complete(following):
            yield current
            current = None
    if current:
        yield current


def complaints(program, path):
    text = path.read_text()
    for number, line in enumerate(text.split("\n"), 1):
        if len(line) > WIDTH:
            yield "%s:%d: %d columns (%d)" % (path, number, len(line), WIDTH)
    found = [each for each in statements(text) if each.is_checked()]
    rules = pathlib.Path(__file__).with_name(path.name)
    done = subprocess.run(
        [program, "--assume-filename=%s" % rules], text=True, check=True,
        input="".join(each.line() + "\n" for each in found),
        stdout=subprocess.PIPE).stdout
    lines = [line for line in done.split("\n") if line.strip()]
    for statement, line in zip(found, lines):
        if not statement.is_like(line):
            yield "%s:%d: %s" % (path, statement.number, line)
            if len(found) != len(lines):
                return


def main(program, *names):
    told = [line for name in names
            for line in complaints(program, pathlib.Path(name))]
    for line in told:
        print(line, file=sys.stderr)
    return bool(told)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
