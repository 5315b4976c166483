# SPDX-License-Identifier: Apache-2.0
"""Who asks, by HTTP/1.1 and HTTP/2, and keeps what it was answered for each
token. A token counts as answered once the last byte of its response has come,
and as promised once the status has: what dies then was committed before. Only
if it was asked for behind the headers the last byte has to come. All else that
dies on the way leaves it open."""

import collections
import http.client
import itertools
import random
import threading
import time

from h2.exceptions import ProtocolError

from client import Visitor
from h2_client import H2Visitor

Wish = collections.namedtuple("Wish", "tokens path is_late")

# Kind of request -> how many of a hundred, words of the script, tokens, their
# letter.
KINDS = {
    "plain": (46, "", 1, "p"),
    "slow": (12, "", 1, "s"),
    "several": (8, "", 5, "p"),
    "burst": (2, "", 40, "s"),
    "again": (6, "", 1, "a"),
    "delayed": (8, "&delay_ms=700", 1, "p"),
    "large": (3, "&size=200000", 1, "p"),
    "late": (5, "&flush=1", 1, "p"),
    "refused": (5, "&status=404", 1, "refused"),
    "refused500": (5, "&status=500&own=1", 1, "refused"),
}
GONE = (OSError, http.client.HTTPException, ProtocolError, AssertionError)


class Field:
    """What all visitors share."""

    def __init__(self, server, seed):
        self.server = server
        self.seed = seed
        self.enough = threading.Event()
        self.serial = itertools.count(1)
        self.lock = threading.Lock()
        self.tokens = collections.defaultdict(list)    # outcome -> tokens
        self.answers = 0
        self.answers_by = collections.Counter()    # protocol -> 202s
        self.faults = []

    def note(self, outcome, tokens):
        with self.lock:
            self.tokens[outcome] += tokens
            self.answers += outcome == "answered"

    def break_off(self, wish, status):
        self.note("promised" if status == 202 and not wish.is_late
                  else "open", wish.tokens)

    def judge(self, tokens, status):
        if tokens[0].startswith("refused"):
            if status not in (404, 500, 503):
                self.faults.append("%s: %s" % (tokens[0], status))
            self.note("refused", tokens)
        else:
            self.note({202: "answered", 503: "denied"}.get(status, "odd"),
                      tokens)
            if status not in (202, 503):
                self.faults.append("%s: %s" % (tokens[0], status))


class Customer(threading.Thread):
    def __init__(self, field, number):
        super().__init__(daemon=True)
        self.field = field
        self.number = number
        self.dice = random.Random("%s %s" % (field.seed, number))

    def wish(self):
        kind = self.dice.choices(list(KINDS), [row[0] for row
                                               in KINDS.values()])[0]
        _, words, count, letter = KINDS[kind]
        tokens = ["%s-%d-%d" % (letter, self.number, next(self.field.serial))
                  for _ in range(count)]
        return Wish(tokens, "/kill?tokens=%s%s" % (",".join(tokens), words),
                    kind == "late")

    def judge(self, wish, status):
        self.field.answers_by[self.protocol] += status == 202
        self.field.judge(wish.tokens, status)

    def run(self):
        while not self.field.enough.is_set():
            try:
                with self.connect() as visitor:
                    while not self.field.enough.is_set():
                        self.visit(visitor)
            except GONE:
                time.sleep(0.02)


class Http1(Customer):
    protocol = "HTTP/1.1"

    def connect(self):
        return Visitor(self.field.server.port)

    def visit(self, visitor):
        wish, status = self.wish(), None
        try:
            visitor.connection.request("GET", wish.path)
            response = visitor.connection.getresponse()
            status = response.status
            response.read()
        except GONE:
            self.field.break_off(wish, status)
            raise
        self.judge(wish, status)


class Http2(Customer):
    """Some streams at once."""
    protocol = "HTTP/2"

    def connect(self):
        return H2Visitor(self.field.server.port, resets_allowed=True)

    def visit(self, visitor):
        asked = []
        try:
            for _ in range(self.dice.randint(1, 5)):
                wish = self.wish()
                asked.append((wish, visitor.send(wish.path)))
            for _, number in asked:
                visitor.pump_until(lambda number=number: self.is_over(
                    visitor.streams[number]))
        except GONE:
            self.settle(visitor, asked)
            raise
        self.settle(visitor, asked)

    @staticmethod
    def is_over(stream):
        return stream.ended or stream.reset is not None

    def settle(self, visitor, asked):
        for wish, number in asked:
            stream = visitor.streams[number]
            if stream.ended and stream.reset is None:
                self.judge(wish, stream.status)
            else:
                self.field.break_off(wish, stream.status)


def send_poison(field):
    """A task that kills its child, each time that it is run."""
    tokens = ["x-0-%d" % next(field.serial)]
    try:
        with Visitor(field.server.port) as visitor:
            answer = visitor.ask("/kill?tokens=" + tokens[0])
    except GONE:
        field.note("open", tokens)
        return
    field.judge(tokens, answer.status)


def crowd(field, protocols, count):
    kinds = [{"h1": Http1, "h2": Http2}[name] for name in protocols]
    return [kinds[number % len(kinds)](field, number + 1)
            for number in range(count)]
