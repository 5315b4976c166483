# SPDX-License-Identifier: Apache-2.0
"""An HTTP/2 client that is its own master: what it reads, how much it lets
through, which stream it resets, how it hangs up."""

import collections
import contextlib
import os
import socket
import struct
import time
import urllib.parse

import h2.config
import h2.connection
import h2.errors
import h2.events
import h2.settings

from client import Connection, TIMEOUT, new_tag, with_tag

WINDOW = 65535    # what a stream and the connection have, if nobody says more
NUDGE = 2         # seconds of silence
Codes = h2.settings.SettingCodes


class Stream:
    def __init__(self, tag):
        self.tag = tag
        self.status = None
        self.headers = {}
        self.trailers = {}
        self.body = bytearray()
        self.ended = False
        self.reset = None     # by the server: the error code
        self.interim = []     # statuses 1xx


class FrameCounter:
    """How many frames of each type came, which the library does not tell, and
    where they end."""

    def __init__(self):
        self.types = collections.Counter()
        self.head = b""
        self.payload = 0

    def split(self, data):
        """The same bytes in pieces that go no further than one frame."""
        while data:
            if self.payload:
                skipped = min(self.payload, len(data))
                self.payload -= skipped
            else:
                skipped = min(9 - len(self.head), len(data))
                self.head += data[:skipped]
                if len(self.head) == 9:
                    self.payload = int.from_bytes(self.head[:3], "big")
                    self.types[self.head[3]] += 1
                    self.head = b""
            yield data[:skipped]
            data = data[skipped:]


