# SPDX-License-Identifier: Apache-2.0
"""How many named tasks of one kind a server does in a second. A page of
mod_bench asks for them with a header, as a script would, many in an answer."""

import contextlib
import json
import random
import time
import urllib.request

from bench_server import load

MODULE, TASKS_MODULE = "mod_crosstown.so", "mod_crosstown_tasks.so"
JOB_THREADS = 4
A_HEADER = 16                        # tasks in one answer, at most
TRIES = 10
MOST_WAITING = 3840 * A_HEADER       # CrosstownQueue has room for 65536
LONGEST = 60                         # s, until all are done

STATUS = ('<Location "/crosstown-status">', "SetHandler crosstown-status",
          "</Location>")


def wait_for(count, wanted, pause):
    end = time.monotonic() + LONGEST
    while count() < wanted:
        if time.monotonic() > end:
            raise SystemExit("waited for %d s: %d instead of %d" % (
                LONGEST, count(), wanted))
        time.sleep(pause)


def load_tasks(build):
    return 'LoadModule crosstown_tasks_module "%s"' % (build / TASKS_MODULE)


def place(path, ask, *lines):
    """Where answers ask for named tasks."""
    return ['<Location "%s">' % path, "SetHandler bench",
            'BenchAsk "%s"' % ask, *lines, "</Location>"]


def engine_lines(build, engine, kinds, url):
    """Of a server that hands tasks to an engine, redis or amqp: for each kind
    of request its CrosstownTask, if it leaves one, and a page that asks for
    it."""
    module = "crosstown_" + engine
    lines = [load_tasks(build), 'LoadModule %s_module "%s"' % (
        module, build / ("mod_%s.so" % module)),
        "LogLevel %s:error" % module, "CrosstownQueue 1000000"]
    for kind, task in kinds.items():
        if task:
            name = task.split()[1]
            lines += [task.format(url=url),
                      *place("/" + kind, name + ";to=42",
                             "CrosstownAccept " + name)]
    return lines


def jobs_place(number):
    name = "job%d" % number
    return place("/" + name, ", ".join([name + ";to=42"] * A_HEADER),
                 "CrosstownAccept " + name)


class Jobs:
    """The tasks job<number> of a server that has a jobs_place() for them."""

    def __init__(self, server, number):
        self.server = server
        self.name = "job%d" % number
        self.jobs = 8 * A_HEADER     # for a sample; more if they are few

    def look(self):
        """(when, by the server's clock, us; how many it had done then)"""
        with urllib.request.urlopen(self.server.url(
                "/crosstown-status?format=json"), timeout=30) as answer:
            told = json.loads(answer.read())
        for its in told["names"]:
            if its["name"] == self.name:
                if its["failed"] or its["rejected"]:
                    raise SystemExit("jobs failed:\n" + self.server.story())
                return told["now"], its["ran"]
        return told["now"], 0

    def done(self):
        return self.look()[1]

    def sample(self):
        """(jobs a second while there was always another one waiting, of how
        many seconds)"""
        wanted = self.done() + self.jobs
        load(self.server, self.jobs // A_HEADER, JOB_THREADS, "/" + self.name)
        start, first = self.look()
        wait_for(self.done, wanted - self.jobs // 10, 0.02)
        end, last = self.look()
        wait_for(self.done, wanted, 0.02)
        took = (end - start) / 1e6
        return ((last - first) / took, took) if last < wanted else (0, 0)

    def measure(self, seconds):
        """Of so many seconds at least."""
        for _ in range(TRIES):
            rate, took = self.sample()
            if took >= seconds:
                return rate
            self.jobs = min(2 * self.jobs, MOST_WAITING)
        raise SystemExit("%s: done before it could be measured" % self.name)


def compare_jobs(server, numbers, seconds, samples):
    """numbers: {kind: number of its jobs}; {kind: jobs a second, for each
    sample}"""
    kinds = {name: Jobs(server, number) for name, number in numbers.items()}
    got = {name: [] for name in kinds}
    for jobs in kinds.values():
        jobs.measure(seconds)        # to know how many it takes
    for _ in range(samples):
        for name in random.sample(list(kinds), len(kinds)):
            got[name].append(kinds[name].measure(seconds))
    return got


@contextlib.contextmanager
def running(servers):
    """Ended in any case, and all of them."""
    try:
        for server in servers:
            server.start()
        yield servers
    finally:
        for server in servers:
            if server.process is not None:
                server.end()
