# SPDX-License-Identifier: Apache-2.0
"""One job in a Redis for each request: what it costs beside a task that does
nothing, how many go in one round trip, what the client notes of a Redis that
is frozen; and beside the same job put there by PHP while it answers."""

import contextlib
import os
import pathlib
import shutil
import signal
import socket
import statistics
import subprocess
import tempfile
import time

from bench_server import (CHILDREN, BenchServer, cpu_seconds, load,
                          load_line)
from engines_page import measure_pages, page_lines
from jobs import MODULE, engine_lines, running, wait_for
from php_part import FPM, fpm_program
from resources import free_port, user_lines
from store_server import Page
from turns import Pace, take_turns

REDIS_MODULE = "mod_crosstown_redis.so"
# Longer than the usual ones: what has been asked for in a turn has to be in
# the Redis before the next one's.
PACE = Pace(turn=0.1, lead=0.03, gap=0.03)
# As many as do not keep the processors busy: what they wait is no queue's.
CALM = Pace(turn=0.1, lead=0.03, gap=0.03, connections=4)

# What a request leaves.
KINDS = {
    "none": None,
    "noop": "CrosstownTask bench_memory module",
    "stream": "CrosstownTask stream {url}",
    "sidekiq": "CrosstownTask sidekiq {url} format=sidekiq class=Job",
    "celery": "CrosstownTask celery {url} format=celery class=shop.job",
    "unmarked": "CrosstownTask unmarked {url} once=0",
}
REDIS_KINDS = ("stream", "sidekiq", "celery", "unmarked")

# PHP that does it by itself has to be told where; XADD is what a stream has.
ANSWER = 'echo "answer\\n";'
OWN = ("$r = new Redis; $r->%s('127.0.0.1', %d); $r->xAdd('own', '*', ["
       "'id' => bin2hex(random_bytes(16)), 'name' => 'own', 'payload' => "
       "json_encode(['to' => 42])]);")
PHP_KINDS = ("nothing", "header", "own", "own, kept open")


def missing(build):
    """What this machine has not."""
    return [name for name, there in (
        ("redis-server", shutil.which("redis-server")),
        ("libhiredis-dev", (build / REDIS_MODULE).exists())) if not there]


def missing_of_php():
    program = fpm_program()
    return [] if program and "redis" in subprocess.run(
        [program, "-m"], text=True, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL).stdout.split() else ["php-fpm", "php-redis"]


class Redis:
    """A redis-server that keeps nothing on disk."""

    def __init__(self):
        self.port = free_port()
        self.root = tempfile.mkdtemp(prefix="crosstown-redis-")
        self.process = subprocess.Popen(
            ["redis-server", "--port", str(self.port), "--dir", self.root,
             "--save", "", "--bind", "127.0.0.1"], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL)
        wait_for(self.answers, True, 0.05)

    def answers(self):
        with contextlib.suppress(OSError):
            return self.say("PING").startswith("+PONG")
        return False

    def say(self, *words):
        """One command, and the begin of what it answers."""
        with socket.create_connection(("127.0.0.1", self.port), 10) as peer:
            peer.sendall((" ".join(words) + "\r\n").encode())
            return peer.recv(65536).decode()

    def number(self, name):
        """Of its INFO."""
        return int(self.say("INFO", "stats").split(name + ":")[1].split()[0])

    def url(self):
        return "redis://127.0.0.1:%d" % self.port

    def cpu(self):
        return cpu_seconds(self.process.pid)

    @contextlib.contextmanager
    def frozen(self):
        os.kill(self.process.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self.process.pid, signal.SIGCONT)

    def close(self):
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.root, ignore_errors=True)


# ---- what is measured -------------------------------------------------------

