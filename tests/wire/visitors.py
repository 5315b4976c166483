# SPDX-License-Identifier: Apache-2.0
"""The clients. Each knows for every answer how many bytes its connection had
brought, below TLS, when that answer was complete."""

import random
import selectors
import socket
import ssl
import time

TIMEOUT = 60            # seconds without a byte from anybody
SMALL, KILO, LARGE, HUGE = 20, 1024, 40 * 1024, 1024 * 1024
SIZES = (SMALL, KILO, LARGE, HUGE)
WEIGHTS = (600, 350, 50, 0)
ONE_IN = 100            # answers for a slow reader that are huge
SLOW_READ = 32 * 1024   # bytes, then a pause
PAUSE = 0.001


class Clear:
    """No layer between HTTP and the socket."""

    secure = False

    def __init__(self):
        self.received = 0

    def seal(self, data):
        return data

    def open(self, raw):
        """Yield (data, wire, step): byte n of data (from 1) is complete when
        the connection has brought wire + n * step bytes."""
        wire = self.received
        self.received += len(raw)
        yield raw, wire, 1

    def begin(self, connection):
        pass


class Tls:
    """Opened record by record: the last byte of an answer is there when its
    whole record is."""

    secure = True

    def __init__(self, protocol):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        context.set_alpn_protocols([protocol])
        self.received = 0
        self.opened = 0         # bytes of the records taken so far
        self.rest = b""
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.incoming, self.outgoing)

    def seal(self, data):
        self.tls.write(data)
        return self.outgoing.read()

    def _records(self, raw):
        self.received += len(raw)
        self.rest += raw
        at = 0
        while len(self.rest) >= at + 5:
            end = at + 5 + int.from_bytes(self.rest[at + 3:at + 5], "big")
            if len(self.rest) < end:
                break
            self.opened += end - at
            self.incoming.write(self.rest[at:end])
            at = end
            yield
        self.rest = self.rest[at:]

    def _read(self):
        try:
            return self.tls.read(65536)
        except ssl.SSLWantReadError:
            return b""
        except ssl.SSLZeroReturnError:
            return b""

    def open(self, raw):
        for _ in self._records(raw):
            while data := self._read():
                yield data, self.opened, 0

    def begin(self, connection):
        """The handshake; no answer can come before it is over."""
        while True:
            try:
                self.tls.do_handshake()
            except ssl.SSLWantReadError:
                connection.sendall(self.outgoing.read())
                raw = connection.recv(65536)
                assert raw, "closed in the handshake"
                for _ in self._records(raw):
                    pass
            else:
                connection.sendall(self.outgoing.read())
                return


class Visitor:
    def __init__(self, port, layer, speech, depth, slow):
        self.layer = layer
        self.speech = speech
        self.depth = depth          # requests on their way at a time
        self.slow = slow
        self.asked = 0
        self.huge = set()           # on their way
        self.ends = []              # (number, bytes received by then)
        self.closing = self.closed = False
        self.socket = socket.socket()
        self.socket.settimeout(TIMEOUT)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if slow:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        self.socket.connect(("127.0.0.1", port))
        self.port = self.socket.getsockname()[1]
        layer.begin(self.socket)
        if speech.greeting:
            self.socket.sendall(layer.seal(speech.greeting))

    def _size(self, dice):
        self.asked += 1
        if self.slow and self.asked % ONE_IN == 5:
            return HUGE
        return dice.choices(SIZES, WEIGHTS)[0]

    def ask(self, numbers, dice):
        """Ask as much as may be asked at a time, in one go; hang up when
        there is nothing left."""
        requests = []
        while len(self.speech.waiting) < self.depth:
            number = next(numbers, None)
            if number is None:
                break
            size = self._size(dice)
            if size == HUGE:
                self.huge.add(number)
            target = b"/%d.bin?%d" % (size, number) if number & 1 \
                else b"/wire?%d&%d" % (number, size)
            if number & 6 == 6:
                target += b"&same"
            requests.append(self.speech.ask(number, size, target))
        if requests:
            self.socket.sendall(self.layer.seal(b"".join(requests)))
        elif not self.speech.waiting and not self.closing:
            self.closing = True
            self.socket.shutdown(socket.SHUT_WR)

    def read(self):
        raw = self.socket.recv(SLOW_READ if self.huge else 256 * 1024)
        if not raw:
            assert self.closing, "the server has closed the connection"
            self.closed = True
            self.socket.close()
            return
        for data, wire, step in self.layer.open(raw):
            for number, used in self.speech.take(data):
                self.ends.append((number, wire + used * step))
                self.huge.discard(number)
        reply = self.speech.reply()
        if reply and not self.closing:
            self.socket.sendall(self.layer.seal(reply))


def visit(visitors, count):
    """Ask `count` times in all, numbered from 0, and read till the end."""
    numbers = iter(range(count))
    dice = random.Random(count)
    paused = []             # (until when, visitor): slow ones, in turn
    open_ones = len(visitors)
    with selectors.DefaultSelector() as selector:
        for visitor in visitors:
            selector.register(visitor.socket, selectors.EVENT_READ, visitor)
            visitor.ask(numbers, dice)
        while open_ones:
            ready = selector.select(PAUSE if paused else TIMEOUT)
            assert ready or paused, "no byte for %d s" % TIMEOUT
            while paused and paused[0][0] <= time.monotonic():
                visitor = paused.pop(0)[1]
                selector.register(visitor.socket, selectors.EVENT_READ,
                                  visitor)
            for key, _ in ready:
                visitor = key.data
                selector.unregister(visitor.socket)
                visitor.read()
                if visitor.closed:
                    open_ones -= 1
                    continue
                visitor.ask(numbers, dice)
                if visitor.huge:
                    paused.append((time.monotonic() + PAUSE, visitor))
                else:
                    selector.register(visitor.socket, selectors.EVENT_READ,
                                      visitor)
