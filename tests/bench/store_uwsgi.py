# SPDX-License-Identifier: Apache-2.0
"""uWSGI's spooler, which is what comes nearest to tasks on disk in a server
that people run: an answer that leaves a file in the spool's directory, beside
one that does not. It writes the file before the answer and never syncs it, so
a power cut takes what it has promised; and it is Python that answers. What
compares is what a task costs each server beside its own answers without."""

import pathlib
import shutil
import subprocess
import tempfile
import time
import urllib.request

from bench_server import cpu_seconds, load
from jobs import running
from resources import free_port, user_lines
from store_server import give_to_children
from turns import Pace, take_turns

# Of both pages: a thread is a connection's as long as that is open.
PROCESSES, THREADS, CONNECTIONS = 4, 34, 64
PLUGIN = "/usr/lib/uwsgi/plugins/python3_plugin.so"
WITHOUT, WITH = "without", "spooled"

APPLICATION = """
import uwsgi

def work(task):
    return uwsgi.SPOOL_OK

uwsgi.spooler = work

def application(environ, start_response):
    if environ["PATH_INFO"] == "/spooled":
        uwsgi.spool({b"to": b"42", b"body": b"x" * 300})
    start_response("202 Accepted", [("Content-Length", "7"),
                                    ("Content-Type", "text/plain")])
    return [b"answer\\n"]
"""


def missing():
    """What of it is not installed."""
    return [name for name, is_there in (
        ("uwsgi-core", shutil.which("uwsgi")),
        ("uwsgi-plugin-python3", pathlib.Path(PLUGIN).exists()))
        if not is_there]


class Uwsgi:
    """A server, in a directory of the disk."""

    def __init__(self, disk):
        self.root = pathlib.Path(tempfile.mkdtemp(dir=disk.root))
        self.port = free_port()
        self.spool = self.root / "spool"
        self.spool.mkdir()
        (self.root / "application.py").write_text(APPLICATION)
        self.root.chmod(0o755)
        give_to_children(self.spool)
        self.environment = disk.environment()
        self.process = None

    def command(self):
        user = user_lines().split()
        return ["uwsgi", "--plugin", "python3", "--master", "--need-app",
                "--http11-socket", "127.0.0.1:%d" % self.port,
                "--processes", str(PROCESSES), "--threads", str(THREADS),
                "--listen", "128", "--disable-logging", "--die-on-term",
                "--pythonpath", str(self.root), "--module", "application",
                "--spooler", str(self.spool), "--spooler-processes", "2",
                *(("--uid", user[1]) if user else ())]

    def start(self):
        with open(self.root / "log", "w") as log:
            self.process = subprocess.Popen(
                ["env", *("%s=%s" % item for item in
                          self.environment.items()), *self.command()],
                stdout=log, stderr=log)
        for _ in range(600):
            try:
                urllib.request.urlopen(self.url("/" + WITHOUT),
                                       timeout=5).close()
                return self
            except OSError:
                time.sleep(0.1)
        raise SystemExit("uWSGI does not start:\n" + self.story())

    def url(self, path="/"):
        return "http://127.0.0.1:%d%s" % (self.port, path)

    def family(self):
        """The master and its children."""
        master = self.process.pid
        children = pathlib.Path(
            "/proc/%d/task/%d/children" % (master, master)).read_text()
        return [master, *map(int, children.split())]

    def cpu(self):
        return sum(map(cpu_seconds, self.family()))

    def story(self):
        return (self.root / "log").read_text()

    def end(self):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.root, ignore_errors=True)


class Page:
    """One page of it, as turns.py wants one."""

    def __init__(self, server, name):
        self.server, self.path = server, "/" + name
        self.root = server.root / ("turns-" + name)
        self.root.mkdir()
        self.cpu, self.story = server.cpu, server.story

    def url(self):
        return self.server.url(self.path)


def measure(disk, seconds):
    """{WITHOUT, WITH: figures of turns.py}"""
    disk.set_sync(1)
    with running([Uwsgi(disk)]) as (server,):
        pages = {name: Page(server, name) for name in (WITHOUT, WITH)}
        for page in pages.values():
            load(server, 2000, path=page.path)
        got = take_turns(pages, seconds, Pace(0.1, 0.04, 0.07, CONNECTIONS))
    disk.set_sync(0)
    return got
