# SPDX-License-Identifier: Apache-2.0
"""Troubles made on purpose: the first line of the page says which name it is
about, what the cause is and where the remedy lies. Those whose line comes from
elsewhere are in test_processes.py (one child stalls), test_store_numbers.py
(the store cannot be opened) and test_redis.py (an engine is away)."""

import contextlib
import threading
import urllib.parse

import control
import kept
import metrics
import named
import status
import verdict
from client import new_tag
from server import Server, running

ANY_MPM = True

CONFIG = (control.CONFIG + verdict.CONFIG
          + "CrosstownThreads 1 2\nCrosstownQueue 20\n")
SAMPLES = 120       # seconds: the verdict reads samples ten seconds apart


def start(stack, build, mpm, more="", allowed=(), scripts=False):
    lines = [kept.load(build), CONFIG, more]
    if scripts:
        lines.append(named.cgi_lines(mpm))
    server = Server(mpm, build, "\n".join(lines), children=1,
                    modules=("status",),
                    allowed=(*kept.ALLOWED, "CT0170[12]:", *allowed))
    kept.make_directory(server)
    named.write_script(server, "app", named.SCRIPT)
    return stack.enter_context(running(server))


def expect(server, state, name, *words):
    """In the first line, in no more than a reader takes in at a glance, and
    the same everywhere."""
    def is_said(now):
        told = now["verdict"]
        return (told["state"], told["name"]) == (state, name) and all(
            word in told["words"] for word in words)

    told = metrics.wait_for(server, is_said, "%s, %s: %s" % (
        state, name, ", ".join(words)), deadline=SAMPLES)["verdict"]
    assert len(told["words"]) < 240, told["words"]
    verdict.check(server, state, name)
    names = [row[0] for row in status.read(server).tables["now"][1:]]
    assert name not in names or name == names[0]


def test_what_shows_with_time(mpm, build):
    """Side by side, since each takes its samples."""
    gates = {what: new_tag() for what in (
        "stuck", "limit", "server", "paused")}
    with contextlib.ExitStack() as stack:
        servers = {
            "stuck": start(stack, build, mpm),
            "limit": start(stack, build, mpm,
                           "CrosstownLimit mail concurrency=1"),
            "server": start(stack, build, mpm, "CrosstownLimit mail "
                            "concurrency=1 scope=server"),
            "paused": start(stack, build, mpm),
        }
        servers["paused"].ask("/probe", "name=mail&defer=1")
        control.say(servers["paused"], do="pause", name="mail")
        for what, server in servers.items():
            server.ask("/probe", "name=mail&gate=%s&defer=6" % gates[what])
        # Others are done meanwhile, so the sums do not look stuck.
        with beside(servers["limit"], servers["server"],
                    servers["paused"]):
            expect(servers["limit"], "late", "mail", "a task has waited for",
                   "CrosstownLimit concurrency=1 lets no more run",
                   "one has been running for")
            expect(servers["server"], "late", "mail", "a task has waited for",
                   "CrosstownLimit concurrency=1 scope=server lets no more")
            expect(servers["paused"], "late", "mail", "has paused this name",
                   "CrosstownControl")
            expect(servers["stuck"], "stuck", "mail", "the oldest one has been"
                   " running for", "CrosstownSlowTask")
        for what, server in servers.items():
            if what == "paused":
                control.say(server, do="resume", name="mail")
            server.open_gate(gates[what])
            metrics.settled(server)


@contextlib.contextmanager
def beside(*servers):
    """Quick tasks of another name, until it is left."""
    stop = threading.Event()

    def visit():
        while not stop.wait(1):
            for server in servers:
                server.ask("/probe", "name=other&defer=1")

    visitor = threading.Thread(target=visit)
    visitor.start()
    try:
        yield
    finally:
        stop.set()
        visitor.join()


def test_what_shows_at_once(mpm, build, receiver):
    rejects = {"allowed": (r"CT0130[4-7]:",)}
    with contextlib.ExitStack() as stack:
        gate = new_tag()
        full = start(stack, build, mpm, **rejects)
        own = start(stack, build, mpm, "CrosstownLimit mail queue=3",
                    **rejects)
        drained = start(stack, build, mpm, **rejects)
        for server in (full, own, drained):
            metrics.wait_for(server, lambda now: now["samples"], "a sample",
                             deadline=60)
        full.ask("/probe", "name=mail&gate=%s&defer=40" % gate)
        expect(full, "rejecting", "mail", "CrosstownQueue 20")
        own.ask("/probe", "name=mail&gate=%s&defer=10" % gate)
        expect(own, "rejecting", "mail", "CrosstownLimit queue=3 was full")
        control.say(drained, do="drain")
        drained.ask("/probe", "name=mail&defer=1")
        expect(drained, "rejecting", "mail", "lets no new tasks in",
               "CrosstownControl")
        for server in (full, own):
            server.open_gate(gate)
            metrics.settled(server)
        failing = start(stack, build, mpm, """
CrosstownStore "${ROOT}/store/tasks.db" wait=20
CrosstownTask hook %s retries=9 backoff=fixed:100ms
<Location "/cgi">
    CrosstownAccept hook
</Location>
""" % receiver.url("/503"), (r"CT0130[1-9]:|CT0131\d:|CT01401:",),
                        scripts=True)
        failing.ask("/cgi/app?head=" + urllib.parse.quote("Crosstown: hook"))
        expect(failing, "ok", "hook", "attempts failed in the last minute",
               "503: answered 503")
        metrics.settled(failing)


STORE = """
CrosstownStore "${ROOT}/store/tasks.db" max=%s
CrosstownTask hook http://127.0.0.1:1/ keep=disk
"""


def test_what_the_disk_holds(mpm, build):
    with contextlib.ExitStack() as stack:
        full = start(stack, build, mpm, STORE % "1M",
                     allowed=(r"CT02312:.*it has reached max=",))
        orphan = start(stack, build, mpm, STORE % "8M",
                       allowed=("nobody provides this task",))
        kept.add(full, "hook", 2, 1, 0, payload=b"x" * 1500000)
        kept.add(orphan, "gone", 0, 0, 0)
        kept.add(orphan, "dead", 2, 0, 0)
        expect(full, "rejecting", None, "CrosstownStore is full",
               "reached its max=", "answered 503", "delete dead tasks",
               "CT02312")
        expect(orphan, "late", "gone", "1 task waits on the disk",
               "has no CrosstownTask of this name")
