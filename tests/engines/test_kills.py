# SPDX-License-Identifier: Apache-2.0
"""Redis is killed under load and comes back, time and again; its jobs are kept
on disk on both sides (keep=disk, appendfsync always). Of what was answered 202
none is lost, and with the marker none is there twice."""

import collections
import json
import random
import threading
import time

import kept
import metrics
import redis_peer
from server import Server, running

CLIENTS = 4
DURABLE = ("--appendonly", "yes", "--appendfsync", "always")
CONFIG = """
LoadModule ask_module "%s/mod_ask.so"
CrosstownStore "${ROOT}/store/tasks.db" wait=20
CrosstownSlowTask 0
CrosstownTask jobs redis://127.0.0.1:%d keep=disk timeout=1
<Location "/ask">
    SetHandler ask
</Location>
"""


class Load(threading.Thread):
    """Asks for jobs, each with a number of its own, until it is told to stop.
    """

    numbers = iter(range(10 ** 9))

    def __init__(self, server):
        super().__init__(daemon=True)
        self.server = server
        self.over = threading.Event()
        self.promised, self.trouble = [], None

    def run(self):
        try:
            with self.server.visit() as visitor:
                while not self.over.is_set():
                    number = next(self.numbers)
                    answer = visitor.ask("/ask/jobs", method="POST",
                                         body=json.dumps(number).encode())
                    assert answer.status == 202, answer
                    self.promised.append(number)
        except Exception as trouble:     # told to the test
            self.trouble = trouble

    def stop(self):
        self.over.set()
        self.join(60)
        assert not self.is_alive() and not self.trouble, self.trouble
        return self.promised


def entries(engine):
    return collections.Counter(
        int(entry[b"payload"]) for _, entry in engine.client.xrange("jobs"))


def stored(engine):
    return engine.client.xlen("jobs")


def test_redis_killed_under_load(request, tell, mpm, build):
    kills = request.config.getoption("kills")
    draw = random.Random(kills)
    engine = redis_peer.Redis()
    text = "\n".join([redis_peer.load(build), metrics.CONFIG,
                      CONFIG % (build, engine.port)])
    server = Server(mpm, build, text, children=2,
                    allowed=(*kept.ALLOWED, r"CT0241[01]:"))
    try:
        engine.start(*DURABLE)
        with running(server, lambda: kept.make_directory(server)):
            promised = kill_again_and_again(server, engine, kills, draw)
            kept.wait_for_count(server, 0)
            there = entries(engine)
            row, = metrics.read(server)["modules"]["redis"]
            repeated = row["repeated"]
    finally:
        engine.close()
    lost = [number for number in promised if not there[number]]
    doubled = [number for number, times in there.items() if times > 1]
    tell("Redis: %d kills, %d jobs promised, %d lost, %d doubled; %d sent "
         "again" % (kills, len(promised), len(lost), len(doubled), repeated))
    assert not lost and not doubled
    assert len(promised) > 10 * kills


def kill_again_and_again(server, engine, kills, draw):
    clients = [Load(server) for _ in range(CLIENTS)]
    for client in clients:
        client.start()
    for _ in range(kills):
        before = stored(engine)
        # Under way, whatever it is doing; some wait for it then.
        redis_peer.wait_until(lambda: stored(engine) > before + 20,
                              "jobs to come")
        time.sleep(draw.random() / 20)
        engine.kill()
        time.sleep(draw.random() / 5)
        engine.start(*DURABLE)
    return [number for client in clients for number in client.stop()]
