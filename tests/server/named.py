# SPDX-License-Identifier: Apache-2.0
"""What tests of named tasks share: the module, scripts that answer with the
header, and somebody who is told by a webhook."""

import http.server
import socket
import threading
import urllib.parse

from httpd import load_line
from ledger import DEADLINE, wait_until


class Hook:
    """A request that has arrived."""

    def __init__(self, path, headers, body):
        self.path, self.headers, self.body = path, headers, body

    def __repr__(self):
        return "<%s %r>" % (self.path, self.body)


class Receiver:
    """An HTTP server on 127.0.0.1 that keeps what it is sent, and answers
    with what was planned for its path, with the status in the path (/503), or
    204; below /hold not before its gate is open."""

    def __init__(self, address="127.0.0.1", port=0):
        self.hooks = []
        self.planned = {}       # path -> [(status, {header: value}), ...]
        self.gate = threading.Event()
        self.lock = threading.Lock()
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                length = int(self.headers.get("Content-Length", 0))
                hook = Hook(self.path, self.headers,
                            self.rfile.read(length).decode("latin-1"))
                with receiver.lock:
                    receiver.hooks.append(hook)
                receiver.answer(self)

            def log_message(self, *unused):
                pass

        class Listener(http.server.ThreadingHTTPServer):
            daemon_threads = True
            address_family = (socket.AF_INET6 if ":" in address
                              else socket.AF_INET)

        self.server = Listener((address, port), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever,
                         daemon=True).start()

    def _choose(self, path):
        word = path.lstrip("/").split("/")[0]
        with self.lock:
            if self.planned.get(path):
                return self.planned[path].pop(0)
        if word == "hold":
            self.gate.wait(DEADLINE)
        return (int(word) if word.isdigit() else 204,
                {"Location": "/elsewhere"} if word == "302" else {})

    def answer(self, handler):
        status, headers = self._choose(handler.path)
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    def reset(self):
        """Nothing has arrived, nothing is planned, nothing is held."""
        self.gate.set()
        with self.lock:
            self.hooks, self.planned = [], {}
            self.gate = threading.Event()

    def url(self, path="/"):
        return "http://127.0.0.1:%d%s" % (self.port, path)

    def wait(self, count=1):
        """So many hooks, and then forget them."""
        wait_until(lambda: len(self.hooks) >= count,
                   lambda: "%d hooks; there are %r" % (count, self.hooks))
        with self.lock:
            hooks, self.hooks = self.hooks, []
        assert len(hooks) == count, hooks
        return hooks

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def name_of_this_machine():
    """(name, address): a name other than localhost that means the loopback
    interface; None if this machine has none."""
    try:
        with open("/etc/hosts", encoding="utf-8") as file:
            lines = [line.split("#")[0].split() for line in file]
    except OSError:
        lines = []
    for address, *names in filter(None, lines):
        for name in names:
            if (address.startswith("127.") or address == "::1") and (
                    name.lower() != "localhost"):
                try:
                    found = {info[4][0] for info in
                             socket.getaddrinfo(name, 80)}
                    socket.create_server((address, 0), family=(
                        socket.AF_INET6 if ":" in address
                        else socket.AF_INET)).close()
                except OSError:
                    continue
                if found == {address}:
                    return name, address
    return None


def load(build):
    return 'LoadModule crosstown_tasks_module "%s/mod_crosstown_tasks.so"' % (
        build)


def cgi_lines(mpm):
    """Scripts below /cgi, as this MPM runs them."""
    name = "cgi" if mpm == "prefork" else "cgid"
    more = "" if mpm == "prefork" else "\nScriptSock ${ROOT}/cgisock"
    return "%s\n%s%s\n" % (load_line(name), load_line("alias"), more) + """
ScriptAlias "/cgi/" "${ROOT}/cgi/"
"""


def write_script(server, name, text):
    directory = server.root / "cgi"
    directory.mkdir(exist_ok=True)
    directory.chmod(0o755)
    path = directory / name
    path.write_text(text)
    path.chmod(0o755)
    return path


def write_password(server):
    """That of none of the engines."""
    path = server.root / "password"
    path.write_text("secret\n")
    path.chmod(0o600)


# Says as its head what is in the variable HEAD of its query, percent-encoded
# lines joined by |; then echoes what it was asked with.
SCRIPT = r"""#!/usr/bin/perl
my %query = map { split /=/, $_, 2 } grep { /=/ } split /&/,
    $ENV{QUERY_STRING} // "";
my $head = $query{head} // "";
$head =~ s/%([0-9A-Fa-f]{2})/chr hex $1/ge;
print "$_\n" for grep { length } split /\|/, $head;
print "Content-Type: text/plain\n\n";
print "accepted: ", $ENV{CROSSTOWN} // "-", "\n";
print "asked: ", $ENV{HTTP_CROSSTOWN} // "-", "\n";
print "token: ", $ENV{HTTP_CROSSTOWN_TOKEN} // "-", "\n";
"""


def ask(server, *items, status=200):
    """Have the script, as cgi/app, answer with a header of these items."""
    answer = server.ask("/cgi/app?head=" + urllib.parse.quote(
        "Status: %d|Crosstown: %s" % (status, ", ".join(items))))
    assert answer.status == status
    return answer
