# SPDX-License-Identifier: Apache-2.0
"""The programs of the demo: a private httpd and the slow endpoint."""

import os
import pathlib
import pwd
import grp
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
DEADLINE = 15


class DemoError(Exception):
    """The story cannot be told; the text says why."""


def apxs(name):
    tool = os.environ.get("APXS") or shutil.which("apxs") or "apxs2"
    try:
        return subprocess.run([tool, "-q", name], check=True, text=True,
                              stdout=subprocess.PIPE).stdout.strip()
    except (OSError, subprocess.CalledProcessError) as error:
        raise DemoError("apxs does not answer: %s" % error) from error


def clean_environment():
    """The calls stay on this machine, whatever proxy the user has."""
    return {name: value for name, value in os.environ.items()
            if not name.lower().endswith("_proxy")}


def user_directives():
    """Who the child process is: nobody special, if root starts it."""
    if os.geteuid() != 0:
        return []
    for name in ("www-data", "apache", "daemon", "nobody"):
        try:
            user = pwd.getpwnam(name)
            group = grp.getgrgid(user.pw_gid)
        except KeyError:
            continue
        return ["User " + name, "Group " + group.gr_name]
    raise DemoError("no user to run the server's child process as")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until(condition, deadline=DEADLINE):
    end = time.monotonic() + deadline
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


class Endpoint:
    """demo_endpoint.py; ends when this program closes its input or ends."""

    def __init__(self, milliseconds):
        self.process = subprocess.Popen(
            [sys.executable, str(HERE / "demo_endpoint.py"),
             "--milliseconds", str(milliseconds)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            start_new_session=True)
        line = self.process.stdout.readline()
        if not line.strip().isdigit():
            self.stop()
            raise DemoError("the endpoint does not start")
        self.port = int(line)

    @property
    def url(self):
        return "http://127.0.0.1:%d/call" % self.port

    def stop(self):
        self.process.stdin.close()
        try:
            self.process.wait(DEADLINE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()


class Server:
    """httpd with phone_calls.conf, in a directory of its own."""

    config = "phone_calls.conf"
    needs = ("mod_crosstown.so", "mod_phone_calls.so")
    defines = ()            # further names and their values

    def __init__(self, build, program=None):
        self.build = pathlib.Path(build).resolve()
        self.program = program or os.path.join(apxs("SBINDIR"),
                                               apxs("PROGNAME"))
        self.modules = apxs("LIBEXECDIR")
        for name in self.needs:
            if not (self.build / name).is_file():
                raise DemoError("%s is not built: `make demo` does it"
                                % (self.build / name))
        self.process = None
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="phone-calls-"))
        self.root.chmod(0o755)

    def start(self, called):
        for _ in range(5):
            self.port = free_port()
            if self._start_once(called):
                return
            # Somebody else may have taken the port in between.
            if "Address already in use" not in self.story():
                break
        raise DemoError("httpd does not start")

    def _start_once(self, called):
        first = ["Define BUILD %s" % quoted(self.build),
                 "Define MODULES %s" % quoted(self.modules),
                 "Define ROOT %s" % quoted(self.root),
                 "Define PORT %d" % self.port,
                 "Define CALLED %s" % called,
                 *("Define %s %s" % pair for pair in self.defines),
                 *user_directives()]
        command = [self.program, "-D", "FOREGROUND",
                   "-f", str(HERE / self.config)]
        for directive in first:
            command += ["-C", directive]
        with open(self.root / "said", "ab") as said:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=said, stderr=said,
                env=clean_environment(), start_new_session=True)
        wait_until(lambda: self.process.poll() is not None or self.answers())
        return self.process.poll() is None and self.answers()

    def children(self):
        """The processes that answer; mod_cgid's has one thread only."""
        found = []
        for path in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                words = (path / "stat").read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue        # just gone
            if int(words[1]) == self.process.pid and int(words[17]) > 1:
                found.append(int(path.name))
        return found

    def kill(self):
        """The parent first, then whoever is left."""
        os.kill(self.process.pid, signal.SIGKILL)
        self._lives(signal.SIGKILL)
        self.process.wait()
        if not wait_until(lambda: not self._lives()):
            raise DemoError("the killed do not go")

    def answers(self):
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
        except OSError:
            return False
        return True

    def finished_on(self, path):
        """The thread that finished the answer to the last such request, as
        httpd's own log has it."""
        lines = (self.root / "answers").read_text().splitlines()
        return [line.split(" ", 1)[0] for line in lines
                if line.endswith(" " + path)][-1]

    def stop(self):
        """Let it go when its work is done; True: it went by itself."""
        if self.process is None:
            return True
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGWINCH)
        try:
            code = self.process.wait(DEADLINE)
        except subprocess.TimeoutExpired:
            code = None
        return code == 0 and wait_until(lambda: not self._lives(), 5)

    def _lives(self, number=0):
        try:
            os.killpg(self.process.pid, number)
        except ProcessLookupError:
            return False
        return True

    def clean_up(self):
        """Whatever happened: no process and no file is left."""
        if self.process is not None:
            if self.process.poll() is None:
                self.process.send_signal(signal.SIGTERM)
                wait_until(lambda: self.process.poll() is not None, 2)
            self._lives(signal.SIGKILL)
            self.process.wait()
        shutil.rmtree(self.root, ignore_errors=True)

    def story(self):
        """The end of what httpd said."""
        text = ""
        for name in ("said", "error_log"):
            path = self.root / name
            if path.exists():
                text += path.read_text(errors="replace")[-4000:]
        return text


def quoted(path):
    return '"%s"' % path