class H2Visitor(Connection):
    """Cleartext with prior knowledge, or over `tls`, an ssl.SSLContext. With
    less than the usual window it sends no WINDOW_UPDATE of its own accord."""

    def __init__(self, port, window=WINDOW, tls=None, push=False,
                 resets_allowed=False, upgrade=None, receive_buffer=None,
                 generous=None):
        self.streams = {}
        self.generous = window >= WINDOW if generous is None else generous
        self.resets_allowed = resets_allowed
        self.goaway = None    # the event, once the server has sent one
        self.closed = False   # by the server
        self.mute = False     # we have said that we are done
        self.pushed = []      # numbers of streams
        self.frames = FrameCounter()
        self.scheme = "https" if tls else "http"
        self.socket = self._connect(port, tls, receive_buffer)
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(
            header_encoding="utf-8"))
        self.h2.local_settings = h2.settings.Settings(
            client=True, initial_values={
                Codes.ENABLE_PUSH: int(push),
                Codes.INITIAL_WINDOW_SIZE: window})
        if upgrade:
            upgrade(self)
        else:
            self.h2.initiate_connection()
            self.flush()

    @staticmethod
    def _connect(port, tls, receive_buffer):
        plain = socket.socket()
        plain.settimeout(TIMEOUT)
        if receive_buffer:
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF,
                             receive_buffer)
        plain.connect(("127.0.0.1", port))
        if not tls:
            return plain
        tls.set_alpn_protocols(["h2"])
        wrapped = tls.wrap_socket(plain)
        assert wrapped.selected_alpn_protocol() == "h2"
        return wrapped

    def flush(self):
        self.socket.sendall(self.h2.data_to_send())

    def _flush_if_heard(self):
        """Answers of the library; who has said goodbye may not listen."""
        try:
            self.flush()
        except ConnectionError:
            assert self.goaway, "the server has closed the connection"

    # -- requests -------------------------------------------------------

    def send(self, path, script="", tag=None, method="GET", end=True,
             headers=()):
        """Send a request; come back with its stream's number. Without `end`
        there is more to come."""
        number = self.h2.get_next_available_stream_id()
        tag = tag or new_tag()
        self.streams[number] = Stream(tag)
        self.h2.send_headers(number, [
            (":method", method), (":scheme", self.scheme),
            (":authority", "localhost"),
            (":path", with_tag(path, script, tag)), *headers], end_stream=end)
        self.flush()
        return number

    def send_and_read(self, path, script, length):
        """Send a request, and wait for so much of the body: its stream's
        number, and the stream."""
        number = self.send(path, script)
        stream = self.streams[number]
        self.pump_until(lambda: len(stream.body) == length)
        return number, stream

    def send_body(self, number, data, end=True):
        self.h2.send_data(number, data, end_stream=end)
        self.flush()

    def ask(self, path, script="", tag=None, method="GET", headers=()):
        stream = self.streams[self.send(path, script, tag, method,
                                        headers=headers)]
        self.pump_until(lambda: stream.ended)
        return stream

    # -- what arrives ---------------------------------------------------

    def take(self, data):
        for piece in self.frames.split(data):
            for event in self.h2.receive_data(piece):
                self._take(event)

    def _take(self, event):
        stream = self.streams.get(getattr(event, "stream_id", None))
        if isinstance(event, h2.events.ResponseReceived):
            stream.headers = dict(event.headers)
            stream.status = int(stream.headers[":status"])
        elif isinstance(event, h2.events.InformationalResponseReceived):
            stream.interim.append(int(dict(event.headers)[":status"]))
        elif isinstance(event, h2.events.TrailersReceived):
            stream.trailers = dict(event.headers)
        elif isinstance(event, h2.events.DataReceived):
            stream.body += event.data
            if self.generous and event.flow_controlled_length:
                self.h2.acknowledge_received_data(
                    event.flow_controlled_length, event.stream_id)
        elif isinstance(event, h2.events.StreamEnded):
            stream.ended = True
        elif isinstance(event, h2.events.StreamReset):
            assert self.resets_allowed, "the server has reset %r" % event
            stream.reset = event.error_code
        elif isinstance(event, h2.events.PushedStreamReceived):
            self._take_promise(event)
        elif isinstance(event, h2.events.ConnectionTerminated):
            self.goaway = event
            # For the library all is over; but open streams go on.
            self.h2.state_machine.state = (
                h2.connection.ConnectionState.CLIENT_OPEN)

    def _take_promise(self, event):
        path = dict(event.headers)[":path"]
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(path).query)
        self.streams[event.pushed_stream_id] = Stream(query["tag"][0])
        self.pushed.append(event.pushed_stream_id)

    def pump(self, may_close=False):
        """Wait for something to arrive and take it in."""
        try:
            data = self.socket.recv(65536)
        except ConnectionError:
            data = b""
        self.closed = not data
        assert data or may_close, "the server has closed the connection"
        self.take(data)
        if not self.closed and not self.mute:
            self._flush_if_heard()

    def pump_until(self, condition, may_close=False):
        """A server that says nothing is asked whether it is there: event with
        mod_http2 now and then overlooks that a stream has something to send
        until the next frame comes (without any module of ours, and with
        threads delayed at random: 6 of 11 connections of 90 streams)."""
        until = time.monotonic() + TIMEOUT
        self.socket.settimeout(NUDGE)
        try:
            while not condition():
                try:
                    self.pump(may_close)
                except TimeoutError:
                    if time.monotonic() > until:
                        raise
                    self._nudge()
        finally:
            self.socket.settimeout(TIMEOUT)

    def _nudge(self):
        if not self.mute:
            with contextlib.suppress(ConnectionError):
                self.ping()

    def pump_until_closed(self):
        self.pump_until(lambda: self.closed, may_close=True)

    def quiet(self, seconds=0.3):
        """Take in what comes until nothing comes for that long."""
        self.socket.settimeout(seconds)
        try:
            while not self.closed:
                self.pump(may_close=True)
        except TimeoutError:
            pass
        finally:
            self.socket.settimeout(TIMEOUT)

    # -- what else a client can do --------------------------------------

    def widen(self, number, size):
        """Give a stream more window; number None: give it the connection."""
        self.h2.increment_flow_control_window(size, number)
        self.flush()

    def widen_all(self, window):
        """Give every stream this much window, at one go."""
        self.h2.update_settings({Codes.INITIAL_WINDOW_SIZE: window})
        self.flush()

    def reset(self, number, code=h2.errors.ErrorCodes.CANCEL):
        self.h2.reset_stream(number, code)
        self.flush()

    def reset_ended(self, number):
        """The same for a stream that has ended; the library would not."""
        self.socket.sendall(struct.pack(">IBII", 4 << 8 | 3, 0, number, 8))

    def ping(self):
        """One frame: httpd now and then tidies up at the next one only (an
        event without any module of ours: 1 of 3000 requests). Also if the
        library has given up over what it was sent."""
        self.socket.sendall(struct.pack(">IBI8s", 8 << 8 | 6, 0, 0,
                                        b"crosstwn"))

    def say_goodbye(self):
        """GOAWAY: no further request; what is open may end."""
        self.socket.sendall(struct.pack(">IBIII", 8 << 8 | 7, 0, 0, 0, 0))

    def hang_up(self):
        """With a RST: nothing is waited for."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                               struct.pack("ii", 1, 0))
        self.socket.close()

    def half_close(self):
        """A FIN: nothing more will be sent, what comes is read. Below TLS, if
        there is any."""
        self.mute = True
        with socket.socket(fileno=os.dup(self.socket.fileno())) as plain:
            plain.shutdown(socket.SHUT_WR)

    def close(self):
        self.socket.close()
