# SPDX-License-Identifier: Apache-2.0
"""A private httpd on 127.0.0.1, with mod_crosstown and the probe."""

import contextlib
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time

import crashes
from client import RawVisitor, Visitor, new_tag
from error_log import CHILD_STAYS, EVENT_CLOSED_IT, ErrorLog
from httpd import apxs, httpd_program, load_line
from httpd_conf import CONFIG, mpm_lines
from ledger import Ledger, wait_until
from resources import free_ports, user_lines
from sockets import let_closings_finish

MPMS = ("event", "worker", "prefork")

# Seconds; after 10 of them the parent has killed whatever is left, if it gets a
# processor then.
LONGEST_STOP = 60
LONGEST_START = 60

CHANCES = 3    # of a request to be heard


@contextlib.contextmanager
def running(server, prepare=lambda: None):
    """It is prepared, runs in a with block, and is stopped as it should be at
    the end; whatever happens, nothing of it is left."""
    try:
        prepare()
        yield server.start()
        server.stop()
    finally:
        server.clean_up()


class Server:
    """Built stopped; `config` is httpd's own syntax. It may use ${ROOT} and
    ${PORT}, and ${PORT2} and ${PORT3} for Listen lines of its own. Each of the
    children has so many workers; there may be room for further children."""

    crosstown_directory = None    # of another mod_crosstown.so
    environment = {}              # of httpd, besides our own
    hopeless = False              # a test has failed: no good end is expected
    httpds_own_crashes = 0        # of all servers

    def __init__(self, mpm, build, config="", *, modules=(), workers=8,
                 children=1, room=0, crosstown="before", arguments=(),
                 allowed=()):
        self.mpm = mpm
        self.build = pathlib.Path(build).resolve()
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="crosstown-"))
        self.root.chmod(0o755)
        self.htdocs = self.root / "htdocs"
        self.gates = self.root / "gates"
        self.cores = self.root / "cores"
        self.htdocs.mkdir()
        self.gates.mkdir()
        self.cores.mkdir()
        self.cores.chmod(0o777)
        self.config = config
        self.modules = modules
        self.workers = workers
        self.children_wanted = children
        self.room = room
        self.crosstown = crosstown
        self.arguments = arguments
        self.process = None
        self.leaves_gracefully = False    # that was told
        self.ports = free_ports(3)
        self.ledger = Ledger(self.root / "ledger")
        self.error_log = ErrorLog(self.root / "error_log", allowed,
                                  self.backtraces)

    # -- configuration --------------------------------------------------

    @property
    def port(self):
        return self.ports[0]

    def _module_lines(self):
        lines = [load_line("mpm_" + self.mpm)]
        lines += [load_line(name) for name in
                  ("unixd", "log_config", "authz_core", *self.modules)]
        own = ['LoadModule probe_module "%s/mod_probe.so"' % self.build]
        crosstown = ('LoadModule crosstown_module "%s/mod_crosstown.so"'
                     % (self.crosstown_directory or self.build))
        if self.crosstown == "before":
            own.insert(0, crosstown)
        elif self.crosstown == "after":
            own.append(crosstown)
        return "\n".join(lines + own)

    def write_config(self):
        path = self.root / "httpd.conf"
        path.write_text(CONFIG.format(
            root=self.root, port=self.port, modules=self._module_lines(),
            defines="Define PORT %d\nDefine PORT2 %d\nDefine PORT3 %d"
            % tuple(self.ports),
            user=user_lines(), mpm=mpm_lines(
                self.mpm, self.workers, self.children_wanted, self.room),
            config=self.config,
            probe='ProbeLedger "%s"\nProbeGates "%s"' % (
                self.root / "ledger", self.gates)))
        return path

    def configtest(self):
        """(exit code, what `httpd -t` says)"""
        done = subprocess.run(
            [httpd_program(), "-t", "-f", str(self.write_config())],
            text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            timeout=60)
        return done.returncode, done.stdout

    # -- life -----------------------------------------------------------

    def start(self):
        for _ in range(5):
            if self._start_once():
                return self
            self.ports = free_ports(3)
        raise AssertionError("the server does not start:\n" + self.story())

    def command(self):
        return [httpd_program(), *self.crash_lines(),
                "-f", str(self.root / "httpd.conf"),
                *(self.arguments or ["-DFOREGROUND"])]

    def crash_lines(self):
        return ["-C", 'LoadModule crash_module "%s/mod_crash.so"' % self.build,
                "-c", 'CoreDumpDirectory "%s"' % self.cores]

    def backtraces(self):
        return crashes.backtraces(self.cores, os.path.join(
            apxs("SBINDIR"), apxs("PROGNAME")))

    def _start_once(self):
        self.write_config()
        with open(self.root / "stderr", "ab") as stderr, \
                crashes.cores_allowed():
            self.process = subprocess.Popen(
                self.command(), stdin=subprocess.DEVNULL, stdout=stderr,
                stderr=stderr, start_new_session=True, cwd=self.cores,
                env={**os.environ, **self.environment})
        wait_until(lambda: self.process.poll() is not None
                   or self._answers(),
                   lambda: "the server to start:\n" + self.story(),
                   LONGEST_START)
        if self.process.poll() is None:
            return True
        # Somebody else may have taken the port in between: try others.
        assert "Address already in use" in self.story(), self.story()
        return False

    def _answers(self):
        # First the children: connections that nobody takes would wait there
        # until the test, and be in its way.
        if not self.children() and "-X" not in self.arguments:
            return False
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
            return self._has_cgi_daemon()
        except OSError:
            return False

    def _has_cgi_daemon(self):
        """Where mod_cgid is wanted. Last of all its daemon gives its socket to
        the user of the children, who may have asked in vain by then."""
        return ("ScriptSock" not in self.config or os.geteuid() != 0
                or any(path.stat().st_uid != 0
                       for path in self.root.glob("cgisock*")))

    def children(self):
        """Process ids of the children that live now."""
        found = []
        for entry in os.listdir("/proc"):
            if not entry.isdigit():
                continue
            try:
                text = pathlib.Path("/proc", entry, "stat").read_text()
            except OSError:
                continue
            state, parent = text.rsplit(")", 1)[1].split()[:2]
            if int(parent) == self.process.pid and state != "Z":
                found.append(int(entry))
        return found

    def tell(self, number):
        if number == signal.SIGTERM and self.mpm == "event":
            # It can crash by itself if a hard stop meets a connection that
            # is just closing: make that rare.
            time.sleep(0.1)
            self.error_log.allow(EVENT_CLOSED_IT)
        if (number == signal.SIGTERM and self.mpm == "prefork"
                and "http2" in self.modules):
            # The same in the handler of the signal, for a session of HTTP/2.
            self.error_log.allow("CT01403:")
        if self.mpm != "prefork" and "MaxConnectionsPerChild" in self.config:
            self.error_log.allow(CHILD_STAYS)
        self.leaves_gracefully |= number == signal.SIGWINCH
        os.kill(self.process.pid, number)

    def kill_children(self, pids):
        """Without a warning; come back when all of their threads are gone:
        one that is about to die may still take a connection."""
        self.error_log.allow(r"CT01504:")    # whose tasks they had
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not any(os.path.exists("/proc/%d" % pid)
                                   for pid in pids), "the killed to be gone")

    def graceful(self):
        """A thread of worker that ends before its child has noted that it
        leaves (dying in worker.c) marks its place as finishing, not as free. If
        all do, the place is taken until the child is gone; if it is the only
        one, nobody answers until then (AH00288)."""
        assert self.mpm != "worker" or self.children_wanted + self.room > 1, (
            "worker needs room for a further child: room=1")
        self.restart(signal.SIGUSR1)

    def restart(self, number):
        """Come back when the new generation answers."""
        started = len(self.error_log.find(r"resuming normal operations"))
        self.tell(number)
        wait_until(lambda: len(self.error_log.find(
            r"resuming normal operations")) > started, "the restart")
        wait_until(self._answers, "an answer after the restart")

    def wait_for_exit(self, deadline=LONGEST_STOP, tell=None):
        """@param tell a signal that is repeated until then"""
        told = time.monotonic()

        def is_gone():
            nonlocal told
            if tell and time.monotonic() - told > 1:
                self.process.send_signal(tell)
                told = time.monotonic()
            return self.process.poll() is not None

        wait_until(is_gone, lambda: "the server to stop:\n" + self.story(),
                   deadline)
        return self.process.returncode

    def stop(self, number=signal.SIGTERM, deadline=LONGEST_STOP):
        """Stop and look at what is left: no process, no unnamed line."""
        if self.hopeless:
            return
        # A graceful stop forgets a harder one that comes before the parent
        # begins to wait for its children.
        again = number if self.leaves_gracefully else None
        if self.process.poll() is None:
            # prefork destroys a session of HTTP/2 from within the signal
            # handler, and crashes where that was being destroyed already.
            let_closings_finish(self.port, 10 if self.mpm == "prefork"
                                and "http2" in self.modules else 1)
            self.tell(number)
        code = self.wait_for_exit(deadline, again)
        wait_until(lambda: not self._group_lives(), "the last child to go",
                   deadline)
        assert code == 0, "exit code %d:\n%s" % (code, self.story())
        self.error_log.check()

    def _group_lives(self):
        try:
            os.killpg(self.process.pid, 0)
        except ProcessLookupError:
            return False
        return True

    def clean_up(self):
        """Whatever happened: no process and no file is left."""
        if self.error_log.tells_of_httpds_own_crash():
            Server.httpds_own_crashes += 1
        if self.process is not None:
            try:
                os.killpg(self.process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            self.process.wait()
        shutil.rmtree(self.root, ignore_errors=True)

    def story(self):
        text = ""
        for name in ("stderr", "error_log"):
            path = self.root / name
            if path.exists():
                text += path.read_text(errors="replace")[-4000:]
        return text

    # -- use ------------------------------------------------------------

    def ask(self, path="/probe", script="", port=None, tag=None, headers=None,
            **more):
        """One request on a connection of its own. A child of event that leaves
        may drop one unread: without any module of ours, and with threads
        delayed at random, 2 of 14,944 at graceful restarts, and 25 of 2,196
        with MaxConnectionsPerChild 15. Who was not heard asks again."""
        tag = tag or new_tag()
        headers = {"Connection": "close", **(headers or {})}
        for chance in range(CHANCES, 0, -1):
            try:
                with Visitor(port or self.port) as visitor:
                    return visitor.ask(path, script, tag=tag, headers=headers,
                                       **more)
            except ConnectionResetError:
                if chance == 1 or self.mpm != "event" or self._has_heard(tag):
                    raise

    def _has_heard(self, tag):
        path = self.root / "ledger"
        return path.exists() and re.search(
            rb"\b%s\b" % re.escape(tag.encode()), path.read_bytes())

    def visit(self):
        return Visitor(self.port)

    def raw(self, port=None, **more):
        return RawVisitor(port or self.port, **more)

    def open_gate(self, name):
        (self.gates / name).touch()

    def access_log(self):
        path = self.root / "access_log"
        return path.read_text().splitlines() if path.exists() else []
