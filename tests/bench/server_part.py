# SPDX-License-Identifier: Apache-2.0
"""The server part: one httpd for each variant, all of them running, one of
them under load at a time, in another order each round."""

import os
import random
import pathlib
import re
import resource
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "server"))

from server import (free_port, httpd_program, load_line,  # noqa: E402
                    user_lines)

CONNECTIONS = 64
# One more than it has threads makes event close connections to help itself.
THREADS = 2 * CONNECTIONS
DEADLINE = 30
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

CONFIG = """
ServerRoot "{root}"
ServerName localhost
DefaultRuntimeDir "{root}"
PidFile "{root}/httpd.pid"
ErrorLog "{root}/error_log"
LogLevel warn
{modules}
{user}
StartServers 1
ServerLimit 1
ThreadLimit {threads}
ThreadsPerChild {threads}
MaxRequestWorkers {threads}
MinSpareThreads 1
MaxSpareThreads {threads}
Listen 127.0.0.1:{port}
KeepAlive On
KeepAliveTimeout 60
MaxKeepAliveRequests 0
<Location "/">
    SetHandler bench
    {section}
</Location>
<Location "/counts">
    SetHandler bench-counts
</Location>
<Location "/busy">
    BenchTasks 1
    BenchWork 50
    SetHandler bench
</Location>
<Location "/stamp">
    BenchTasks 1
    BenchStamp On
    SetHandler bench
</Location>
"""


def cpu_seconds(pid):
    """Of all threads a process has or had: its CPU clock, by its id."""
    return time.clock_gettime((~pid << 3) | 2)


class Server:
    """A private httpd. wrapper: what to run it with; {root} is its own
    directory."""

    def __init__(self, build, module, section, wrapper=(),
                 arguments=("-DFOREGROUND",)):
        self.notes = []
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="crosstown-bench-"))
        self.root.chmod(0o777 if wrapper else 0o755)
        self.port = free_port()
        modules = [load_line("mpm_event"), load_line("authz_core"),
                   'LoadModule bench_module "%s"' % (
                       build / "bench" / "mod_bench.so")]
        if module:
            modules.append('LoadModule crosstown_module "%s"' % (
                build / module))
        (self.root / "httpd.conf").write_text(CONFIG.format(
            root=self.root, modules="\n".join(modules), user=user_lines(),
            threads=THREADS, port=self.port, section=section))
        self.process = subprocess.Popen(
            [*(word.format(root=self.root) for word in wrapper),
             httpd_program(), *arguments, "-f", str(self.root / "httpd.conf")],
            stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.wait_until_it_listens()

    def wait_until_it_listens(self):
        until = time.monotonic() + DEADLINE
        while time.monotonic() < until and self.process.poll() is None:
            try:
                self.ran()
                return
            except urllib.error.HTTPError:
                break
            except OSError:
                time.sleep(0.02)
        told = self.error_log()
        self.stop()
        raise SystemExit("httpd does not start:\n" + told)

    def error_log(self):
        path = self.root / "error_log"
        return path.read_text()[-4000:] if path.exists() else ""

    def url(self, path="/"):
        return "http://127.0.0.1:%d%s" % (self.port, path)

    def ran(self):
        """How many tasks ran; what they noted is added to self.notes."""
        with urllib.request.urlopen(self.url("/counts"), timeout=5) as answer:
            ran, *notes = map(int, answer.read().split())
        self.notes += notes
        return ran

    def wait_for_tasks(self, ran):
        """Until so many tasks ran, or nothing moves any more for a second."""
        known, moved = -1, time.monotonic()
        while known < ran and time.monotonic() - moved < 1:
            now = self.ran()
            if now != known:
                known, moved = now, time.monotonic()
            if known < ran:
                time.sleep(0.02)
        return known

    def cpu(self):
        pid = self.process.pid
        path = pathlib.Path("/proc/%d/task/%d/children" % (pid, pid))
        children = map(int, path.read_text().split())
        return sum(map(cpu_seconds, [pid, *children]))

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(DEADLINE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.root, ignore_errors=True)


def load(server, requests, connections=CONNECTIONS, path="/", log=None):
    """h2load; answers per second, and the time of each answer in us."""
    command = ["h2load", "--h1", "-t", "1", "-n", str(requests), "-c",
               str(connections), server.url(path)]
    if log:
        log.unlink(missing_ok=True)
        command.insert(1, "--log-file=%s" % log)
    told = subprocess.run(command, check=True, text=True, timeout=120,
                          stdout=subprocess.PIPE).stdout
    rate = re.search(r"finished in .*, ([\d.]+) req/s", told)
    if not re.search(r"\b%d succeeded" % requests, told) or not rate:
        raise SystemExit("h2load failed:\n" + told + server.error_log())
    times = []
    if log:
        with log.open() as lines:
            times = sorted(int(line.rsplit("\t", 1)[1]) for line in lines)
    return float(rate.group(1)), times


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


def measure_answers(servers, rounds):
    """640 requests on 32 connections, each with a task of 50 ms."""
    rates = {name: [] for name in servers}
    names = list(servers)
    for index in range(rounds):
        for name in names if index % 2 else reversed(names):
            server = servers[name]
            before = server.ran()
            rates[name].append(load(server, 640, 32, "/busy")[0])
            if server.wait_for_tasks(before + 640) < before + 640:
                raise SystemExit("%s: not all tasks of 50 ms ran" % name)
    return rates


def ask(client, path):
    client.sendall(b"GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n"
                   % path.encode())
    got = b""
    while not got.endswith(b"answer\n"):
        piece = client.recv(4096)
        if not piece:
            raise SystemExit("httpd closed a connection")
        got += piece


def measure_start(server, samples):
    """How long after the last write a task starts, one request at a time on
    an idle server: sorted, us. mod_bench.c says what the last write is."""
    before = server.ran()
    server.notes.clear()
    with socket.create_connection(("127.0.0.1", server.port), 5) as client:
        for _ in range(samples):
            ask(client, "/stamp")
            time.sleep(0.003)
    server.wait_for_tasks(before + samples)
    return sorted(note / 1000 for note in server.notes)


def start_servers(build, variants):
    servers = {}
    try:
        for name in variants:
            servers[name] = Server(build, *VARIANTS[name])
    except BaseException:
        stop_servers(servers)
        raise
    return servers


def stop_servers(servers):
    for server in servers.values():
        server.stop()


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
