# SPDX-License-Identifier: Apache-2.0
"""The FastCGI target, byte by byte: with a server that answers as this file
says, and one that takes nobody for a while."""

import contextlib
import socket
import struct
import threading

import pytest

import metrics
import named

ANY_MPM = True

STDIN, STDOUT, STDERR, END = 5, 6, 7, 3
DONE = b"\0" * 8
REFUSED = b"\0\0\0\0\2\0\0\0"        # overloaded


def record(kind, content, padding=0):
    return struct.pack("!BBHHBB", 1, kind, 1, len(content), padding, 0) + (
        content + b"x" * padding)


def read_request(connection):
    """All of its records: [(type, content)]."""
    records = []
    with connection.makefile("rb") as lines:
        while not records or records[-1] != (STDIN, b""):
            head = lines.read(8)
            _, kind, _, length, padding, _ = struct.unpack("!BBHHBB", head)
            records.append((kind, lines.read(length)))
            lines.read(padding)
    return records


class Worker:
    """Takes one request and answers it with these bytes, one at a time."""

    def __init__(self, listener, answer):
        self.listener, self.answer = listener, answer
        self.records = None
        self.thread = threading.Thread(target=self.work, daemon=True)
        self.thread.start()

    def work(self):
        connection, _ = self.listener.accept()
        with connection:
            self.records = read_request(connection)
            with contextlib.suppress(OSError):
                for byte in self.answer:
                    connection.sendall(bytes([byte]))

    def wait(self):
        self.thread.join(60)
        assert self.records is not None, "nobody has asked"
        return self.records


def serve(make_server, mpm, build, target):
    server = make_server("\n".join([
        named.load(build), named.cgi_lines(mpm), metrics.CONFIG, """
CrosstownTask job %s
<Location "/cgi">
    CrosstownAccept job
</Location>
""" % target]), start=False)
    named.write_script(server, "app", named.SCRIPT)
    return server


def ask(server):
    assert server.ask("/cgi/app?head=Crosstown:%20job;n=1").status == 200


def listen(address):
    try:
        return socket.create_server(
            (address, 0),
            family=socket.AF_INET6 if ":" in address else socket.AF_INET)
    except OSError:
        pytest.skip("%s cannot be used on this machine" % address)


@pytest.mark.parametrize("host, address", [
    ("127.0.0.1", "127.0.0.1"), ("[::1]", "::1"), ("localhost", "127.0.0.1")])
def test_wherever_it_listens(make_server, mpm, build, host, address):
    with listen(address) as listener:
        worker = Worker(listener, record(STDOUT, b"\r\n") + record(END, DONE))
        server = serve(make_server, mpm, build, "fcgi://%s:%d/job" % (
            host, listener.getsockname()[1])).start()
        ask(server)
        assert worker.wait()[-2:] == [(STDIN, b"n=1"), (STDIN, b"")]
        assert metrics.settled(server)["total"]["ran"] == 1


@pytest.mark.parametrize("answer, lines", [
    (record(STDERR, b"oh\nno", padding=3)
     + record(STDOUT, b"Status: 503 Not now\r\n", padding=200)
     + record(99, b"unknown") + record(STDOUT, b"\r\n" + b"y" * 20000)
     + record(STDOUT, b"") + record(END, DONE),
     ["CT02202: .* says: oh", "CT02202: .* says: no", "CT01301: .*answered 503"]),
    (record(STDOUT, b"Status: 4294967496\r\n\r\n") + record(END, DONE),
     ["CT01301: .*answered 0"]),
    (record(STDOUT, b"\r\n") + record(END, REFUSED),
     ["CT01301: .*does not take FastCGI requests"]),
    (record(STDOUT, b"\r\n") + record(END, b""),
     ["CT01301: .*does not take FastCGI requests"]),
    (b"HTTP/1.1 400 Bad Request\r\n\r\n",
     ["CT01301: .*does not take FastCGI requests"]),
    (record(STDOUT, b"\r\n"), ["CT01301: .*ended without an answer"]),
    (record(END, DONE), ["CT01301: .*ended without an answer"]),
    (record(STDOUT, b"\r\n")[:-1], ["CT01301: .*ended without an answer"]),
])
def test_answers_byte_by_byte(make_server, mpm, build, answer, lines):
    with listen("127.0.0.1") as listener:
        worker = Worker(listener, answer)
        server = serve(make_server, mpm, build, "fcgi://127.0.0.1:%d/job"
                       % listener.getsockname()[1]).start()
        ask(server)
        worker.wait()
        for line in lines:
            server.error_log.expect(line)


def test_it_waits_where_too_many_wait(make_server, mpm, build):
    server = serve(make_server, mpm, build, "unix:${ROOT}/crowd|fcgi:/job")
    path = str(server.root / "crowd")
    with socket.socket(socket.AF_UNIX) as listener, \
            contextlib.ExitStack() as crowd:
        listener.bind(path)
        (server.root / "crowd").chmod(0o777)
        listener.listen(0)
        count = 0
        with contextlib.suppress(BlockingIOError):
            while True:
                one = crowd.enter_context(socket.socket(socket.AF_UNIX))
                one.setblocking(False)
                one.connect(path)
                count += 1
        server.start()
        ask(server)
        metrics.wait_for(server, lambda now: now["running"]["now"] == 1,
                         "the task to run")
        for _ in range(count):
            listener.accept()[0].close()
        Worker(listener, record(STDOUT, b"\r\n") + record(END, DONE)).wait()
        assert metrics.settled(server)["total"]["ran"] == 1
