# SPDX-License-Identifier: Apache-2.0
"""Instructions of mod_crosstown.so inside httpd: whatever the server calls in
it, with all that it calls in turn. Read from callgrind's own file format,
which says for each call from where to where and what it cost."""

import pathlib
import re
import signal
import socket

from bench_server import BenchServer, ask

FEW, MANY = 200, 600
MODULE = "mod_crosstown.so"
NAMED = re.compile(r"(c?)(ob|fn)=\((\d+)\)(?: (.*))?")
# What an output filter hands on is the work of those behind it.
HANDED_ON = "ap_pass_brigade"


def entered(path, module):
    """Sum of what calls into the module cost that come from elsewhere."""
    names, total = {}, 0
    here, there, called = "", "", ""
    lines = iter(path.read_text().splitlines())
    for line in lines:
        named = NAMED.match(line)
        if named:
            callee, kind, key, name = named.groups()
            if name is not None:
                names[kind, key] = pathlib.PurePath(name).name
            name = names[kind, key]
            if kind == "ob":
                here, there = (here, name) if callee else (name, name)
            elif callee:
                called = name.split("'")[0]
            else:
                there = here
        elif line.startswith("calls="):
            cost = int(next(lines).split()[1])
            if there == module and here != module:
                total += cost
            elif here == module and called == HANDED_ON:
                total -= cost
            there = here
    return total


def run(build, section, requests, module, more):
    """httpd in one process, asked so many times on one connection."""
    server = BenchServer(build, MODULE, section, wrapper=(
        "valgrind", "-q", "--tool=callgrind", "--separate-threads=no",
        "--callgrind-out-file={root}/callgrind"), arguments=("-X", *more))
    try:
        server.start()
        # Made by whoever started the server, written by whom it became.
        (server.root / "callgrind").chmod(0o666)
        with socket.create_connection(("127.0.0.1", server.port),
                                      30) as client:
            for _ in range(requests):
                ask(client, "/")
        server.tell(signal.SIGTERM)
        server.process.wait(60)
        return entered(server.root / "callgrind", module)
    finally:
        server.clean_up()


def per_request(build, section, module=MODULE, more=()):
    """Start and stop cost the same however many requests there were. more:
    arguments of httpd."""
    return (run(build, section, MANY, module, more)
            - run(build, section, FEW, module, more)) / (MANY - FEW)
