# SPDX-License-Identifier: Apache-2.0
"""One message by AMQP for each request, which a RabbitMQ confirms: beside a
task that does nothing, and with the broker frozen. A broker takes far longer
for a message than httpd for a request, so turns of milliseconds would end
before their messages are there: a sample is some thousand requests and the
time until all that they left is confirmed."""

import contextlib
import importlib.util
import pathlib
import random
import sys
import time

from bench_server import BenchServer, load
from jobs import MODULE, engine_lines, running, wait_for
from store_server import Page
from turns import Pace, take_turns

ENGINES = pathlib.Path(__file__).resolve().parents[1] / "engines"
BROKER = pathlib.Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
AMQP_MODULE = "mod_crosstown_amqp.so"
# As many as do not keep the processors busy: what they wait is no queue's.
CALM = Pace(turn=0.1, lead=0.03, gap=0.03, connections=4)
REQUESTS = 4000

# What a request leaves.
KINDS = {
    "none": None,
    "noop": "CrosstownTask bench_memory module",
    "message": "CrosstownTask message {url}",
    "celery": "CrosstownTask celery {url} format=celery class=shop.job",
}
AMQP_KINDS = ("message", "celery")


def missing(build):
    """What this machine has not."""
    return [name for name, there in (
        ("rabbitmq-server", BROKER.exists()),
        ("python3-amqp", importlib.util.find_spec("amqp")),
        ("librabbitmq-dev", (build / AMQP_MODULE).exists())) if not there]


@contextlib.contextmanager
def broker():
    sys.path.append(str(ENGINES))
    import rabbit           # wants python3-amqp
    made = rabbit.Rabbit(*AMQP_KINDS)
    try:
        yield made.start()
    finally:
        made.close()


def settle(rabbit, kind):
    """All that was asked for is there: nothing has come for a while. Then it
    is thrown away."""
    before, end = -1, time.monotonic() + 120
    while before < rabbit.count(kind) and time.monotonic() < end:
        before = rabbit.count(kind)
        time.sleep(0.5)
    rabbit.client.queue_purge(kind)


def sample(server, rabbit, page):
    """The figures of so many requests and all that they left."""
    spent, start = server.cpu(), time.monotonic()
    got = {"rate": load(server, REQUESTS, path=page.path)}
    kind = page.path[1:]
    if kind in AMQP_KINDS:
        wait_for(lambda: rabbit.count(kind), REQUESTS, 0.02)
        got["confirmed"] = REQUESTS / (time.monotonic() - start)
        time.sleep(0.1)      # the last of them are confirmed and ended
        rabbit.client.queue_purge(kind)
    got["cpu_us"] = (server.cpu() - spent) / REQUESTS * 1e6
    return got


def measure_requests(server, rabbit, rounds):
    """Of each round {kind: figures}"""
    pages = {kind: Page(server, kind) for kind in KINDS}
    for page in pages.values():
        sample(server, rabbit, page)
    return [{kind: sample(server, rabbit, pages[kind])
             for kind in random.sample(list(KINDS), len(KINDS))}
            for _ in range(rounds)]


def measure_frozen(server, rabbit, seconds, rounds):
    """{whether it is frozen: p50 of each round, us}"""
    got = {False: [], True: []}
    page = Page(server, "message")
    for number in range(rounds):
        for frozen in ((False, True) if number % 2 else (True, False)):
            if frozen:
                rabbit.freeze()
            try:
                got[frozen].append(take_turns(
                    {"": page}, seconds, CALM)[""]["p50_us"])
            finally:
                rabbit.thaw()
            settle(rabbit, "message")
    return got


def measure(build, quick, say):
    """{part: figures}, of one broker, which is slow to start."""
    rounds = 6 if quick else 24
    with broker() as rabbit, running([BenchServer(
            build, MODULE, "", lines=engine_lines(
                build, "amqp", KINDS, rabbit.url))]) as (server,):
        figures = {"requests": measure_requests(server, rabbit, rounds)}
        say("  engines: messages measured")
        figures["frozen"] = measure_frozen(server, rabbit, 2, rounds // 3)
        return figures
