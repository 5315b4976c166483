# SPDX-License-Identifier: Apache-2.0
"""The server part: one httpd for each variant, all of them running, one of
them under load at a time, in another order each round."""

import os
import random
import re
import resource
import socket
import statistics
import time

from bench_server import BenchServer, load, read, send

WARM_UP = 128
# A round is quiet if others used no more than this share of the processors;
# if there are enough of them only those are compared.
QUIET = 0.08
ENOUGH = 7

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


class Neighbours:
    """What share of all processors others have used meanwhile, the kernel's
    interrupts left out."""

    def __init__(self):
        self.start = self.look()

    @staticmethod
    def look():
        with open("/proc/stat", encoding="ascii") as lines:
            used = list(map(int, lines.readline().split()[1:]))
        spent = resource.getrusage(resource.RUSAGE_CHILDREN)
        own = resource.getrusage(resource.RUSAGE_SELF)
        return (time.monotonic(),
                # user, nice, system, steal
                sum(used[column] for column in (0, 1, 2, 7))
                / os.sysconf("SC_CLK_TCK"),
                spent.ru_utime + spent.ru_stime + own.ru_utime + own.ru_stime)

    def share(self, server_cpu):
        passed, used, own = (now - then for now, then in
                             zip(self.look(), self.start))
        return max(0, used - own - server_cpu) / passed / os.cpu_count()


def one_round(server, requests, tasks):
    before = server.ran()
    neighbours = Neighbours()
    cpu = server.cpu()
    rate, times = load(server, requests, log=server.root / "h2load.log")
    others = neighbours.share(server.cpu() - cpu)
    wanted = before + requests * tasks
    lost = wanted - server.wait_for_tasks(wanted)
    cpu = server.cpu() - cpu
    return {"rate": rate, "cpu_us": cpu / requests * 1e6,
            "p50_us": times[len(times) // 2],
            "p99_us": times[len(times) * 99 // 100],
            "lost": lost, "others": others}


def measure_variants(servers, rounds, seconds, say):
    """{variant: {figure: [one for each round]}}"""
    figures = {name: {} for name in servers}
    requests = {}
    for name, server in servers.items():
        load(server, 2000)
        rate, _ = load(server, 8000)
        requests[name] = max(2000, int(rate * seconds) // 64 * 64)
        server.wait_for_tasks(10000 * tasks_of(VARIANTS[name][1]))
    names = random.sample(list(servers), len(servers))
    for index in range(rounds):
        shift = index % len(names)
        for name in names[shift:] + names[:shift]:
            got = one_round(servers[name], requests[name],
                            tasks_of(VARIANTS[name][1]))
            for figure, value in got.items():
                figures[name].setdefault(figure, []).append(value)
        say("  round %d of %d: %s" % (index + 1, rounds, "  ".join(
            "%s %.0f/s" % (name[0], figures[name]["rate"][-1])
            for name in names)))
    return figures


def warm_up(server, connections, path, with_tasks=True):
    """As it is in the midst of a day, with its threads and memory."""
    wanted = server.ran() + (WARM_UP if with_tasks else 0)
    load(server, WARM_UP, connections, path)
    server.wait_for_tasks(wanted)


def measure_answers(servers, rounds):
    """640 requests on 32 connections, each with a task of 50 ms; where no
    module is loaded, with none."""
    tasks = {name: 640 if VARIANTS[name][0] else 0 for name in servers}
    for name, server in servers.items():
        warm_up(server, 32, "/busy", tasks[name] > 0)
    rates = {name: [] for name in servers}
    names = list(servers)
    for index in range(rounds):
        shift = index % len(names)
        for name in names[shift:] + names[:shift]:
            server = servers[name]
            wanted = server.ran() + tasks[name]
            rates[name].append(load(server, 640, 32, "/busy")[0])
            if server.wait_for_tasks(wanted) < wanted:
                raise SystemExit("%s: not all tasks of 50 ms ran" % name)
    return rates


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


def measure_generations(build, variants, generations, rounds, seconds, say):
    """As measure_variants(), with new servers for every few rounds: where the
    memory of a process happens to lie makes it faster or slower by several
    per cent for all its life."""
    figures = {name: {} for name in variants}
    for generation in range(generations):
        servers = start_servers(build, variants)
        try:
            got = measure_variants(
                servers, rounds, seconds,
                lambda text: say("  servers %d of %d: %s" % (
                    generation + 1, generations, text.strip())))
        finally:
            stop_servers(servers)
        for name in got:
            for figure, values in got[name].items():
                figures[name].setdefault(figure, []).extend(values)
    return figures


def rounds_to_compare(figures, name, to):
    """Those in which others left the machine alone, if that are enough."""
    both = list(zip(figures[name]["others"], figures[to]["others"]))
    quiet = [index for index, shares in enumerate(both)
             if max(shares) <= QUIET]
    return quiet if len(quiet) >= ENOUGH else range(len(both))


def ratios(figures, name, figure, to="a not loaded"):
    return [figures[name][figure][index] / figures[to][figure][index]
            for index in rounds_to_compare(figures, name, to)]


def quartiles(values):
    ordered = sorted(values)
    return ordered[len(ordered) // 4], ordered[len(ordered) * 3 // 4]


def added_cpu(figures, name, to="a not loaded"):
    return statistics.median(
        figures[name]["cpu_us"][index] - figures[to]["cpu_us"][index]
        for index in rounds_to_compare(figures, name, to))
