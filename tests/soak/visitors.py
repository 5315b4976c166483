# SPDX-License-Identifier: Apache-2.0
"""Clients of every kind; each is a thread that goes on until it is enough."""

import http.client
import random
import socket
import ssl
import threading

import h2.exceptions

import scripts
from client import RawVisitor, Visitor, with_tag
from h2_client import H2Visitor

# A connection may be closed at a restart.
HANG_UPS = (ConnectionError, http.client.BadStatusLine,
            http.client.IncompleteRead, ssl.SSLEOFError,
            ssl.SSLZeroReturnError, h2.exceptions.ProtocolError)
CLOSED = ("closed early", "the server has closed", "the server has reset")


class Wrong(Exception):
    """An answer that is not what was asked for."""


class HungUp(ConnectionError):
    """The server has closed in the middle: legal, though not often."""


class Customer(threading.Thread):
    """A visitor with a share of the rate."""

    share = 0.1
    in_a_session = 20

    def __init__(self, field, number):
        super().__init__(name="%s-%d" % (type(self).__name__, number))
        self.field = field
        self.letter = type(self).__name__.lower()[:6] + str(number)
        self.number = number
        self.dice = random.Random(self.name)
        self.serial = 0

    def new_tag(self):
        self.serial += 1
        return "%s-%d" % (self.letter, self.serial)

    def wish(self):
        tag = self.new_tag()
        return tag, scripts.wish(self.dice, tag)

    def pace(self, requests=1):
        """Wait for this visitor's time; False: it is enough."""
        seconds = requests / (self.field.rate * self.share)
        if self.field.enough.wait(seconds * self.dice.uniform(0.5, 1.5)):
            return False
        self.field.count("sent", requests)
        return True

    def check(self, tag, wish, status, length):
        if status != wish.status or (wish.size is not None
                                     and length < wish.size):
            raise Wrong("%s %s: %r instead of %r, %d bytes" % (
                tag, wish.script, status, wish.status, length))
        self.field.count("answered")

    def run(self):
        while not self.field.enough.is_set():
            try:
                self.session()
            except HANG_UPS:
                self.field.count("hung up")
            except AssertionError as error:
                if str(error).startswith(CLOSED):
                    self.field.count("hung up")
                else:
                    self.give_up(error)
            except Exception as error:
                self.give_up(error)

    def give_up(self, error):
        """For a second: what is wrong now will be wrong again."""
        self.field.complain(self.name, error)
        self.field.enough.wait(1)


class KeepAlive(Customer):
    share = 0.12

    def session(self):
        with Visitor(self.field.port) as visitor:
            for _ in range(self.in_a_session):
                if not self.pace():
                    return
                tag, wish = self.wish()
                post = self.dice.random() < 0.1
                answer = visitor.ask(
                    wish.path, wish.script, tag,
                    *(("POST", None, "a=1&b=2") if post
                      and wish.path != "/page.txt" else ()))
                self.check(tag, wish, answer.status, len(answer.body))


class Raw(Customer):
    """What is common to those who write their own requests."""

    def connect(self, tls=False, **more):
        if tls:
            return RawVisitor(self.field.tls_port, tls=self.field.tls, **more)
        return RawVisitor(self.field.port, **more)

    def target(self, tag, wish):
        return with_tag(wish.path, wish.script, tag)

    def read(self, client, tag, wish):
        status, headers = client.read_head()
        length = int(headers["content-length"])
        body = client.read_body(length)
        if len(body) < length:
            raise HungUp
        self.check(tag, wish, status, length)
        return headers.get("connection") != "close"


class Pipelining(Raw):
    share = 0.12

    def session(self):
        with self.connect() as client:
            for _ in range(4):
                count = self.dice.randint(2, 6)
                if not self.pace(count):
                    return
                wishes = [self.wish() for _ in range(count)]
                client.send_raw("".join(
                    "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n"
                    % self.target(tag, wish) for tag, wish in wishes))
                for tag, wish in wishes:
                    if not self.read(client, tag, wish):
                        return


