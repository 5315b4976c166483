# SPDX-License-Identifier: Apache-2.0
"""The named tasks: what they cost who does not ask for any, a webhook, a
program and a FastCGI job. What they are sent to is receiver.c, a process of
its own."""

import contextlib
import random
import subprocess
import time

from bench_server import BenchServer, load, load_line
from jobs import (JOB_THREADS, MODULE, STATUS, compare_jobs, jobs_place,
                  load_tasks, place, running, wait_for)
from turns import take_turns

OFF, ON = "not loaded", "loaded"
SECRET = "whsec_bW9kX2Nyb3NzdG93biBpcyBtZWFzdXJlZA=="
HOOK_THREADS = 32
PAUSE_MS = 5

# Both ways end at the same port; the second one goes through httpd itself.
JOBS = {
    "program": '"|/bin/true"',
    "FastCGI": "fcgi://127.0.0.1:{fcgi}/job",
    "loopback HTTP": "http://127.0.0.1:{port}/job self=on",
}


class Receiver:
    """receiver.c, from start to end."""

    def __init__(self, build):
        self.process = subprocess.Popen(
            [str(build / "bench" / "receiver")], text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.http, self.fcgi = self.process.stdout.readline().split()
        self.arrived = []            # ns, since it was last emptied

    def jobs(self):
        """How many it has had; those that are new are added to arrived."""
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        jobs = int(self.process.stdout.readline())
        self.arrived += map(int, iter(self.process.stdout.readline, "\n"))
        return jobs

    def wait(self, jobs):
        wait_for(self.jobs, jobs, 0.005)
        # Its answers are read, and the threads sleep again.
        time.sleep(0.02)

    def close(self):
        self.process.communicate()


# ---- servers ----------------------------------------------------------------

def quiet_server(build):
    """mod_crosstown alone: what the one below is compared with."""
    return BenchServer(build, MODULE, "")


def hooks_server(build, receiver):
    url = "http://127.0.0.1:%s/hook" % receiver.http
    return BenchServer(build, MODULE, "", lines=[
        load_tasks(build),
        "CrosstownThreads 1 %d" % HOOK_THREADS,
        "CrosstownTask hook %s" % url,
        "CrosstownTask signed %s secret=%s" % (url, SECRET),
        "CrosstownAccept hook signed",
        *place("/hook", "hook;to=42"),
        *place("/signed", "signed;to=42")])


def jobs_server(build, receiver):
    lines = [*map(load_line, ("proxy", "proxy_fcgi")), load_tasks(build),
             "CrosstownThreads %d %d" % (JOB_THREADS, JOB_THREADS)]
    for number, target in enumerate(JOBS.values()):
        lines += ["CrosstownTask job%d %s" % (number, target.replace(
            "{fcgi}", receiver.fcgi)), *jobs_place(number)]
    return BenchServer(build, MODULE, "", lines=[
        *lines, *STATUS,
        '<Location "/job">', "Require crosstown", "</Location>",
        'ProxyPass "/job" "fcgi://127.0.0.1:%s/job"' % receiver.fcgi])


# ---- what is measured -------------------------------------------------------

def batch_cpu(server, receiver, path, requests, hooks):
    """Processor time of httpd, us a request, until its last hook is sent."""
    wanted = receiver.jobs() + hooks
    before = server.cpu()
    load(server, requests, 16, path)
    receiver.wait(wanted)
    return (server.cpu() - before) / requests * 1e6


def measure_hooks(server, receiver, requests, batches):
    """{kind: us of processor time, for each batch}"""
    got = {"none": [], "hook": [], "signed": []}
    for number in range(batches + 1):
        for kind in random.sample(list(got), len(got)):
            spent = batch_cpu(server, receiver,
                              "/" if kind == "none" else "/" + kind, requests,
                              0 if kind == "none" else requests)
            if number > 0:           # the first one warms it up
                got[kind].append(spent)
    return got


def measure_arrivals(server, receiver, build, samples):
    """From the client's having read its answer to the hook's arrival, idle
    server: us."""
    wanted = receiver.jobs() + samples
    receiver.arrived.clear()
    told = subprocess.run(
        [str(build / "bench" / "visitor"), str(server.port), "/hook",
         str(samples), str(PAUSE_MS)], check=True, text=True, timeout=120,
        stdout=subprocess.PIPE).stdout
    receiver.wait(wanted)
    return [(arrived - int(read)) / 1000 for arrived, read
            in zip(receiver.arrived, told.split())]


def measure_no_header(build):
    """The figures of turns.py of two new servers."""
    with contextlib.closing(Receiver(build)) as receiver, running(
            [quiet_server(build), hooks_server(build, receiver)]) as servers:
        for server in servers:
            load(server, 4000)
        return take_turns(dict(zip((OFF, ON), servers)), 4)


def measure_generation(build, quick):
    """New servers each time: where the memory of a process happens to lie
    makes it faster or slower for all its life."""
    with contextlib.closing(Receiver(build)) as receiver:
        with running([hooks_server(build, receiver)]) as (server,):
            got = {"hooks": measure_hooks(server, receiver, 1000 if quick
                                          else 2000, 3 if quick else 5),
                   "arrivals": measure_arrivals(server, receiver, build, 150)}
        with running([jobs_server(build, receiver)]) as (server,):
            got["jobs"] = compare_jobs(
                server, {name: at for at, name in enumerate(JOBS)}, 0.3, 2)
    return got


def measure(build, quick, say):
    """{"no_header": of each pair of servers, "tasks": of each generation}"""
    pairs, generations = (4, 3) if quick else (24, 12)
    say("  %d pairs of servers without the header" % pairs)
    figures = {"no_header": [measure_no_header(build) for _ in range(pairs)],
               "tasks": []}
    for number in range(generations):
        figures["tasks"].append(measure_generation(build, quick))
        say("  tasks: servers %d of %d measured" % (number + 1, generations))
    return figures
