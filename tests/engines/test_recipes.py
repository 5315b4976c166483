# SPDX-License-Identifier: Apache-2.0
"""The recipes of conf-examples/engines, each with its application, its server
and its worker: a request's job is run by the worker; if the status is none
that lets it run it is not; and a Redis that is frozen gets it later."""

import os
import pathlib
import shutil
import signal
import socket
import subprocess

import pytest

import kept
import redis_peer
import workers
from httpd import load_line
from ledger import wait_until
from resources import free_port, user_lines
from server import Server, running
from workers import EXAMPLES, PROGRAMS, PYTHON, program, python_module

DONE = "a mail about order 42"
FPM = """[global]
error_log = {root}/fpm.log
daemonize = no
[www]
listen = {root}/fpm.sock
listen.mode = 0666
{user}
pm = static
pm.max_children = 2
"""


def ruby(name):
    return subprocess.run(["ruby", "-e", "require '%s'" % name], check=False,
                          stderr=subprocess.DEVNULL).returncode == 0


class Recipe:
    """name: of its configuration."""

    modules = ("proxy", "proxy_http", "env")

    def __init__(self, name):
        self.name = name

    def missing(self, build):
        raise NotImplementedError

    def app(self, root, port):
        """The command that serves it."""
        raise NotImplementedError

    def worker(self, port, build):
        """The command of its worker."""
        raise NotImplementedError

    def environment(self, port, build):
        return {}

    def defines(self, root, port):
        return {"APP": "http://127.0.0.1:%d" % port}

    def serves(self, root, port):
        """Is there an answer?"""
        return answers(port)


def answers(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


class Rails(Recipe):
    def missing(self, build):
        return (program("sidekiq") and "ruby-sidekiq") or (
            program("puma")) or next(
                (package for name, package in (
                    ("active_job", "ruby-activejob"),
                    ("action_controller", "ruby-actionpack"))
                 if not ruby(name)), None)

    def app(self, root, port):
        return ["puma", "-b", "tcp://127.0.0.1:%d" % port, "rails_app.ru"]

    def worker(self, port, build):
        return ["sidekiq", "-r", "./sidekiq_boot.rb", "-c", "1", "-q",
                "mailers"]


class Django(Recipe):
    def missing(self, build):
        return python_module("django") or python_module("celery")

    def app(self, root, port):
        return [PYTHON, "django_app.py", str(port)]

    def worker(self, port, build):
        return [PYTHON, "-m", "celery", "-A", "shop_tasks", "worker", "-P",
                "solo", "-l", "warning"]


class Node(Recipe):
    def missing(self, build):
        return program("node") or (None if self.modules_of(
            build).is_dir() else "bullmq of npm")

    def modules_of(self, build):
        return build / "bullmq" / "5" / "node_modules"

    def environment(self, port, build):
        return {"REDIS_PORT": str(port),
                "NODE_PATH": str(self.modules_of(build))}

    def app(self, root, port):
        return ["node", "node_app.js", str(port)]

    def worker(self, port, build):
        return ["node", "worker.js"]


class Laravel(Recipe):
    modules = ("proxy", "proxy_fcgi", "dir")

    def missing(self, build):
        return workers.Laravel("laravel", 0).missing(build) or (
            None if self.fpm() else "php-fpm")

    @staticmethod
    def fpm():
        return next((str(path) for path in pathlib.Path(
            "/usr/sbin").glob("php-fpm*")), None)

    def defines(self, root, port):
        return {"FPM": root / "fpm.sock", "PUBLIC": root / "public"}

    def serves(self, root, port):
        return (root / "fpm.sock").exists()

    def app(self, root, port):
        (root / "public").mkdir()
        shutil.copy(PROGRAMS / "laravel_index.php",
                    root / "public" / "index.php")
        (root / "fpm.conf").write_text(FPM.format(
            root=root, user=user_lines().lower().replace(" ", " = ")))
        return [self.fpm(), "-F", "-y", str(root / "fpm.conf")]

    def worker(self, port, build):
        return ["php", "laravel_app.php", str(port), "0", "shop_database_"]


RECIPES = [Rails("rails"), Django("django"), Node("node"), Laravel("laravel")]


def start(command, root, log, environment):
    with open(root / log, "ab") as file:
        return subprocess.Popen(
            command, cwd=root / "run", stdout=file, stderr=file,
            stdin=subprocess.DEVNULL, start_new_session=True,
            env={"PATH": os.environ["PATH"], "HOME": str(root),
                 "LC_ALL": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1",
                 "PYTHONUNBUFFERED": "1", **environment})


@pytest.fixture(params=RECIPES, ids=lambda recipe: recipe.name)
def recipe(request, build):
    missing = request.param.missing(build)
    if missing:
        pytest.skip("%s: %s is not on this machine" % (request.param.name,
                                                       missing))
    return request.param


@pytest.fixture
def made(recipe, mpm, build, engine):
    """(server, what the worker has printed)"""
    engine.reset()
    server = Server(mpm, build, "", modules=recipe.modules,
                    allowed=(*kept.ALLOWED, r"CT0241[01]:"))
    port, root = free_port(), server.root
    values = {"REDIS": engine.url + "/0", "STORE": root / "store",
              **recipe.defines(root, port)}
    server.config = "\n".join([
        redis_peer.load(build), load_line("headers"),
        *('Define %s "%s"' % item for item in values.items()),
        'Include "%s"' % (EXAMPLES / (recipe.name + ".conf"))])
    shutil.copytree(PROGRAMS, root / "run")
    for path in EXAMPLES.iterdir():
        shutil.copy(path, root / "run")
    environment = {"REDIS_URL": engine.url + "/0",
                   "CELERY_BROKER_URL": engine.url + "/0",
                   **recipe.environment(engine.port, build)}
    processes = []
    try:
        kept.make_directory(server)
        processes = [
            start(recipe.app(root, port), root, "app", environment),
            start(recipe.worker(engine.port, build), root, "worker",
                  environment)]
        wait_until(lambda: recipe.serves(root, port),
                   lambda: "the application: " + read(root / "app"))
        with running(server):
            yield server, lambda: read(root / "worker")
    finally:
        for process in processes:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        server.clean_up()


def read(path):
    return path.read_text(errors="replace") if path.exists() else ""


def test_recipe(made, engine):
    server, printed = made
    assert server.ask("/orders?fail=1&", method="POST").status == 422
    assert server.ask("/orders", method="POST").status == 201
    wait_until(lambda: printed().count(DONE) == 1, printed)
    engine.freeze()
    assert server.ask("/orders", method="POST").status == 201
    assert kept.count(server) == 1
    engine.thaw()
    wait_until(lambda: printed().count(DONE) == 2, printed)
    kept.wait_for_count(server, 0)
    assert printed().count(DONE) == 2
