# SPDX-License-Identifier: Apache-2.0
"""HTTP/1.1 and HTTP/2 as far as `make wire` needs them: to ask, and to know
which byte is the last of an answer."""

import collections
import struct

DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY = 0, 1, 3, 4, 6, 7
WINDOW_UPDATE = 8
END, ACK = 1, 1             # flags
LARGEST_WINDOW = 2 ** 31 - 1
REFILL = 2 ** 28            # bytes


class Http1:
    greeting = b""

    def __init__(self, secure):
        self.waiting = collections.deque()    # (number, size)
        self.head = b""
        self.rest = 0                         # of the body

    def ask(self, number, size, target):
        self.waiting.append((number, size))
        return b"GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n" % target

    def take(self, data):
        """Yield (number, how much of data belongs to it and those before)
        for each answer that ends here."""
        at = 0
        while at < len(data):
            if self.rest:
                step = min(self.rest, len(data) - at)
                self.rest -= step
                at += step
                if not self.rest:
                    yield self.waiting.popleft()[0], at
                continue
            known = len(self.head)
            self.head += data[at:at + 4096]
            end = self.head.find(b"\r\n\r\n")
            if end < 0:
                at += len(self.head) - known
                continue
            at += end + 4 - known
            self._take_head(self.head[:end].lower())
            self.head = b""

    def _take_head(self, head):
        assert head.startswith(b"http/1.1 200 "), head
        self.rest = int(head.split(b"\ncontent-length:")[1].split(b"\r")[0])
        assert self.rest == self.waiting[0][1], head

    def reply(self):
        return b""


def frame(kind, flags, stream, payload):
    return struct.pack(">IBBI", len(payload), kind, flags,
                       stream)[1:] + payload


class Http2:
    """Prior knowledge, no push, the widest of windows."""

    greeting = (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
                + frame(SETTINGS, 0, 0, struct.pack(
                    ">HIHI", 2, 0, 4, LARGEST_WINDOW))
                + frame(WINDOW_UPDATE, 0, 0,
                        struct.pack(">I", LARGEST_WINDOW - 65535)))

    def __init__(self, secure):
        # Indexed: GET and the scheme; after them literals, not to be kept.
        self.block = b"\x82" + (b"\x87" if secure else b"\x86") \
            + b"\x01\x09localhost\x04"
        self.next = 1
        self.waiting = {}           # stream: [number, bytes to come]
        self.head = b""
        self.rest = 0               # of the frame's payload
        self.payload = b""          # of a frame that is not DATA
        self.replies = []
        self.used = 0               # of the connection's window

    def ask(self, number, size, target):
        stream, self.next = self.next, self.next + 2
        self.waiting[stream] = [number, size]
        return frame(HEADERS, 4 | END, stream,
                     self.block + bytes([len(target)]) + target)

    def take(self, data):
        """As Http1.take()."""
        at = 0
        while at < len(data):
            if len(self.head) < 9:
                step = min(9 - len(self.head), len(data) - at)
                self.head += data[at:at + step]
                at += step
                if len(self.head) < 9:
                    return
                self.rest = int.from_bytes(self.head[:3], "big")
            step = min(self.rest, len(data) - at)
            if self.head[3] != DATA:
                self.payload += data[at:at + step]
            self.rest -= step
            at += step
            if not self.rest:
                number = self._take_frame()
                if number is not None:
                    yield number, at

    def _take_frame(self):
        length, kind, flags, stream = struct.unpack(
            ">IBBI", b"\0" + self.head)
        payload, self.head, self.payload = self.payload, b"", b""
        if kind == DATA:
            self.used += length
            answer = self.waiting[stream]
            answer[1] -= length
        elif kind == HEADERS:
            # 200 has a number of its own; a new table size may precede it.
            assert b"\x88" in payload[:4] and not flags & (END | 8), payload
        elif kind == SETTINGS and not flags & ACK:
            self.replies.append(frame(SETTINGS, ACK, 0, b""))
        elif kind == PING and not flags & ACK:
            self.replies.append(frame(PING, ACK, 0, payload))
        else:
            assert kind != RST_STREAM, "stream %d was reset" % stream
            assert kind != GOAWAY or not self.waiting, payload
        if kind == DATA and flags & END:
            number, missing = self.waiting.pop(stream)
            assert missing == 0, "%d bytes are missing" % missing
            return number
        return None

    def reply(self):
        """What the server must be told now."""
        if self.used > REFILL:
            self.replies.append(frame(WINDOW_UPDATE, 0, 0,
                                      struct.pack(">I", self.used)))
            self.used = 0
        replies, self.replies = b"".join(self.replies), []
        return replies
