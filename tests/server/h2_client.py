# SPDX-License-Identifier: Apache-2.0
"""An HTTP/2 client (cleartext, prior knowledge) that is its own master: what
it reads, how much it lets through, which stream it resets."""

import socket

import h2.config
import h2.connection
import h2.events
import h2.settings

from client import TIMEOUT, new_tag, with_tag


class Stream:
    def __init__(self, tag):
        self.tag = tag
        self.status = None
        self.body = b""
        self.ended = False


class H2Visitor:
    def __init__(self, port, window=65535):
        self.socket = socket.create_connection(("127.0.0.1", port), TIMEOUT)
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(
            header_encoding="utf-8"))
        self.h2.local_settings = h2.settings.Settings(
            client=True, initial_values={
                h2.settings.SettingCodes.ENABLE_PUSH: 0,
                h2.settings.SettingCodes.INITIAL_WINDOW_SIZE: window})
        self.streams = {}
        self.generous = window >= 65535
        self.h2.initiate_connection()
        self.flush()

    def flush(self):
        self.socket.sendall(self.h2.data_to_send())

    def send(self, path, script="", tag=None):
        """Send a request; come back with its stream's number."""
        number = self.h2.get_next_available_stream_id()
        tag = tag or new_tag()
        self.streams[number] = Stream(tag)
        self.h2.send_headers(number, [
            (":method", "GET"), (":scheme", "http"),
            (":authority", "localhost"),
            (":path", with_tag(path, script, tag))], end_stream=True)
        self.flush()
        return number

    def pump(self):
        """Wait for something to arrive and take it in."""
        data = self.socket.recv(65536)
        assert data, "the server has closed the connection"
        for event in self.h2.receive_data(data):
            stream = self.streams.get(getattr(event, "stream_id", None))
            if isinstance(event, h2.events.ResponseReceived):
                stream.status = int(dict(event.headers)[":status"])
            elif isinstance(event, h2.events.DataReceived):
                stream.body += event.data
                if self.generous and event.flow_controlled_length:
                    self.h2.acknowledge_received_data(
                        event.flow_controlled_length, event.stream_id)
            elif isinstance(event, h2.events.StreamEnded):
                stream.ended = True
            elif isinstance(event, h2.events.StreamReset):
                raise AssertionError("the server has reset %r" % event)
        self.flush()

    def pump_until(self, condition):
        while not condition():
            self.pump()

    def ask(self, path, script="", tag=None):
        stream = self.streams[self.send(path, script, tag)]
        self.pump_until(lambda: stream.ended)
        return stream

    def widen(self, number, size):
        self.h2.increment_flow_control_window(size, number)
        self.flush()

    def reset(self, number):
        self.h2.reset_stream(number)
        self.flush()

    def ping(self):
        """One frame: httpd now and then tidies up at the next one only."""
        self.h2.ping(b"crosstwn")
        self.flush()

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.close()
