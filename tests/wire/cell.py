# SPDX-License-Identifier: Apache-2.0
"""One MPM and protocol: server, clients, evidence."""

import os

import evidence
import speech
import visitors
from httpd import built_in
from ledger import wait_until
from resources import make_certificate
from server import Server

# Remarks of mod_http2 on prefork, and of mod_ssl on having no session cache.
ALLOWED = [r"AH10034:", r"AH01873:"]

LAST_TASK = 60      # seconds that it may take to start

# (depth, slow): requests on their way at a time, and how the client reads.
ONE_BY_ONE = [(1, False)] * 3 + [(1, True)]
PIPELINED = [(4, False)] * 3 + [(4, True)]
MANY_STREAMS = [(16, False)] * 3 + [(16, True)]

# name: (how HTTP is spoken, ALPN if over TLS, visitors)
PROTOCOLS = {
    "h1": (speech.Http1, None, ONE_BY_ONE + PIPELINED),
    "tls": (speech.Http1, "http/1.1", ONE_BY_ONE + PIPELINED),
    "h2c": (speech.Http2, None, ONE_BY_ONE + MANY_STREAMS),
    "h2": (speech.Http2, "h2", ONE_BY_ONE + MANY_STREAMS),
}

CONFIG = """
LogLevel notice
LoadModule wire_module "{build}/wire/mod_wire.so"
WireStarts "${{ROOT}}/starts"
WireWay {way}
<Location "/wire">
    SetHandler wire
</Location>
<Directory "${{ROOT}}/htdocs">
    EnableSendfile On
</Directory>
CrosstownQueue 1000000
SendBufferSize 65536
Protocols h2c http/1.1
H2Direct On
SSLSessionCache none
Listen 127.0.0.1:${{PORT2}}
<VirtualHost 127.0.0.1:${{PORT2}}>
    Protocols h2 http/1.1
    SSLEngine On
    SSLCertificateFile "${{ROOT}}/localhost.pem"
</VirtualHost>
"""


class Cell:
    def __init__(self, mpm, protocol, build, count, way):
        self.speech, self.alpn, self.crowd = PROTOCOLS[protocol]
        self.count = count
        self.witness = build.resolve() / "wire" / "witness.so"
        self.server = Server(
            mpm, build, CONFIG.format(build=build.resolve(), way=way),
            modules=("ssl", "http2"), workers=16,
            children=1 if mpm == "prefork" else 2, allowed=ALLOWED)
        self.notes = self.server.root / "witness"
        self.starts = evidence.Starts(self.server.root / "starts", count)

    def run(self):
        """The evidence.Comparison of all tasks."""
        try:
            self._prepare()
            self._start()
            crowd = [self._visitor(*kind) for kind in self.crowd]
            visitors.visit(crowd, self.count)
            wait_until(self.starts.complete, "the last task to start",
                       LAST_TASK)
            self.server.stop()
            return self._compare(crowd)
        finally:
            self.server.clean_up()

    def _prepare(self):
        self.notes.mkdir()
        self.notes.chmod(0o777)     # the children may be nobody special
        make_certificate(self.server.root)
        for size in visitors.SIZES:
            (self.server.htdocs / ("%d.bin" % size)).write_bytes(b"." * size)
        built_in()

    def _start(self):
        os.environ.update(LD_PRELOAD=str(self.witness),
                          WIRE_WITNESS=str(self.notes))
        try:
            self.server.start()
        finally:
            del os.environ["LD_PRELOAD"], os.environ["WIRE_WITNESS"]

    def _visitor(self, depth, slow):
        layer = visitors.Tls(self.alpn) if self.alpn else visitors.Clear()
        return visitors.Visitor(self.server.ports[1 if self.alpn else 0],
                                layer, self.speech(layer.secure), depth, slow)

    def _compare(self, crowd):
        starts, runs = self.starts.read()
        assert set(runs) == {1}, "a task ran %d times" % max(runs)
        notes = evidence.read_notes(self.notes)
        found = evidence.Comparison()
        for visitor in crowd:
            found.add(visitor, notes[visitor.port], starts)
        assert len(found.distances) == self.count, (
            "%d of %d tasks compared" % (len(found.distances), self.count))
        return found
