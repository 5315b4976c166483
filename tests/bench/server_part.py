# SPDX-License-Identifier: Apache-2.0
"""The server part: one httpd for each variant, all of them running, one of
them under load at a time."""

import random
import re
import socket
import statistics
import time

from bench_server import BenchServer, load, read, send
from turns import take_turns

WARM_UP = 128

# name: which mod_crosstown.so, the section of /
VARIANTS = {
    "a not loaded": (None, ""),
    "b no task": ("mod_crosstown.so", ""),
    "c one task": ("mod_crosstown.so", "BenchTasks 1"),
    "d same thread": ("mod_crosstown.so", "BenchTasks 1\nBenchSameThread On"),
    "e ten tasks": ("mod_crosstown.so", "BenchTasks 10"),
    "f naive": ("naive/mod_crosstown.so", "BenchTasks 1"),
}


def tasks_of(section):
    found = re.search(r"BenchTasks (\d+)", section)
    return int(found.group(1)) if found else 0


def warm_up(server, connections, path, with_tasks=True):
    """As it is in the midst of a day, with its threads and memory."""
    wanted = server.ran() + (WARM_UP if with_tasks else 0)
    load(server, WARM_UP, connections, path)
    server.wait_for_tasks(wanted)


def measure_answers(servers, rounds):
    """640 requests on 32 connections, each with a task of 50 ms; where no
    module is loaded, with none. While the tasks of one server sleep another
    one is asked."""
    tasks = {name: 640 if VARIANTS[name][0] else 0 for name in servers}
    wanted = {}
    for name, server in servers.items():
        warm_up(server, 32, "/busy", tasks[name] > 0)
        wanted[name] = server.ran()
    rates = {name: [] for name in servers}
    for _ in range(rounds):
        for name in random.sample(list(servers), len(servers)):
            server = servers[name]
            if server.wait_for_tasks(wanted[name]) < wanted[name]:
                raise SystemExit("%s: not all tasks of 50 ms ran" % name)
            wanted[name] += tasks[name]
            rates[name].append(load(server, 640, 32, "/busy"))
    return rates


def start_servers(build, variants):
    servers = {}
    try:
        for name in variants:
            servers[name] = BenchServer(build, *VARIANTS[name])
            servers[name].start()
    except BaseException:
        stop_servers(servers)
        raise
    return servers


def stop_servers(servers):
    for server in servers.values():
        server.end()


def measure_start(server, samples):
    """How long after the last write a task starts, one request at a time on
    an idle server: sorted, us. mod_bench.c says what the last write is. The
    client sleeps meanwhile: one that waits for the answer would be woken by
    that write and want a processor of the server's, where a real one has its
    own."""
    warm_up(server, 1, "/stamp")
    before = server.ran()
    server.notes.clear()
    with socket.create_connection(("127.0.0.1", server.port), 5) as client:
        for _ in range(samples):
            send(client, "/stamp")
            time.sleep(0.003)
            read(client)
            time.sleep(0.003)
    server.wait_for_tasks(before + samples)
    return sorted(note / 1000 for note in server.notes)


def measure_variants(servers, seconds):
    """{variant: its figures}, those of turns.py and how many tasks are not
    accounted for."""
    ran = {}
    for name, server in servers.items():
        load(server, 4000)
        ran[name] = server.wait_for_tasks(4000 * tasks_of(VARIANTS[name][1]))
    got = take_turns(servers, seconds)
    for name, server in servers.items():
        wanted = ran[name] + got[name].pop("answers") * tasks_of(
            VARIANTS[name][1])
        got[name]["lost"] = max(0, wanted - server.wait_for_tasks(wanted))
    return got


def measure_generations(build, variants, generations, seconds, samples, say):
    """({variant: {figure: [one for each generation]}}, {variant: [start
    latencies]}). New servers for each generation: where the memory of a
    process happens to lie, and on which processors its threads, makes it
    faster or slower by several per cent for all its life."""
    figures = {name: {} for name in variants}
    starts = {name: [] for name in variants
              if tasks_of(VARIANTS[name][1]) == 1
              and "SameThread" not in VARIANTS[name][1]}
    for generation in range(generations):
        servers = start_servers(build, variants)
        try:
            got = measure_variants(servers, seconds)
            for name in starts:
                starts[name] += measure_start(servers[name], samples)
        finally:
            stop_servers(servers)
        for name, its in got.items():
            for figure, value in its.items():
                figures[name].setdefault(figure, []).append(value)
        say("  servers %d of %d: %s" % (generation + 1, generations, "  ".join(
            "%s %.0f/s" % (name[0], got[name]["rate"]) for name in got)))
    return figures, {name: sorted(its) for name, its in starts.items()}


def ratios(figures, name, figure, to="a not loaded"):
    return [one / other for one, other in zip(figures[name][figure],
                                              figures[to][figure])]


def quartiles(values):
    ordered = sorted(values)
    return ordered[len(ordered) // 4], ordered[len(ordered) * 3 // 4]


def added_cpu(figures, name, to="a not loaded"):
    return statistics.median(
        one - other for one, other in zip(figures[name]["cpu_us"],
                                          figures[to]["cpu_us"]))
