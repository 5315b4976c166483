# SPDX-License-Identifier: Apache-2.0
"""The workers that sites have, each as its own documentation starts it. What
they run stands in programs/; it notes what it is called with in the file
`ran`, an id and arguments, one JSON text a line."""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile

from ledger import wait_until
from releases import Release

PROGRAMS = pathlib.Path(__file__).resolve().parent / "programs"
EXAMPLES = PROGRAMS.parents[2] / "conf-examples" / "engines"
PYTHON = "/usr/bin/python3"


def program(*names):
    """What is missing of these, or None."""
    for name in names:
        if not shutil.which(name):
            return name
    return None


def python_module(name):
    return None if subprocess.run(
        [PYTHON, "-c", "import " + name], stderr=subprocess.DEVNULL,
        check=False).returncode == 0 else "python3-" + name


# A payload in three kinds -> what the worker is called with.
def as_arguments(value):
    """One argument, unless it is an array."""
    return value if isinstance(value, list) else [value]


def with_names(value):
    """[arguments, named arguments]"""
    return [[], value] if isinstance(value, dict) else [
        as_arguments(value), {}]


def as_data(value):
    return value


def as_php_data(value):
    """Which has no empty object."""
    return [] if value == {} else value


class Worker:
    """One of them. db: of the Redis, its own. release: the other one of
    Debian that has it, or None."""

    format = echo = fails = package = None
    options = ""              # further keys of its tasks
    environment = {}
    called_with = staticmethod(as_arguments)

    def __init__(self, name, db, release=None):
        self.name, self.db, self.release = name, db, release
        self.root = self.process = None

    def missing(self, build):
        """What of it is not on this machine, or None."""
        return self.release.missing() if self.release else self.lacks(build)

    def lacks(self, build):
        """The same, where no other release is asked for."""
        raise NotImplementedError

    def command(self, port, build):
        raise NotImplementedError

    def queue(self):
        return "default"

    def route(self, work):
        """The keys of a task for it."""
        return "format=%s class=%s queue=%s %s" % (
            self.format, work, self.queue(), self.options)

    def start(self, port, build):
        self.root = home = pathlib.Path(tempfile.mkdtemp(
            prefix="crosstown-worker-",
            dir=self.release and self.release.root / "tmp"))
        command = self.command(port, build)
        if self.release:
            home = self.release.path(self.root)
            command = self.release.inside(command, home)
        for path in (*PROGRAMS.iterdir(), *EXAMPLES.iterdir()):
            if path.is_file():
                shutil.copy(path, self.root)
        (self.root / "ran").touch()
        with open(self.root / "log", "ab") as log:
            self.process = subprocess.Popen(
                command, cwd=self.root, stdout=log,
                stderr=log, stdin=subprocess.DEVNULL, start_new_session=True,
                env={"PATH": os.environ["PATH"], "HOME": str(home),
                     "LC_ALL": "C.UTF-8", "PYTHONPATH": str(home),
                     "PYTHONDONTWRITEBYTECODE": "1",
                     "REDIS_URL": self.url(port), "BROKER": self.url(port),
                     **self.environment})
        return self

    def url(self, port):
        return "redis://127.0.0.1:%d/%d" % (port, self.db)

    def lives(self):
        return self.process.poll() is None

    def ran(self):
        """[[id, arguments], ...] of all calls so far."""
        lines = (self.root / "ran").read_text(encoding="utf-8")
        return [json.loads(line) for line in
                lines[:lines.rfind("\n") + 1].split("\n") if line]

    def wait_for(self, count):
        wait_until(lambda: len(self.ran()) >= count,
                   lambda: "%d calls of %s; there are %r:\n%s" % (
                       count, self.name, self.ran(), self.log()))
        return self.ran()

    def log(self):
        return (self.root / "log").read_text(errors="replace")[-4000:]

    def stop(self):
        if self.process is None:
            return
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        shutil.rmtree(self.root, ignore_errors=True)


