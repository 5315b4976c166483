# SPDX-License-Identifier: Apache-2.0
"""The load: a process of its own, so that it does not compete with the reader
of the ledger for one interpreter."""

import ctypes
import multiprocessing
import os
import signal
import ssl
import threading

from visitors import crowd

COUNTS = ("sent", "answered", "reset", "hung up")
DIE_WITH_PARENT = 1         # PR_SET_PDEATHSIG
MOST_COMPLAINTS = 10
LEAVE = 40                  # seconds for the last visitor to finish


def trusting(*protocols):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if protocols:
        context.set_alpn_protocols(protocols)
    return context


class Field:
    """What the visitors share."""

    def __init__(self, server, rate, load):
        self.port, self.tls_port = server.ports[:2]
        self.rate = rate
        self.load = load
        self.tls = trusting()
        self.tls_h2 = trusting("h2")
        self.enough = threading.Event()
        self.lock = threading.Lock()
        self.complained = 0

    def count(self, what, number=1):
        with self.lock:
            self.load.counts[COUNTS.index(what)] += number

    def complain(self, who, error):
        with self.lock:
            self.complained += 1
            if self.complained <= MOST_COMPLAINTS:
                self.load.complaints.put("%s: %s: %s" % (
                    who, type(error).__name__, error))


class Load:
    """The main process's handle on it."""

    def __init__(self, server, rate):
        context = multiprocessing.get_context("fork")
        self.counts = context.Array("Q", len(COUNTS), lock=False)
        self.complaints = context.SimpleQueue()
        self.enough = context.Event()
        self.process = context.Process(target=self.run, args=(
            server, rate, os.getpid()), daemon=True)
        self.process.start()

    def run(self, server, rate, parent):
        # Ctrl-C is the main process's business; should that be killed, this
        # one must not stay.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        ctypes.CDLL(None).prctl(DIE_WITH_PARENT, signal.SIGKILL)
        if os.getppid() != parent:
            return
        field = Field(server, rate, self)
        visitors = [kind(field, number)
                    for number, kind in enumerate(crowd(server.mpm))]
        for visitor in visitors:
            visitor.start()
        self.enough.wait()
        field.enough.set()
        for visitor in visitors:
            visitor.join(LEAVE)
            if visitor.is_alive():
                field.complain(visitor.name, TimeoutError("does not finish"))

    def read(self, what):
        return self.counts[COUNTS.index(what)]

    def said(self):
        """What went wrong since the last look."""
        lines = []
        while not self.complaints.empty():
            lines.append(self.complaints.get())
        return lines

    def leaves(self):
        return not self.process.is_alive()

    def kill(self):
        self.process.kill()
        self.process.join()
