# SPDX-License-Identifier: Apache-2.0
"""The httpd that is measured: lean, with mod_bench, and what asks it."""

import pathlib
import re
import signal
import subprocess
import sys
import time
import urllib.request

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "server"))

from httpd import load_line  # noqa: E402
from httpd_conf import HEAD  # noqa: E402
from resources import user_lines  # noqa: E402
from server import Server  # noqa: E402

CONNECTIONS = 64
# One more than it has threads makes event close connections to help itself.
THREADS = 2 * CONNECTIONS
# Of prefork; of php-fpm as many.
CHILDREN = 8
# Of tasks: many, as who lets them wait for the network has it.
TASK_THREADS = 128

THREADED = """
StartServers 1
ServerLimit 1
ThreadLimit {threads}
ThreadsPerChild {threads}
MaxRequestWorkers {threads}
MinSpareThreads 1
MaxSpareThreads {threads}
""".format(threads=THREADS)

PREFORK = """
StartServers {children}
ServerLimit {children}
MaxRequestWorkers {children}
MinSpareServers 1
MaxSpareServers {children}
""".format(children=CHILDREN)

CONFIG = HEAD + """
LogLevel warn
{modules}
{user}
{mpm}
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
{lines}
"""


def cpu_seconds(pid):
    """Of all threads a process has or had: its CPU clock, by its id."""
    return time.clock_gettime((~pid << 3) | 2)


class BenchServer(Server):
    """wrapper: what to run httpd with; {root} is its own directory. lines:
    further ones of its configuration; {port} is its own. processes: the lines
    that say how many of them there are."""

    def __init__(self, build, module, section, wrapper=(), arguments=(),
                 lines=(), mpm="event", processes=None):
        super().__init__(mpm, build, section, arguments=arguments)
        self.module = module
        self.wrapper = wrapper
        self.lines = lines
        self.processes = processes or (
            PREFORK if mpm == "prefork" else THREADED)
        self.notes = []
        if wrapper:
            self.root.chmod(0o777)

    def write_config(self):
        modules = [load_line("mpm_" + self.mpm), load_line("authz_core"),
                   'LoadModule bench_module "%s"' % (
                       self.build / "bench" / "mod_bench.so")]
        if self.module:
            modules.append('LoadModule crosstown_module "%s"' % (
                self.build / self.module))
            modules.append("CrosstownThreads 1 %d" % TASK_THREADS)
        path = self.root / "httpd.conf"
        path.write_text(CONFIG.format(
            root=self.root, modules="\n".join(modules), user=user_lines(),
            mpm=self.processes, port=self.port, section=self.config,
            lines="\n".join(self.lines).replace("{port}",
                                                str(self.port))))
        return path

    def crash_lines(self):
        return []     # nothing beside what is measured

    def command(self):
        return [*(word.format(root=self.root) for word in self.wrapper),
                *super().command()]

    def end(self):
        """Stop it, or give it up; nothing of it is left."""
        try:
            if self.process.poll() is None:
                self.tell(signal.SIGTERM)
                self.wait_for_exit()
        finally:
            self.clean_up()

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
        return sum(map(cpu_seconds, [self.process.pid, *self.children()]))


def load(server, requests, connections=CONNECTIONS, path="/"):
    """Answers per second, as h2load says."""
    command = ["h2load", "--h1", "-t", "1", "-n", str(requests), "-c",
               str(connections), server.url(path)]
    told = subprocess.run(command, check=True, text=True, timeout=120,
                          stdout=subprocess.PIPE).stdout
    rate = re.search(r"finished in .*, ([\d.]+) req/s", told)
    if not re.search(r"\b%d succeeded" % requests, told) or not rate:
        raise SystemExit("h2load failed:\n" + told + server.story())
    return float(rate.group(1))


def send(client, path):
    client.sendall(b"GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n"
                   % path.encode())


def read(client):
    got = b""
    while not got.endswith(b"answer\n"):
        piece = client.recv(4096)
        if not piece:
            raise SystemExit("httpd closed a connection")
        got += piece


def ask(client, path):
    send(client, path)
    read(client)
