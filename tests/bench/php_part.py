# SPDX-License-Identifier: Apache-2.0
"""PHP whose answers leave 50 ms of work: with the header, and in the ways that
PHP has. So many requests that the work of most of them has to wait."""

import contextlib
import glob
import pathlib
import random
import shutil
import subprocess
import tempfile
import time

from bench_server import CHILDREN, BenchServer, load, load_line
from httpd import apxs
from jobs import (JOB_THREADS, MODULE, STATUS, Jobs, compare_jobs, jobs_place,
                  load_tasks, running, wait_for)
from resources import user_lines

WORK_MS = 50
REQUESTS, CONNECTIONS = 320, 32
WAY = "header"

ANSWER = 'echo "answer\\n";'
WORK = "usleep(%d);" % (WORK_MS * 1000)
SCRIPTS = {
    "nothing": ANSWER,
    "header": "header('Crosstown: job0;to=42', false);" + ANSWER,
    "finish": ANSWER + "fastcgi_finish_request();" + WORK,
    "shutdown": "register_shutdown_function(function () { %s });"
                "header('Connection: close'); header('Content-Length: 7');"
                "%s flush();" % (WORK, ANSWER),
    "job": WORK,
    "empty": "",
}

# What PHP has of its own for it.
USUAL = {"php-fpm": "finish", "mod_php": "shutdown"}

FPM = """[global]
error_log = {root}/fpm.log
daemonize = no
[www]
listen = {root}/fpm.sock
listen.mode = 0666
{user}
pm = static
pm.max_children = {children}
"""


def find(*patterns):
    """A program or a file, or None."""
    for pattern in patterns:
        for path in [shutil.which(pattern), *sorted(glob.glob(pattern))]:
            if path:
                return path
    return None


def fpm_program():
    return find("php-fpm", "/usr/sbin/php-fpm*")


def mod_php_file():
    return find(apxs("LIBEXECDIR") + "/libphp*.so")


class Scripts:
    """A directory with the scripts, and the pool of php-fpm that runs them if
    there is to be one."""

    def __init__(self, fpm):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="crosstown-"))
        self.root.chmod(0o755)
        (self.root / "php").mkdir(mode=0o755)
        for name, text in SCRIPTS.items():
            self.path(name).write_text("<?php " + text + "\n")
        self.process = self.start_fpm() if fpm else None

    def path(self, name):
        return self.root / "php" / (name + ".php")

    def start_fpm(self):
        config = self.root / "fpm.conf"
        config.write_text(FPM.format(
            root=self.root, children=CHILDREN,
            user=user_lines().lower().replace(" ", " = ")))
        process = subprocess.Popen(
            [fpm_program(), "-F", "-n", "-y", str(config)],
            stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for((self.root / "fpm.sock").exists, True, 0.05)
        return process

    def close(self):
        if self.process:
            self.process.terminate()
            self.process.wait(60)
        shutil.rmtree(self.root, ignore_errors=True)


# ---- servers ----------------------------------------------------------------

class FpmServer(BenchServer):
    """In front of php-fpm, which says why, too, if something fails."""

    def __init__(self, scripts, *arguments, **more):
        super().__init__(*arguments, **more)
        self.fpm_log = scripts.root / "fpm.log"

    def story(self):
        return super().story() + self.fpm_log.read_text()


def server_lines(build, scripts, handler, tasks):
    lines = [load_tasks(build), 'DocumentRoot "%s"' % scripts.root,
             '<Location "/php">', "SetHandler %s" % handler,
             "CrosstownAccept job0", "</Location>", *STATUS]
    for number, target in enumerate(tasks):
        lines += ["CrosstownTask job%d %s" % (number, target),
                  *jobs_place(number)]
    return lines


def fpm_server(build, scripts):
    """Half of the pool is left for answers."""
    def fcgi(name):
        return "unix:%s/fpm.sock|fcgi:%s" % (scripts.root,
                                             scripts.path(name))
    return FpmServer(scripts, build, MODULE, "", lines=[
        *map(load_line, ("proxy", "proxy_fcgi")),
        "CrosstownThreads %d %d" % (JOB_THREADS, JOB_THREADS),
        *server_lines(
            build, scripts,
            '"proxy:unix:%s/fpm.sock|fcgi://localhost/"' % scripts.root,
            [fcgi("job"), fcgi("empty"),
             "http://127.0.0.1:{port}/php/empty.php self=on"])])


def mod_php_server(build, scripts):
    """Half as many programs at a time as there are children."""
    return BenchServer(build, MODULE, "", mpm="prefork", lines=[
        'LoadModule php_module "%s"' % mod_php_file(),
        "CrosstownThreads 1 %d" % JOB_THREADS,
        "CrosstownLimit job0 concurrency=%d scope=server" % JOB_THREADS,
        *server_lines(build, scripts, "application/x-httpd-php",
                      ['"|%s -n %s"' % (find("php"), scripts.path("job"))])])


# ---- what is measured -------------------------------------------------------

def measure_answers(server, usual, rounds):
    """{way: answers a second}"""
    work = Jobs(server, 0)
    got = {name: [] for name in ("nothing", usual, WAY)}
    for number in range(rounds + 1):
        for name in random.sample(list(got), len(got)):
            wanted = work.done() + (REQUESTS if name == WAY else 0)
            rate = load(server, REQUESTS, CONNECTIONS, "/php/%s.php" % name)
            if number > 0:           # the first one warms it up
                got[name].append(rate)
            # The last ones' work in the usual way, and all of it in ours.
            time.sleep(3 * WORK_MS / 1000)
            wait_for(work.done, wanted, 0.1)
    return got


def measure(build, quick, say):
    """{kind of PHP: {way: answers a second}} of those that are there, and
    under "jobs" how many empty ones php-fpm does a second."""
    figures = {}
    rounds = 2 if quick else 8
    if fpm_program():
        say("php-fpm: %d rounds" % rounds)
        with contextlib.closing(Scripts(fpm=True)) as scripts, \
                running([fpm_server(build, scripts)]) as (server,):
            figures["php-fpm"] = measure_answers(server, USUAL["php-fpm"],
                                                 rounds)
            figures["jobs"] = compare_jobs(
                server, {"FastCGI": 1, "loopback HTTP": 2}, 0.3, rounds)
    if mod_php_file() and find("php"):
        say("mod_php: %d rounds" % rounds)
        with contextlib.closing(Scripts(fpm=False)) as scripts, \
                running([mod_php_server(build, scripts)]) as (server,):
            figures["mod_php"] = measure_answers(server, USUAL["mod_php"],
                                                 rounds)
    return figures
