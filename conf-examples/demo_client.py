# SPDX-License-Identifier: Apache-2.0
"""The client of the demo: one request, and when what of the answer came."""

import dataclasses
import re
import socket
import struct
import time

DEADLINE = 15
ANSWER_AT_MOST = 16 << 20
SO_TIMESTAMPNS = 35     # <asm-generic/socket.h>; the socket module lacks it
TIMESPEC = struct.Struct("@ll")


@dataclasses.dataclass
class Answer:
    """Times are microseconds since 1970, the clock of apr_time_now()."""

    status: int
    body: bytes
    asked: int          # the request was about to be sent
    arrived: int        # the kernel had the last byte; None: it doesn't tell
    read: int           # this program had the last byte

    @property
    def took(self):
        return self.read - self.asked


def now():
    return time.time_ns() // 1000


class Client:
    """Asks 127.0.0.1; every request has a connection of its own."""

    def __init__(self, port):
        self.port = port
        # The kernel stamps what it receives while any socket wants it to.
        self.stamps = socket.socket()
        want_stamps(self.stamps)

    def close(self):
        self.stamps.close()

    def ask(self, path):
        address = ("127.0.0.1", self.port)
        request = ("GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n" % path)
        with socket.create_connection(address, DEADLINE) as line:
            want_stamps(line)
            asked = now()
            line.sendall(request.encode("ascii"))
            return listen(line, asked)


def want_stamps(line):
    try:
        line.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    except OSError:
        pass        # not on this kernel: Answer.arrived will be None


def listen(line, asked):
    text = b""
    missing = 1
    while missing > 0:
        data, notes, _, _ = line.recvmsg(65536, 256)
        read = now()
        if not data or len(text) > ANSWER_AT_MOST:
            raise ConnectionError("half an answer: %r" % text[:200])
        text += data
        missing = missing_bytes(text)
    head, body = text.split(b"\r\n\r\n", 1)
    return Answer(int(head.split(b" ")[1]), body, asked, stamp(notes), read)


def missing_bytes(text):
    head, end, body = text.partition(b"\r\n\r\n")
    if not end:
        return 1
    length = re.search(rb"\r\ncontent-length: *(\d+)", head, re.IGNORECASE)
    if re.search(rb"\r\ntransfer-encoding: *chunked", head, re.IGNORECASE):
        return 0 if body.endswith(b"\r\n0\r\n\r\n") else 1
    if length is None:
        raise ConnectionError("an answer of unknown length: %r" % head)
    return int(length[1]) - len(body)


def stamp(notes):
    for level, kind, data in notes:
        if level == socket.SOL_SOCKET and kind == SO_TIMESTAMPNS:
            seconds, nanoseconds = TIMESPEC.unpack(data[:TIMESPEC.size])
            return seconds * 1000000 + nanoseconds // 1000
    return None