class Sidekiq(Worker):
    format, echo, fails = "sidekiq", "Echo", "Fails"
    package = "ruby-sidekiq"
    options = "retries=3"

    def lacks(self, build):
        return program("sidekiq") and "ruby-sidekiq"

    def command(self, port, build):
        return ["sidekiq", "-r", "./%s_app.rb" % self.format, "-c", "1", "-q",
                self.queue()]


class ActiveJob(Sidekiq):
    format = "activejob"
    package = "ruby-activejob"

    def lacks(self, build):
        return super().lacks(build) or (subprocess.run(
            ["ruby", "-e", "require 'active_job'"], check=False,
            stderr=subprocess.DEVNULL).returncode and "ruby-activejob")


class Celery(Worker):
    format, echo, fails = "celery", "shop.echo", "shop.fails"
    package = "python3-celery"
    called_with = staticmethod(with_names)

    def lacks(self, build):
        return python_module("celery") or python_module("redis")

    def command(self, port, build):
        return [PYTHON, "-m", "celery", "-A", "celery_app", "worker", "-P",
                "solo", "-l", "WARNING", "--without-gossip",
                "--without-mingle", "-Q", self.queue()]

    def queue(self):
        return "celery"


class Rq(Worker):
    format, echo, fails = "rq", "rq_app.echo", "rq_app.fails"
    package = "python3-rq"
    options = "retries=3"
    called_with = staticmethod(with_names)

    def lacks(self, build):
        return program("rq") and "python3-rq"

    def command(self, port, build):
        return ["rq", "worker", "--quiet", "-S",
                "rq.serializers.JSONSerializer", "--url", self.url(port),
                self.queue()]


class BullMq(Worker):
    format, echo, fails = "bullmq", "Echo", "Fails"
    options = "retries=3"
    called_with = staticmethod(as_data)

    def module(self, build):
        return build / "bullmq" / self.name[len("bullmq"):] / (
            "node_modules/bullmq")

    def lacks(self, build):
        return program("node") or (
            None if self.module(build).is_dir() else "%s of npm" % self.name)

    def command(self, port, build):
        return ["node", "bullmq_app.js", str(self.module(build)), str(port),
                str(self.db), self.queue()]


class Laravel(Worker):
    format, echo, fails = "laravel", "EchoJob", "Fails"
    package = "php-laravel-framework"
    options = "retries=3 prefix=shop_database_"
    called_with = staticmethod(as_php_data)

    def lacks(self, build):
        if program("php"):
            return "php-cli"
        return subprocess.run(
            ["php", "-r", "exit(extension_loaded('redis') && @include("
             "'Illuminate/Queue/autoload.php') ? 0 : 1);"], check=False,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ).returncode and "php-laravel-framework or php-redis"

    def command(self, port, build):
        return ["php", "laravel_app.php", str(port), str(self.db),
                "shop_database_"]


class Consumer(Worker):
    """No library of jobs: a stream, read with XREADGROUP."""

    format, echo, fails = "stream", "echo", "fails"
    package = "python3-redis"
    called_with = staticmethod(as_data)

    def lacks(self, build):
        return python_module("redis")

    def command(self, port, build):
        return [PYTHON, "consumer_app.py", str(port), str(self.db),
                self.queue()]


WORKERS = [made(name, db) for db, (name, made) in enumerate((
    ("consumer", Consumer), ("sidekiq", Sidekiq), ("activejob", ActiveJob),
    ("celery", Celery), ("rq", Rq), ("bullmq3", BullMq), ("bullmq4", BullMq),
    ("bullmq5", BullMq), ("bullmq6", BullMq), ("laravel", Laravel)))]


def add_release(root):
    """Those that Debian has, as they are in another release of it."""
    release = Release(root)
    for made in (Consumer, Sidekiq, ActiveJob, Celery, Rq, Laravel):
        WORKERS.append(made("%s-%s" % (made.__name__.lower(), release.name),
                            len(WORKERS), release))


def celeries():
    return [made for made in WORKERS if made.format == "celery"]
