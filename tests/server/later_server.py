# SPDX-License-Identifier: Apache-2.0
"""What the tests of conf-examples/mod_later.c share: the server of later.conf,
and the backends that it asks."""

import http.server
import pathlib
import threading

import pytest

from client import TIMEOUT
from ledger import wait_until

EXAMPLE = (pathlib.Path(__file__).resolve().parents[2] / "conf-examples"
           / "later.conf")

CONFIG = """
Define BUILD "@BUILD@"
Define BACKENDS "@BACKENDS@"
Include "%s"
""" % EXAMPLE
OPTIONS = {"crosstown": None}    # later.conf loads it


class Backend(http.server.ThreadingHTTPServer):
    """Answers nobody before `gate` is open; who asks for a path in `broken`
    gets 503."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), BackendHandler)
        self.gate = threading.Event()
        self.lock = threading.Lock()
        self.asked = []
        self.broken = set()
        self.thread = threading.Thread(target=self.serve_forever,
                                       args=(0.01,))
        self.thread.start()

    @property
    def url(self):
        return "http://127.0.0.1:%d" % self.server_port

    def handle_error(self, request, client_address):
        """Who asked has given up. What else goes wrong here is missed in the
        answer."""

    def close(self):
        self.gate.set()
        self.shutdown()
        self.thread.join()
        self.server_close()

    def wait_for(self, count):
        wait_until(lambda: len(self.asked) >= count,
                   "%d questions to the backends" % count)


class BackendHandler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        with self.server.lock:
            self.server.asked.append(self.path)
        self.server.gate.wait(TIMEOUT)
        body = b"<answer of %s>" % self.path.encode()
        self.send_response(503 if self.path in self.server.broken else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *unused):
        pass


@pytest.fixture
def backend():
    backend = Backend()
    try:
        yield backend
    finally:
        backend.close()


@pytest.fixture
def make_later(backend, build, make_server):
    """make_later(more): a server of the example that asks `backend`; `more`
    is configuration."""
    def make(more="", **options):
        config = (CONFIG.replace("@BUILD@", str(build))
                  .replace("@BACKENDS@", backend.url) + more)
        return make_server(config, **{**OPTIONS, **options})

    return make


def prepare(server, request):
    """For a module's shared server, which asks nobody."""
    build = request.getfixturevalue("build")
    server.config = (server.config.replace("@BUILD@", str(build))
                     .replace("@BACKENDS@", "http://127.0.0.1:9"))
