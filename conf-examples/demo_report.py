# SPDX-License-Identifier: Apache-2.0
"""What the demo prints: timelines, and claims that are true or not."""

import re
import sys
import textwrap


def ms(microseconds):
    return "%.2f ms" % (microseconds / 1000)


class Report:
    def __init__(self, out=sys.stdout):
        self.out = out
        self.live = out.isatty()
        self.shown = None       # as progress, now
        self.claims = 0
        self.untrue = 0

    def say(self, text=""):
        self.progress_over()
        print(text, file=self.out, flush=True)

    def chapter(self, title):
        self.say()
        self.say(title)

    def claim(self, true, text):
        """One sentence, and what was measured says if it holds."""
        self.claims += 1
        if not true:
            self.untrue += 1
        self.say(textwrap.fill(text, 79, subsequent_indent=12 * " ",
                               initial_indent="  %-10s" % (
                                   "true" if true else "NOT TRUE")))

    def timeline(self, zero, events):
        """(when, what) pairs, in the order of time; when may be None."""
        known = [event for event in events if event[0] is not None]
        for when, what in sorted(known, key=lambda event: event[0]):
            self.say("  %12s  %s" % (ms(when - zero), what))

    def progress(self, text):
        """A line that is written over, for whoever is looking on."""
        if self.live and text != self.shown:
            self.shown = text
            self.out.write("\r  %s\033[K" % text)
            self.out.flush()

    def progress_over(self):
        if self.shown is not None:
            self.shown = None
            self.out.write("\r\033[K")


def recorded_with(source):
    """The statement of the example module that records the calls."""
    text = source.read_text()
    found = re.search(r"^ *rv = (CROSSTOWN_TRAFFIC\(.*?\);)$", text,
                      re.DOTALL | re.MULTILINE)
    lines = found[1].splitlines()
    return "\n".join(["    " + lines[0]]
                     + ["        " + line.strip() for line in lines[1:]])