class Tls(Raw):
    share = 0.07

    def session(self):
        with self.connect(tls=True) as client:
            for _ in range(self.in_a_session):
                if not self.pace():
                    return
                tag, wish = self.wish()
                client.get(self.target(tag, wish))
                if not self.read(client, tag, wish):
                    return


class Resetting(Raw):
    """Hangs up in the middle of the body."""

    share = 0.09

    def session(self):
        if not self.pace():
            return
        tag = self.new_tag()
        wish = scripts.big(self.dice, tag, 2000000)
        with self.connect(tls=self.dice.random() < 0.3,
                          receive_buffer=65536) as client:
            client.get(self.target(tag, wish))
            client.read_head()
            client.read_body(20000)
            self.field.count("reset")
            client.reset()


class SlowReader(Raw):
    share = 0.01

    def session(self):
        if not self.pace():
            return
        tag = self.new_tag()
        wish = scripts.big(self.dice, tag, 1000000)
        with self.connect(tls=self.number % 2 == 1,
                          receive_buffer=32768) as client:
            client.get(self.target(tag, wish))
            status, headers = client.read_head()
            left = int(headers["content-length"])
            while left > 0:
                self.field.enough.wait(0.02)
                piece = len(client.read_body(min(left, 32768)))
                if not piece:
                    raise HungUp
                left -= piece
            self.check(tag, wish, status, int(headers["content-length"]))


class Nonsense(Raw):
    """Not every line is a request."""

    share = 0.01

    def session(self):
        if not self.pace():
            return
        with self.connect() as client:
            client.send_raw(self.dice.choice(
                ["BLAH\r\n\r\n", "GET /probe HTTP/1.1\r\n\r\n", "\r\n"]))
            client.socket.shutdown(socket.SHUT_WR)
            client.read_to_the_end()


class Http2(Customer):
    """Several streams at a time; some are reset in the middle."""

    share = 0.11

    def connect(self):
        return H2Visitor(self.field.port)

    def session(self):
        with self.connect() as visitor:
            for _ in range(5):
                count = self.dice.randint(1, 6)
                if not self.pace(count):
                    return
                asked = [self.ask(visitor) for _ in range(count)]
                for tag, wish, number in asked:
                    self.finish(visitor, tag, wish, number)

    def ask(self, visitor):
        tag, wish = self.wish()
        if self.dice.random() < 0.1:
            wish = scripts.big(self.dice, tag, 300000)
        return tag, wish, visitor.send(wish.path, wish.script, tag)

    def finish(self, visitor, tag, wish, number):
        stream = visitor.streams[number]
        if wish.size == 300000:
            visitor.pump_until(lambda: stream.body)
            if not stream.ended:
                visitor.reset(number)
                self.field.count("reset")
                return
        visitor.pump_until(lambda: stream.ended)
        self.check(tag, wish, stream.status, len(stream.body))


class Http2Tls(Http2):
    share = 0.1

    def connect(self):
        return H2Visitor(self.field.tls_port, tls=self.field.tls_h2)


class Flood(Customer):
    """More tasks at once than the queue has places."""

    share = 0

    def session(self):
        if self.field.enough.wait(4):
            return
        self.field.count("sent")
        tag = self.new_tag()
        wish = scripts.flood(tag, 400)
        if self.serial % 3:
            with Visitor(self.field.port) as visitor:
                answer = visitor.ask(wish.path, wish.script, tag)
        else:
            with H2Visitor(self.field.port) as visitor:
                answer = visitor.ask(wish.path, wish.script, tag)
        self.check(tag, wish, answer.status, len(answer.body))


def crowd(mpm):
    """Under prefork httpd offers no HTTP/2 over TLS."""
    return [KeepAlive] * 3 + [Pipelining, Tls, Tls, Resetting, SlowReader,
                              SlowReader, Nonsense, Flood, Http2,
                              Http2 if mpm == "prefork" else Http2Tls]
