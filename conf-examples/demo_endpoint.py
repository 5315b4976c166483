# SPDX-License-Identifier: Apache-2.0
"""The endpoint of the demo: slow, patient, and it remembers every call.

    GET /call?...    answered after --milliseconds; any number at once
    POST /call?...   the same; its body is remembered, too
    GET /record      JSON: all calls, in the order in which they arrived

Prints its port first and ends when its standard input does.
"""

import argparse
import asyncio
import json
import re
import sys
import time
from urllib.parse import parse_qsl, urlsplit

HEAD_AT_MOST = 8192
ANSWER = (b"HTTP/1.1 %s\r\nContent-Type: application/json\r\n"
          b"Content-Length: %d\r\nConnection: close\r\n\r\n%s")


def now():
    """Microseconds since 1970, the clock of apr_time_now()."""
    return time.time_ns() // 1000


class Line(asyncio.Protocol):
    """One connection: one request."""

    def __init__(self, record, seconds):
        self.record = record
        self.seconds = seconds
        self.head = b""
        self.timer = None

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        arrived = now()
        self.head += data
        if len(self.head) > HEAD_AT_MOST:
            self.transport.abort()
        elif self.timer is None and self.is_whole():
            self.request(self.head.split(b"\r\n", 1)[0], arrived)

    def is_whole(self):
        head, end, self.body = self.head.partition(b"\r\n\r\n")
        length = re.search(rb"\r\ncontent-length: *(\d+)", head, re.IGNORECASE)
        return end and len(self.body) >= (int(length[1]) if length else 0)

    def connection_lost(self, _):
        if self.timer is not None:
            self.timer.cancel()

    def request(self, line, arrived):
        words = line.decode("latin-1").split(" ")
        url = urlsplit(words[1] if len(words) == 3 else "")
        loop = asyncio.get_running_loop()
        if url.path == "/call":
            call = dict(parse_qsl(url.query), arrived=arrived, answered=None,
                        body=self.body.decode("latin-1"))
            self.record.append(call)
            self.timer = loop.call_later(self.seconds, self.hang_up, call)
        elif url.path == "/record":
            self.answer(b"200 OK", json.dumps(self.record).encode())
        else:
            self.answer(b"404 Not Found", b"{}")

    def hang_up(self, call):
        call["answered"] = now()
        self.answer(b"200 OK", b"{}")

    def answer(self, status, body):
        self.transport.write(ANSWER % (status, len(body), body))
        self.transport.close()


async def serve(seconds):
    record = []
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Line(record, seconds),
                                      "127.0.0.1", 0, backlog=1024)
    over = asyncio.Event()
    loop.add_reader(sys.stdin.fileno(),
                    lambda: sys.stdin.buffer.read1() or over.set())
    print(server.sockets[0].getsockname()[1], flush=True)
    await over.wait()
    server.close()


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--milliseconds", type=int, default=100)
    asyncio.run(serve(arguments.parse_args().milliseconds / 1000))


if __name__ == "__main__":
    main()