def measure_requests(build, seconds):
    """{kind: figures of turns.py} of one new server, what a load of some
    kinds is for the Redis, and what it is to pages that do some work."""
    with contextlib.closing(Redis()) as redis, running([BenchServer(
            build, MODULE, "", lines=page_lines() + engine_lines(
                build, "redis", KINDS, redis.url()))]) as (server,):
        pages = {kind: Page(server, kind) for kind in KINDS}
        for page in pages.values():
            load(server, 4000, path=page.path)
        got = take_turns(pages, seconds * len(KINDS) // 2, PACE)
        for kind in ("stream", "unmarked"):
            got["load of " + kind] = measure_load(server, redis, kind, 20000)
        got["pages"] = measure_pages(build, server, 2 * seconds)
        return got


def measure_load(server, redis, kind, jobs):
    """{"a trip": how many jobs went in one, "redis_us": its processor time
    for each}"""
    redis.say("FLUSHALL")
    reads, spent = redis.number("total_reads_processed"), redis.cpu()
    load(server, jobs, path="/" + kind)
    spent = redis.cpu() - spent
    reads = redis.number("total_reads_processed") - reads
    wait_for(lambda: int(redis.say("XLEN", kind)[1:]), jobs, 0.05)
    return {"a trip": jobs / reads, "redis_us": spent / jobs * 1e6}


def measure_frozen(build, seconds, rounds):
    """{whether it is frozen: p50 of each round, us}"""
    got = {False: [], True: []}
    with contextlib.closing(Redis()) as redis, running([BenchServer(
            build, MODULE, "", lines=engine_lines(
                build, "redis", KINDS, redis.url()))]) as (server,):
        page = Page(server, "stream")
        load(server, 4000, path=page.path)
        for number in range(rounds):
            for frozen in ((False, True) if number % 2 else (True, False)):
                with redis.frozen() if frozen else contextlib.nullcontext():
                    got[frozen].append(take_turns(
                        {"": page}, seconds, CALM)[""]["p50_us"])
                # All that has waited is sent.
                end = time.monotonic() + 30
                while time.monotonic() < end and not settled(redis):
                    time.sleep(0.1)
    return got


def settled(redis):
    """Nothing has come for a while."""
    before = redis.say("XLEN", "stream")
    time.sleep(0.3)
    return before == redis.say("XLEN", "stream")


class Php:
    """php-fpm with scripts that do it in each way, and a server before it."""

    def __init__(self, redis):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="crosstown-"))
        self.root.chmod(0o755)
        for number, text in enumerate((
                ANSWER, "header('Crosstown: stream;to=42');" + ANSWER,
                OWN % ("connect", redis.port) + ANSWER,
                OWN % ("pconnect", redis.port) + ANSWER)):
            (self.root / ("%d.php" % number)).write_text("<?php " + text)
        config = self.root / "fpm.conf"
        config.write_text(FPM.format(
            root=self.root, children=CHILDREN,
            user=user_lines().lower().replace(" ", " = ")))
        self.process = subprocess.Popen(
            [fpm_program(), "-F", "-y", str(config)],
            stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for((self.root / "fpm.sock").exists, True, 0.05)

    def server(self, build, redis):
        return BenchServer(build, MODULE, "", lines=[
            *map(load_line, ("proxy", "proxy_fcgi")),
            *engine_lines(build, "redis", KINDS, redis.url()),
            'DocumentRoot "%s"' % self.root,
            *('<Location "/%d.php">\nSetHandler "proxy:unix:%s/fpm.sock|fcgi:'
              '//localhost/"\nCrosstownAccept stream\n</Location>' % (
                  number, self.root) for number in range(len(PHP_KINDS)))])

    def close(self):
        self.process.terminate()
        self.process.wait(60)
        shutil.rmtree(self.root, ignore_errors=True)


def measure_php(build, seconds):
    """{way: figures of turns.py}"""
    with contextlib.closing(Redis()) as redis, \
            contextlib.closing(Php(redis)) as php, \
            running([php.server(build, redis)]) as (server,):
        pages = {kind: Page(server, "%d.php" % number)
                 for number, kind in enumerate(PHP_KINDS)}
        for page in pages.values():
            load(server, 1000, CHILDREN, page.path)
        return take_turns(pages, seconds * 2,
                          Pace(0.1, 0.03, 0.03, CHILDREN))


def measure(build, quick, say):
    """{part: figures of each time}"""
    generations, seconds = (3, 3) if quick else (12, 6)
    figures = {"requests": [], "frozen": [], "php": []}
    has_php = not missing_of_php()
    if not has_php:
        say("  engines: without " + ", ".join(missing_of_php()))
    for number in range(generations):
        figures["requests"].append(measure_requests(build, seconds))
        figures["frozen"].append(measure_frozen(build, 2, 4))
        if has_php:
            figures["php"].append(measure_php(build, seconds))
        say("  engines: servers %d of %d measured" % (number + 1,
                                                      generations))
    return figures


def frozen_ratios(figures):
    return [statistics.median(its[True]) / statistics.median(its[False])
            for its in figures["frozen"]]
