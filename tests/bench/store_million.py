# SPDX-License-Identifier: Apache-2.0
"""A store in which a million tasks of a process that has died are waiting:
when the first of them runs in a new child, and what the child needs."""

import contextlib
import os
import pathlib
import sqlite3
import time

from jobs import running, wait_for
from store_program import count
from store_server import store_server

TASKS = 1000000
# No process has this number any more.
DEAD = 1

ROWS = """
WITH RECURSIVE number(n) AS (
    VALUES(1) UNION ALL SELECT n + 1 FROM number WHERE n < %d)
INSERT INTO task (id, name, token, state, owner, attempt, not_before, created,
                  type, fields, payload)
SELECT (%d << 32) | n, 'bench_disk', printf('%%032x', n), 1, %d, 0, 0, 0,
    'text/plain', NULL, CAST(printf('%%300d', n) AS BLOB) FROM number
"""


def fill(store):
    with contextlib.closing(sqlite3.connect(store)) as shell:
        shell.execute("PRAGMA journal_mode = OFF")
        shell.execute("INSERT INTO owner (id, pid, started)"
                      " VALUES (%d, 1, 0)" % DEAD)
        shell.execute(ROWS % (TASKS, DEAD, DEAD))
        shell.commit()
        shell.execute("PRAGMA journal_mode = WAL")


def memory(pid, what):
    for line in pathlib.Path("/proc/%d/status" % pid).read_text().splitlines():
        if line.startswith(what + ":"):
            return int(line.split()[1]) * 1024
    raise SystemExit("no %s of %d" % (what, pid))


def age(pid):
    """Seconds since it was made."""
    words = pathlib.Path("/proc/%d/stat" % pid).read_text()
    ticks = int(words.rsplit(")", 1)[1].split()[19])
    return (time.clock_gettime(time.CLOCK_BOOTTIME)
            - ticks / os.sysconf("SC_CLK_TCK"))


def usual_memory(build, disk):
    """Of a child with an empty store."""
    with running([store_server(build, disk, disk.new_store(),
                               children=1)]) as (server,):
        server.ran()
        time.sleep(1)
        return memory(server.children()[0], "VmHWM")


def adopted(server):
    return "1000000 task(s) of a process" in (
        server.root / "error_log").read_text()


def measure(build, disk):
    """{"first": s, "adopted": s, "bytes": more than usual, at the most}"""
    usual = usual_memory(build, disk)
    store = disk.new_store()
    with running([store_server(build, disk, store, children=1)]):
        pass                         # it makes the tables
    fill(store)
    with running([store_server(build, disk, store, children=1)]) as (server,):
        child = server.children()[0]
        wait_for(server.ran, 1, 0.005)
        got = {"first": age(child)}
        wait_for(lambda: adopted(server), True, 0.05)
        got["adopted"] = age(child)
        got["bytes"] = memory(child, "VmHWM") - usual
        got["left"] = count(store)
    store.unlink()
    return got
