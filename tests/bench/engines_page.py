# SPDX-License-Identifier: Apache-2.0
"""One job for each request that does some work itself, as an application's
does: the bench's own page takes httpd so little that h2load, httpd and the
engine share the processors in equal parts, and what is measured there is how
much the engine takes away. Also at a rate at which all of them have time."""

import random

from jobs import place
from store_part import ask_at
from store_server import Page
from turns import Pace, take_turns

PAGE_US = 200                # of processor time, that the page itself takes
LEFT = {"noop": "bench_memory", "stream": "stream"}
PACE = Pace(turn=0.1, lead=0.03, gap=0.03)
# Answers a second, and the clients: a fifth of what two processors could do.
RATE, CLIENTS = 1500, 16


def page_lines():
    """Of a server that has the tasks."""
    return [line for kind, name in LEFT.items()
            for line in place("/page-" + kind, name + ";to=42",
                              "CrosstownAccept " + name,
                              "BenchPage %d" % PAGE_US)]


def measure_pages(build, server, seconds):
    """{what is left: figures of turns.py, and those at a rate}"""
    pages = {kind: Page(server, "page-" + kind) for kind in LEFT}
    got = take_turns(pages, seconds, PACE)
    for kind in random.sample(list(LEFT), len(LEFT)):
        got["%s, at a rate" % kind] = ask_at(build, pages[kind], CLIENTS,
                                             RATE, seconds // 2)
    return got
