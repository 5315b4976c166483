# SPDX-License-Identifier: Apache-2.0
"""HTTP/1.1 clients: a plain one, and a raw one that can misbehave."""

import http.client
import itertools
import os
import socket
import ssl
import struct
import urllib.parse

TIMEOUT = 60    # seconds, as generous as ledger.DEADLINE
tags = itertools.count(1)


def new_tag():
    return "t%d-%d" % (os.getpid(), next(tags))


def play(*words):
    """A script for the probe: play("name=a", "defer=2")."""
    return "&".join("%s=%s" % (key, urllib.parse.quote(value, safe="/:"))
                    for key, value in (word.split("=", 1) for word in words))


class Answer:
    def __init__(self, tag, status, headers, body):
        self.tag = tag
        self.status = status
        self.headers = headers
        self.body = body

    def __repr__(self):
        return "<%s %d, %d bytes>" % (self.tag, self.status, len(self.body))


def with_tag(path, script, tag):
    return "%s%stag=%s%s" % (path, "&" if "?" in path else "?", tag,
                             "&" + script if script else "")


class Connection:
    """Closed at the end of a with block, by its close()."""

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.close()


class Visitor(Connection):
    """A keep-alive connection; one thread's own."""

    def __init__(self, port):
        self.connection = http.client.HTTPConnection("127.0.0.1", port,
                                                     timeout=TIMEOUT)

    def ask(self, path, script="", tag=None, method="GET", headers=None,
            body=None):
        tag = tag or new_tag()
        self.connection.request(method, with_tag(path, script, tag), body,
                                headers or {})
        response = self.connection.getresponse()
        return Answer(tag, response.status, response.headers,
                      response.read())

    def close(self):
        self.connection.close()


class RawVisitor(Connection):
    """A socket; what is sent and when it is read is the test's business."""

    def __init__(self, port, receive_buffer=None, tls=None):
        self.socket = socket.socket()
        self.socket.settimeout(TIMEOUT)
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF,
                                   receive_buffer)
        self.socket.connect(("127.0.0.1", port))
        if tls:
            # An HTTP/2 client may have used the same context before.
            tls.set_alpn_protocols(["http/1.1"])
            self.socket = tls.wrap_socket(self.socket)
        self.left = bytearray()    # bytes would be copied with each that comes

    def send(self, *lines):
        """Send a request: lines, then an empty one."""
        self.send_raw("".join(line + "\r\n" for line in (*lines, "")))

    def send_raw(self, text):
        self.socket.sendall(text.encode("latin-1"))

    def get(self, target, *headers):
        self.send("GET %s HTTP/1.1" % target, "Host: localhost", *headers)

    def _more(self):
        new = self.socket.recv(65536)
        self.left += new
        return new

    def read_head(self):
        """Read up to the empty line: (status, headers in lower case)."""
        while b"\r\n\r\n" not in self.left:
            if not self._more():
                raise AssertionError("closed early: %r" % self.left)
        head, self.left = self.left.split(b"\r\n\r\n", 1)
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {}
        for line in lines:
            key, value = line.split(":", 1)
            headers[key.lower()] = value.strip()
        return int(first.split()[1]), headers

    def read_body(self, length):
        while len(self.left) < length and self._more():
            pass
        body = bytes(self.left[:length])
        del self.left[:length]
        return body

    def read_answer(self):
        status, headers = self.read_head()
        return status, self.read_body(int(headers["content-length"]))

    def arrived(self, seconds):
        """Is there a byte of an answer, or will there be so soon? Over TLS a
        socket can be readable without it."""
        self.socket.settimeout(seconds)
        try:
            return bool(self.left) or bool(self._more())
        except (TimeoutError, ssl.SSLWantReadError):
            return False
        finally:
            self.socket.settimeout(TIMEOUT)

    def read_to_the_end(self):
        while self._more():
            pass
        return bytes(self.left)

    def reset(self):
        """Hang up with a RST: nothing is waited for."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                               struct.pack("ii", 1, 0))
        self.socket.close()

    def close(self):
        self.socket.close()
