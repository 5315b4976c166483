# SPDX-License-Identifier: Apache-2.0
"""Sentinels that do not name a master: each is told apart, and the jobs wait
until one is named."""

import contextlib
import re
import socketserver
import threading

import pytest

import kept
import named
import redis_peer
from server import Server, running

OTHER = "something else than a host and a port"
# What it answers, and what the log says then.
ANSWERS = [
    (b"*-1\r\n", "know no service"),
    (b"-ERR no such command\r\n", "a sentinel answers: ERR no such command"),
    (b"+OK\r\n", OTHER),
    (b"*1\r\n$9\r\n127.0.0.1\r\n", OTHER),
    (b"*2\r\n:1\r\n:2\r\n", OTHER),
    (b"*2\r\n$9\r\n127.0.0.1\r\n$4\r\nport\r\n", OTHER),
    (b"*2\r\n$9\r\n127.0.0.1\r\n$1\r\n0\r\n", OTHER),
    (b"*2\r\n$9\r\n127.0.0.1\r\n$5\r\n65536\r\n", OTHER),
    (b"HTTP/1.1 400 Bad Request\r\n\r\n", "Protocol error"),
    (b"", "closed the connection"),
]


class Sentinel(socketserver.ThreadingTCPServer):
    """Says the same to all who ask."""

    daemon_threads = True

    def __init__(self, answer):
        super().__init__(("127.0.0.1", 0), Handler)
        self.answer = answer
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self):
        return "redis+sentinel://127.0.0.1:%d/shop/0" % self.server_address[1]


class Handler(socketserver.BaseRequestHandler):
    def handle(self):
        if b"shop" in self.request.recv(4096):
            self.request.sendall(self.server.answer)


@pytest.fixture
def engine():
    with contextlib.closing(redis_peer.Redis()) as made:
        yield made.start()


def test_what_sentinels_may_say(mpm, build, engine):
    sentinels = [Sentinel(answer) for answer, _ in ANSWERS]
    tasks = ["job%d" % number for number in range(len(sentinels))]
    text = "\n".join([
        redis_peer.load(build), named.cgi_lines(mpm),
        *("CrosstownTask %s %s queue=jobs timeout=20" % (task, sentinel.url)
          for task, sentinel in zip(tasks, sentinels)),
        '<Location "/cgi">', "CrosstownAccept " + " ".join(tasks),
        "</Location>"])
    server = Server(mpm, build, text, allowed=[*kept.ALLOWED, "CT02410:"])
    with running(server, lambda: redis_peer.write_app(server)):
        named.ask(server, *tasks)
        for (_, words), sentinel in zip(ANSWERS, sentinels):
            server.error_log.expect("CT02411: %s takes no jobs: .*%s" % (
                re.escape(sentinel.url), words))
        for sentinel in sentinels:
            sentinel.answer = b"*2\r\n$9\r\n127.0.0.1\r\n$%d\r\n%d\r\n" % (
                len(str(engine.port)), engine.port)
        engine.wait_for(len(tasks))
    for sentinel in sentinels:
        sentinel.shutdown()
        sentinel.server_close()
