# SPDX-License-Identifier: Apache-2.0
"""Requests that leave a task on disk: what they cost beside those that leave
none, or one in memory, or one that is put on disk when the client has its
answer. And what the store costs those that leave none."""

import contextlib
import os
import random
import signal
import subprocess
import time

import store_million
import store_program
import store_uwsgi
from bench_server import load
from jobs import running, wait_for
from store_server import TASKS, Disk, Page, store_server, tasks_server
from turns import Pace, take_turns

SYNCS = (1, 0, 5)                    # ms
CLIENTS = (64, 16)
# Answers a second that leave this machine idle for half of the time: what is
# added then is what an answer waits for. Clients that ask again as soon as
# they are answered keep each other waiting, and what a task costs of the
# processors is added once for each of them, also if it waits for no disk.
RATE = 2000
MOST_MATTERS = (64, 1)
OFF, ON = "not loaded", "loaded"

# The end of a task is written up to 50 ms after it.
TURN, LEAD, GAP = 0.1, 0.04, 0.07


def cell(clients, sync):
    return "%d clients, sync +%d ms" % (clients, sync)


def pace(clients):
    return Pace(TURN, LEAD, GAP, clients)


# ---- requests with a task ---------------------------------------------------

def measure_requests(build, disk, seconds):
    """{cell: {what is left: figures of turns.py}} of one new server, whose
    pages take turns."""
    got = {}
    with running([store_server(build, disk, disk.new_store())]) as (server,):
        pages = {name: Page(server, name) for name in TASKS}
        for page in pages.values():
            load(server, 4000, path=page.path)
        for clients in CLIENTS:
            for sync in SYNCS:
                disk.set_sync(sync)
                got[cell(clients, sync)] = take_turns(pages, seconds + 1,
                                                      pace(clients))
        disk.set_sync(0)
    return got


def measure_most(build, disk, seconds):
    """The cell that is judged, of one new server. From one server to the next
    it varies by a tenth: how the clients fall to the children differs."""
    clients, sync = MOST_MATTERS
    with running([store_server(build, disk, disk.new_store())]) as (server,):
        pages = {name: Page(server, name)
                 for name in ("none", "memory", "disk")}
        for page in pages.values():
            load(server, 4000, path=page.path)
        disk.set_sync(sync)
        got = take_turns(pages, seconds, pace(clients))
        disk.set_sync(0)
    return {cell(clients, sync): got}


# ---- requests at a rate ----------------------------------------------------

def ask_at(build, page, clients, rate, seconds):
    """{answers, p50_us, p99_us} of requests that come at that rate."""
    told = subprocess.run(
        [str(build / "bench" / "arrivals"), str(page.server.port), page.path,
         *map(str, (clients, rate, seconds))], check=True, text=True,
        timeout=seconds + 60, stdout=subprocess.PIPE).stdout
    return dict(zip(("answers", "p50_us", "p99_us"), map(int, told.split())))


def measure_rate(build, disk, seconds):
    """{sync: {what is left: figures}} of one new server, each page in its
    turn, in any order."""
    got = {}
    with running([store_server(build, disk, disk.new_store())]) as (server,):
        pages = {name: Page(server, name) for name in TASKS}
        for page in pages.values():
            load(server, 4000, path=page.path)
        for sync in SYNCS:
            disk.set_sync(sync)
            got[sync] = {name: ask_at(build, pages[name], CLIENTS[0], RATE,
                                      seconds)
                         for name in random.sample(list(TASKS), len(TASKS))}
        disk.set_sync(0)
    return got


# ---- requests without one ---------------------------------------------------

def measure_without(build, disk, seconds):
    """{OFF, ON: figures} of two new servers."""
    servers = {OFF: tasks_server(build, disk),
               ON: store_server(build, disk, disk.new_store())}
    with running(list(servers.values())):
        for server in servers.values():
            load(server, 4000)
        return take_turns({name: Page(server, "none") for name, server
                           in servers.items()}, seconds)


# ---- after a kill -----------------------------------------------------------

def kill_all(server):
    os.killpg(server.process.pid, signal.SIGKILL)
    server.process.wait()


def measure_recovery(build, disk):
    """Everything is killed under load, and started again on the same store:
    {how many tasks were left, until the last one has run: s}"""
    store = disk.new_store()
    disk.set_sync(1)
    server = store_server(build, disk, store)
    with running([server]):
        client = subprocess.Popen(
            ["h2load", "--h1", "-t", "1", "-c", "64", "-D", "20",
             server.url("/disk")], stdout=subprocess.DEVNULL)
        try:
            time.sleep(1)
            kill_all(server)
        finally:
            client.kill()
            client.wait()
    left = store_program.count(store)
    again = store_server(build, disk, store)
    began = time.monotonic()
    with running([again]):
        wait_for(lambda: -store_program.count(store), 0, 0.01)
        took = time.monotonic() - began
    disk.set_sync(0)
    return {"left": left, "seconds": took}


# ---- all of it --------------------------------------------------------------

def measure(build, quick, say):
    """{part: figures of each time}"""
    generations, pairs, rounds = (2, 6, 3) if quick else (8, 24, 9)
    seconds = 2 if quick else 6
    figures = {"requests": [], "most": [], "rate": [], "without": [],
               "commits": [], "recovery": [], "million": [], "uwsgi": []}
    with contextlib.closing(Disk(build)) as disk:
        for number in range(generations):
            figures["requests"].append(
                measure_requests(build, disk, seconds))
            say("  store: servers %d of %d measured" % (number + 1,
                                                        generations))
        say("  store: %d servers that each leave as many tasks as can be"
            % pairs)
        for _ in range(pairs):
            figures["most"].append(measure_most(build, disk, seconds))
        say("  store: requests at %d a second" % RATE)
        for _ in range(rounds):
            figures["rate"].append(measure_rate(build, disk, seconds / 3))
        say("  store: %d pairs of servers without a durable task" % pairs)
        for _ in range(pairs):
            figures["without"].append(measure_without(build, disk, 4))
        say("  store: commits without a server, %d rounds" % rounds)
        for _ in range(rounds):
            figures["commits"].append(store_program.measure(build, disk,
                                                             seconds))
        say("  store: after a kill, and with 10^6 tasks")
        for _ in range(rounds):
            figures["recovery"].append(measure_recovery(build, disk))
        if store_uwsgi.missing():
            say("  store: without uWSGI's spooler, there is no "
                + ", ".join(store_uwsgi.missing()))
        else:
            for _ in range(rounds):
                figures["uwsgi"].append(store_uwsgi.measure(disk, seconds))
        for _ in range(1 if quick else 3):
            figures["million"].append(store_million.measure(build, disk))
    return figures
