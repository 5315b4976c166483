# SPDX-License-Identifier: Apache-2.0
"""Commits of several processes without a server round them (store.c), alone
and while somebody else has the store."""

import contextlib
import sqlite3
import subprocess
import time

PROCESSES, THREADS = 8, 16
RATE = 2000                          # tasks a second, all processes together
HELD = 1.5                           # s that somebody else has a lock


def count(store):
    with contextlib.closing(sqlite3.connect(store, timeout=60)) as shell:
        return shell.execute("SELECT count(*) FROM task").fetchone()[0]


@contextlib.contextmanager
def nobody(store):
    yield


@contextlib.contextmanager
def reader(store):
    """Reads for all the time."""
    with contextlib.closing(sqlite3.connect(store, timeout=60)) as shell:
        shell.execute("BEGIN")
        shell.execute("SELECT count(*) FROM task").fetchone()
        yield


@contextlib.contextmanager
def writer(store):
    with contextlib.closing(sqlite3.connect(
            store, timeout=60, isolation_level=None)) as shell:
        shell.execute("BEGIN IMMEDIATE")
        time.sleep(HELD)
        shell.execute("COMMIT")
        yield


def commits(build, disk, seconds, way, threads, rate, beside=nobody):
    """{a second, and us: p50, p99, most}"""
    store = disk.new_store()
    with subprocess.Popen(
            [str(build / "bench" / "store"), way, str(store), str(PROCESSES),
             str(threads), str(rate), str(seconds)], text=True,
            stdout=subprocess.PIPE,
            env=disk.environment()) as process:
        if process.stdout.readline() == "ready\n":
            with beside(store):
                words = process.stdout.readline().split()
    if process.returncode:
        raise SystemExit("bench/store %s has failed" % way)
    return dict(zip(("rate", "p50_us", "p99_us", "most_us"),
                    map(int, words)))


def measure(build, disk, seconds):
    """One round of each, that long."""
    def of(*what):
        return commits(build, disk, seconds, *what)
    got = {}
    for sync in (0, 1, 5):
        disk.set_sync(sync)
        got["offered, sync +%d ms" % sync] = of("own", THREADS, RATE)
    disk.set_sync(1)
    got["somebody reads"] = of("own", THREADS, RATE, reader)
    # So many threads that none of what arrives meanwhile waits for one.
    got["somebody writes"] = of("own", 8 * THREADS, RATE, writer)
    got["as many as can be"] = of("own", 8, 0)
    got["FULL, one by one"] = of("full", 8, 0)
    disk.set_sync(0)
    return got
