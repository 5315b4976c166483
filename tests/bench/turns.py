# SPDX-License-Identifier: Apache-2.0
"""Several servers under load in turns of a few milliseconds.

A shared machine is faster or slower by a fifth from one tenth of a second to
the next, and by more over minutes: what is to be compared has to be measured
as close together as it can be. So each server has an h2load of its own, with
its connections open all the time, and all of these but one are stopped."""

import bisect
import random
import re
import signal
import subprocess
import time

from bench_server import CONNECTIONS, cpu_seconds

# Until its connections are open.
CONNECTING = 0.05


class Pace:
    """turn: s. lead: not counted at the start of each: its memory comes back
    into the caches, its threads wake up. gap: what the server has been asked
    is answered, and its tasks run, before the next one's turn."""

    def __init__(self, turn=0.06, lead=0.015, gap=0.005,
                 connections=CONNECTIONS):
        self.turn, self.lead, self.gap = turn, lead, gap
        self.connections = connections


USUAL = Pace()


class Client:
    """An h2load that goes on for so many seconds, stopped at first."""

    def __init__(self, server, seconds, pace):
        self.server = server
        self.pace = pace
        self.log = server.root / "turns.log"
        self.turns = []                     # (from, to), us
        self.cpu = 0                        # of the server in them, s
        self.own = 0                        # the same, of h2load
        self.process = subprocess.Popen(
            ["h2load", "--h1", "-t", "1", "-c", str(pace.connections),
             "-D", str(seconds), "--log-file=%s" % self.log, server.url()],
            text=True, stdout=subprocess.PIPE)
        time.sleep(CONNECTING)
        self.process.send_signal(signal.SIGSTOP)
        time.sleep(self.pace.gap)

    def take_turn(self):
        self.process.send_signal(signal.SIGCONT)
        time.sleep(self.pace.lead)
        start, cpu = time.time(), self.server.cpu()
        own = cpu_seconds(self.process.pid)
        time.sleep(self.pace.turn)
        self.cpu += self.server.cpu() - cpu
        self.own += cpu_seconds(self.process.pid) - own
        self.turns.append((start * 1e6, time.time() * 1e6))
        self.process.send_signal(signal.SIGSTOP)
        time.sleep(self.pace.gap)

    def finish(self):
        """The figures of all its turns together."""
        self.process.send_signal(signal.SIGCONT)
        told = self.process.communicate(timeout=60)[0]
        found = re.search(r"(\d+) succeeded, (\d+) failed", told)
        if not found or int(found.group(2)) > 0:
            raise SystemExit("h2load failed:\n" + told + self.server.story())
        times = self.read_log()
        spent = sum(to - start for start, to in self.turns)
        return {"rate": len(times) / spent * 1e6,
                "cpu_us": self.cpu / len(times) * 1e6,
                "client_us": self.own / len(times) * 1e6,
                "p50_us": times[len(times) // 2],
                "p99_us": times[len(times) * 99 // 100],
                "answers": int(found.group(1))}

    def end(self):
        """Also if it is stopped."""
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def read_log(self):
        """How long each answer in the turns took, sorted."""
        with self.log.open() as lines:
            answers = sorted((int(start) + int(took), int(took))
                             for start, _, took in map(str.split, lines))
        ends = [end for end, _ in answers]
        times = []
        for start, to in self.turns:
            times += (took for _, took in
                      answers[bisect.bisect_left(ends, start):
                              bisect.bisect_right(ends, to)])
        if not times:
            raise SystemExit("no turn had an answer:\n" + self.server.story())
        return sorted(times)


def take_turns(servers, seconds, pace=USUAL):
    """{name: its figures}: every server has one turn in each cycle, in another
    order each time; as many cycles as end while each h2load still goes on."""
    clients = {}
    try:
        end = time.monotonic() + seconds
        for name, server in servers.items():
            clients[name] = Client(server, seconds, pace)
        start = time.monotonic()
        longest = 0
        while start + 1.5 * longest < end:
            for name in random.sample(list(clients), len(clients)):
                clients[name].take_turn()
            longest = max(longest, time.monotonic() - start)
            start = time.monotonic()
        # Each of them ends when it goes on after its time.
        time.sleep(max(0, end + len(clients) * CONNECTING - start))
        return {name: client.finish() for name, client in clients.items()}
    finally:
        for client in clients.values():
            client.end()
