# SPDX-License-Identifier: Apache-2.0
"""A real redis-server on 127.0.0.1, which a test may stop, kill and start
again, and somebody in between who swallows what it answers."""

import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import threading

import redis

import backend
import kept
import named
from ledger import wait_until
from resources import free_port

QUIET = ("--save", "", "--appendonly", "no", "--daemonize", "no",
         "--loglevel", "warning", "--bind", "127.0.0.1")


def load(build):
    return "\n".join([
        kept.load(build),
        'LoadModule crosstown_redis_module "%s/mod_crosstown_redis.so"'
        % build])


class Redis:
    """Its data are gone when it was down."""

    def __init__(self):
        self.port = free_port()
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="crosstown-redis-"))
        self.client = redis.Redis(port=self.port, socket_timeout=30)
        self.process = None

    @property
    def url(self):
        return "redis://127.0.0.1:%d" % self.port

    def start(self, *more):
        self.process = subprocess.Popen(
            ["redis-server", "--port", str(self.port), "--dir",
             str(self.root), *QUIET, *more], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL)
        wait_until(self._answers, "redis-server to answer")
        return self

    def _answers(self):
        try:
            return self.client.ping()
        except redis.exceptions.AuthenticationError:
            return True
        except (redis.exceptions.ConnectionError,
                redis.exceptions.BusyLoadingError):
            return False

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.client.connection_pool.disconnect()

    def freeze(self):
        os.kill(self.process.pid, signal.SIGSTOP)

    def thaw(self):
        os.kill(self.process.pid, signal.SIGCONT)

    def reset(self):
        """As it was in the beginning."""
        if self.process is None or self.process.poll() is not None:
            self.start()
        self.thaw()
        self.client.config_set("maxmemory", 0)
        self.client.replicaof("NO", "ONE")
        self.client.flushall()

    def wait_for(self, count, queue="jobs"):
        """The entries of a stream, when there are so many: a list of dicts."""
        wait_until(lambda: self.client.xlen(queue) >= count,
                   lambda: "%d entries; there are %d" % (
                       count, self.client.xlen(queue)))
        return [entry for _, entry in self.client.xrange(queue)]

    def close(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.root, ignore_errors=True)


class Proxy:
    """Connections to a port are handed on to another one. While `swallows`,
    the answers are not."""

    def __init__(self, port):
        self.behind = port
        self.swallows = False
        self.swallowed = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self._accept, daemon=True)
        self.thread.start()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(("127.0.0.1", self.behind))
            except OSError:
                client.close()
                continue
            for pair in ((client, server, False), (server, client, True)):
                threading.Thread(target=self._hand_on, args=pair,
                                 daemon=True).start()

    def _hand_on(self, source, target, are_answers):
        try:
            while True:
                data = source.recv(65536)
                if not data:
                    break
                if are_answers and self.swallows:
                    self.swallowed.set()
                    break
                target.sendall(data)
        except OSError:
            pass
        for end in (source, target):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def close(self):
        backend.end(self.listener, self.thread)


def write_app(server):
    named.write_script(server, "app", named.SCRIPT)
